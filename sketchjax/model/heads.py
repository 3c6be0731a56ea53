"""Heads: representations h -> the space where an objective is computed."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.config import Config


class Projector(nn.Module):
    """Dense, BatchNorm, ReLU, Dense (Chen et al. 2020, appendix B.5): h -> z."""

    hidden: int
    features: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, h: Float[Array, "n features"], train: bool) -> Float[Array, "n projection"]:
        x = nn.Dense(self.hidden, use_bias=False, dtype=self.dtype)(h)
        x = nn.relu(nn.BatchNorm(use_running_average=not train, momentum=0.9, dtype=self.dtype)(x))
        return nn.Dense(self.features, dtype=self.dtype)(x).astype(jnp.float32)


def make_projector(config: Config) -> nn.Module:
    return Projector(config.method.hidden_features, config.method.projection_features, jnp.dtype(config.dtype))


def normalise(x: Float[Array, "*batch features"]) -> Float[Array, "*batch features"]:
    """Length 1 along the last axis; a zero vector stays zero, with a finite gradient."""
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, -1, keepdims=True), 1e-12))
