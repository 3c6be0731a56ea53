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
        """around: drawings whose mean is subtracted before (SimpleShot's CL2N, Wang et al. 2019, arXiv:1911.04623)."""
        found = self._raw(params, stats, images)
        if around is not None:
            found = found - self._raw(params, stats, around).mean(0)
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
