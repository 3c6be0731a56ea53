"""Heads, and the network they make with an encoder."""

from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.config import Config


class MLP(nn.Module):
    """Dense, BatchNorm, ReLU, Dense: the projector of SimCLR (Chen et al. 2020, appendix B.5), the projector and the
    predictor of BYOL (Grill et al. 2020, section 3.3)."""

    hidden: int
    features: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "n features"], train: bool) -> Float[Array, "n projection"]:
        x = nn.Dense(self.hidden, use_bias=False, dtype=self.dtype)(x)
        x = nn.relu(nn.BatchNorm(use_running_average=not train, momentum=0.9, dtype=self.dtype)(x))
        x = nn.Dense(self.features, dtype=self.dtype)(x)
        return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def make_head(config: Config) -> nn.Module:
    return MLP(config.method.hidden_features, config.method.projection_features, jnp.dtype(config.dtype))


class Outputs(NamedTuple):
    """What a network says of a batch of sketches, each in several views. None where the method has no such head."""

    h: Float[Array, "sketches views features"]  # representation: what few-shot uses
    z: Float[Array, "sketches views projection"] | None = None
    p: Float[Array, "sketches views projection"] | None = None  # prediction of the target's projection
    target: Float[Array, "sketches views projection"] | None = None  # projection by the target, without gradient


class Network(nn.Module):
    """encoder -> h -> projector -> z -> predictor -> p, as far as there are heads."""

    encoder: nn.Module
    projector: nn.Module | None = None
    predictor: nn.Module | None = None

    def __call__(self, images: Float[Array, "n height width 1"], train: bool) -> tuple[jax.Array | None, ...]:
        h = self.encoder(images, train)
        z = self.projector(h, train) if self.projector else None
        return h, z, self.predictor(z, train) if self.predictor else None

    def first(self, key: jax.Array, views: Float[Array, "sketches views height width"]) -> tuple[Any, Any]:
        """Random parameters and initial statistics, each by module ("encoder", "projector", "predictor")."""
        variables = self.init(key, _flat(views), False)
        return variables["params"], variables["batch_stats"]

    def embed(self, params: Any, stats: Any, views: Float[Array, "sketches views height width"]) -> tuple[Outputs, Any]:
        """The outputs of a training batch, normalised by its own statistics, and the moved running statistics."""
        variables = {"params": params, "batch_stats": stats}
        outputs, moved = self.apply(variables, _flat(views), True, mutable=["batch_stats"])
        return jax.tree.map(lambda x: x.reshape(*views.shape[:2], -1), Outputs(*outputs)), moved["batch_stats"]


def _flat(views: jax.Array) -> jax.Array:
    """[sketches, views, height, width] -> [sketches * views, height, width, 1]: shards stay whole."""
    return views.reshape(-1, *views.shape[2:], 1)


def normalise(x: Float[Array, "*batch features"]) -> Float[Array, "*batch features"]:
    """Length 1 along the last axis; a zero vector stays zero, with a finite gradient."""
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, -1, keepdims=True), 1e-12))
