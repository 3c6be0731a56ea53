"""SimCLR: two views of a sketch attract, all other views in the batch repel (Chen et al. 2020, https://arxiv.org/abs/2002.05709)."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.config import Config
from sketchjax.model.encoders import make_encoder
from sketchjax.model.heads import make_projector, normalise
from sketchjax.objectives.record import Metrics, Objective, Outputs, Variables


class Network(nn.Module):
    encoder: nn.Module
    projector: nn.Module

    def __call__(self, images: Float[Array, "n height width 1"], train: bool) -> tuple[jax.Array, jax.Array]:
        h = self.encoder(images, train)
        return h, self.projector(h, train)


def make(config: Config) -> Objective:
    """SimCLR with the configured encoder, projector and temperature."""
    network = Network(make_encoder(config), make_projector(config))

    def init(key: jax.Array, views: Float[Array, "sketches views height width"]) -> Variables:
        variables = network.init(key, _flat(views), False)
        return Variables(variables["params"], variables["batch_stats"])

    def forward(params: Any, stats: Any, views: Float[Array, "sketches views height width"]) -> tuple[Outputs, Any]:
        variables = {"params": params, "batch_stats": stats}
        (h, z), moved = network.apply(variables, _flat(views), True, mutable=["batch_stats"])
        sketches, count = views.shape[:2]
        return Outputs(h.reshape(sketches, count, -1), z.reshape(sketches, count, -1)), moved["batch_stats"]

    def loss(outputs: Outputs) -> tuple[Float[Array, ""], Metrics]:
        return nt_xent(outputs.z, config.method.temperature), {}

    return Objective(init, forward, loss)


def _flat(views: jax.Array) -> jax.Array:
    """[sketches, views, height, width] -> [sketches * views, height, width, 1]: shards stay whole."""
    return views.reshape(-1, *views.shape[2:], 1)


def nt_xent(z: Float[Array, "sketches 2 features"], temperature: float) -> Float[Array, ""]:
    """NT-Xent, the mean over all 2N anchors, in nats (equation 1 of the paper).

    Over a batch sharded on a mesh the negatives are those of all devices: under `jit` z is the global array.
    """
    z = normalise(z)
    every = z.reshape(-1, z.shape[-1])
    similarity = jnp.matmul(every, every.T, precision=jax.lax.Precision.HIGHEST) / temperature
    similarity = jnp.where(jnp.eye(len(every), dtype=bool), -jnp.inf, similarity)
    positive = jnp.sum(z[:, 0] * z[:, 1], -1) / temperature  # elementwise: indexing the matrix would gather it
    return jnp.mean(jax.nn.logsumexp(similarity, -1)) - jnp.mean(positive)
