"""Drawings -> features to compare: by an encoder, or by no learning at all."""

from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Float, UInt8

from sketchjax.config import Config
from sketchjax.mesh import replicated, split_rows
from sketchjax.model.encoders import make_encoder
from sketchjax.model.heads import normalise

_BLOCK = 256  # drawings a device and call


class Embedder:
    """The configured encoder in evaluation mode, compiled once: images -> representations, of length 1 by default."""

    def __init__(self, config: Config, mesh: Mesh):
        encoder = make_encoder(config)

        def embed(params: Any, stats: Any, images: UInt8[Array, "n size size"]) -> Float[Array, "n features"]:
            variables = {"params": params["encoder"], "batch_stats": stats["encoder"]}
            h = cast(jax.Array, encoder.apply(variables, images[..., None].astype(jnp.float32) / 255, False))
            return normalise(h) if config.evaluate.normalise else h

        self._embed = jax.jit(embed, out_shardings=replicated(mesh))  # every process compares all of them
        self._mesh = mesh

    def __call__(
        self, params: Any, stats: Any, images: UInt8[np.ndarray, "n size size"]
    ) -> Float[np.ndarray, "n features"]:
        block = _BLOCK * self._mesh.size
        found = []
        for at in range(0, len(images), block):
            rows = np.resize(images[at : at + block], (block, *images.shape[1:]))  # the last block is filled up
            found.append(self._embed(params, stats, split_rows(self._mesh, rows)))
        return np.concatenate(jax.device_get(found))[: len(images)]


@jax.jit
def pixels(images: UInt8[Array, "n size size"]) -> Float[Array, "n 256"]:
    """The score of no learning: blurred (sigma 1/16 of the side) and shrunk to 16 x 16, length 1."""
    size = images.shape[1]
    at = jnp.arange(size, dtype=jnp.float32)
    blur = jnp.exp(-0.5 * ((at[:, None] - at[None, :]) / (size / 16)) ** 2)
    blur = jax.image.resize(blur / blur.sum(1, keepdims=True), (16, size), "linear")
    small = jnp.einsum("ij,njk,lk->nil", blur, images.astype(jnp.float32) / 255, blur)
    return normalise(small.reshape(len(images), -1))
