"""What no learning scores: features that anybody has for nothing."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

from sketchjax.evaluation.embed import levelled
from sketchjax.model.heads import normalise
from sketchjax.progress import watched

_CELLS = 5  # a side; of 3 to 6 the best on validation classes of doodles, TU-Berlin and Omniglot together


@jax.jit
def pixels(images: UInt8[Array, "n size size"]) -> Float[Array, "n 256"]:
    """Blurred (sigma 1/16 of the side) and shrunk to 16 x 16, length 1."""
    size = images.shape[1]
    at = jnp.arange(size, dtype=jnp.float32)
    blur = jnp.exp(-0.5 * ((at[:, None] - at[None, :]) / (size / 16)) ** 2)
    blur = jax.image.resize(blur / blur.sum(1, keepdims=True), (16, size), "linear")
    small = jnp.einsum("ij,njk,lk->nil", blur, images.astype(jnp.float32) / 255, blur)
    return normalise(small.reshape(len(images), -1))


def hog(images: UInt8[np.ndarray, "n size size"]) -> Float[np.ndarray, "n 576"]:
    """Histograms of oriented gradients (Dalal and Triggs 2005) by scikit-image: 9 orientations, blocks of 2 x 2 cells,
    length 1."""
    from skimage.feature import hog as described  # a tenth of a second

    cell = (images.shape[1] // _CELLS,) * 2
    pages = watched(images[:, : cell[0] * _CELLS, : cell[0] * _CELLS], "oriented gradients", len(images))
    found = np.stack([described(page, 9, cell, (2, 2)) for page in pages])
    return np.asarray(normalise(jnp.asarray(found, jnp.float32)))


def floors(
    images: UInt8[np.ndarray, "n size size"],
    around: UInt8[np.ndarray, "others size size"] | None = None,
    whiten: float = 0.0,
) -> dict[str, Float[np.ndarray, "n _"]]:
    """By the names that result.json gives them. around, whiten: as an encoder's features are treated, see levelled."""
    found = {"pixels": np.asarray(pixels(images)), "hog": hog(images)}
    if around is None:
        return found
    base = floors(around)
    return {name: np.asarray(normalise(jnp.asarray(levelled(x, base[name], whiten)))) for name, x in found.items()}
