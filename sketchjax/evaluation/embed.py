"""Drawings -> features to compare, by an encoder."""

from typing import Any, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Float, UInt8

from sketchjax.config import Config
from sketchjax.mesh import replicated, split_rows
from sketchjax.model.encoders import make_encoder
from sketchjax.model.heads import make_head
from sketchjax.progress import watched

_BLOCK = 256  # drawings a device and call
_LEAST = 0.1  # of the mean variance, added to that of every direction: rare ones are not blown up
Images = UInt8[np.ndarray, "n size size"]


class Embedder:
    """The configured encoder in evaluation mode, compiled once: images -> representations, of length 1 by default;
    or projections, see evaluate.representation."""

    def __init__(self, config: Config, mesh: Mesh):
        encoder, projector, self._evaluate = make_encoder(config), make_head(config), config.evaluate

        def embed(params: Any, stats: Any, images: UInt8[Array, "n size size"]) -> Float[Array, "n features"]:
            def apply(module: nn.Module, name: str, x: jax.Array) -> jax.Array:
                return cast(jax.Array, module.apply({"params": params[name], "batch_stats": stats[name]}, x, False))

            h = apply(encoder, "encoder", images[..., None].astype(jnp.float32) / 255)
            return h if config.evaluate.representation == "encoder" else apply(projector, "projector", h)

        self.features = embed
        self._embed = jax.jit(embed, out_shardings=replicated(mesh))  # every process compares all of them
        self._mesh = mesh

    def __call__(
        self, params: Any, stats: Any, images: Images, around: UInt8[np.ndarray, "others size size"] | None = None
    ) -> Float[np.ndarray, "n features"]:
        """around: drawings by which features are centred and levelled before (evaluate.centre, evaluate.whiten)."""
        found = self._raw(params, stats, images)
        if around is not None:
            found = levelled(found, self._raw(params, stats, around), self._evaluate.whiten)
        if self._evaluate.normalise:
            found = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
        return found

    def _raw(self, params: Any, stats: Any, images: Images) -> np.ndarray:
        block = _BLOCK * self._mesh.size
        found = []
        for at in watched(range(0, len(images), block), "embedding", -(-len(images) // block)):
            rows = np.resize(images[at : at + block], (block, *images.shape[1:]))  # the last block is filled up
            found.append(self._embed(params, stats, split_rows(self._mesh, rows)))
        return np.concatenate(jax.device_get(found))[: len(images)]


def levelled(
    features: Float[np.ndarray, "n features"], base: Float[np.ndarray, "m features"], whiten: float
) -> Float[np.ndarray, "n features"]:
    """Less the mean of base drawings (SimpleShot's CL2N, Wang et al. 2019, arXiv:1911.04623), then along each principal
    direction of theirs divided by the standard deviation to the power whiten: 0 leaves all as it is, at 1 all vary
    alike (whitening), which lifts noise, too. No label is needed, of base drawings neither."""
    mean = base.mean(0)
    if not whiten:
        return features - mean
    variance, along = np.linalg.eigh(np.cov(base, rowvar=False, dtype=np.float64))
    scale = (np.maximum(variance, 0) + _LEAST * variance.mean()) ** (-whiten / 2)
    return ((features - mean) @ (along * scale)).astype(np.float32)
