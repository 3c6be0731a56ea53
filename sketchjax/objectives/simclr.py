"""SimCLR: two views of a sketch attract, all other views in the batch repel (Chen et al. 2020, https://arxiv.org/abs/2002.05709)."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.config import Config
from sketchjax.model.encoders import make_encoder
from sketchjax.model.heads import Network, Outputs, make_head, normalise
from sketchjax.objectives import blockwise
from sketchjax.objectives.record import Metrics, Objective


def make(config: Config) -> Objective:
    """SimCLR with the configured encoder, projector and temperature."""
    network = Network(make_encoder(config), make_head(config))

    def forward(params: Any, stats: Any, target: Any, views: jax.Array) -> tuple[Outputs, Any]:
        return network.embed(params, stats, views)

    def loss(outputs: Outputs) -> tuple[Float[Array, ""], Metrics]:
        assert outputs.z is not None
        return nt_xent(outputs.z, outputs.z, config.method.temperature, config.method.block), {}

    return Objective(2, network.first, forward, loss)


def nt_xent(
    anchors: Float[Array, "sketches 2 features"],
    others: Float[Array, "sketches 2 features"],
    temperature: float,
    block: int = 0,
) -> Float[Array, ""]:
    """NT-Xent, the mean over all 2N anchors, in nats (equation 1 of the paper, where others are the anchors).

    An anchor's positive is the other view of its sketch, its negatives the views of all other sketches; its own view
    is left out. Over a batch sharded on a mesh the negatives are those of all devices: `jit` sees global arrays.
    block: columns of the 2N x 2N similarities that are in memory at once; 0 is by the size of the batch.
    """
    a = normalise(anchors)
    b = a if others is anchors else normalise(others)
    positive = jnp.sum(a * b[:, ::-1], -1)  # elementwise: indexing the matrix would gather it
    rows = a.reshape(-1, a.shape[-1])
    columns = rows if b is a else b.reshape(rows.shape)
    sums = _mean_logsumexp(rows, columns, temperature, block or blockwise.block_of(len(rows)))
    return sums - jnp.mean((positive[:, 0] + positive[:, 1]) / (2 * temperature))


def _mean_logsumexp(a: jax.Array, b: jax.Array, temperature: float, block: int) -> Float[Array, ""]:
    if 0 < block < len(a):
        return blockwise.mean_logsumexp(a, b, temperature, block)
    similarity = jnp.matmul(a, b.T, precision=jax.lax.Precision.HIGHEST) / temperature
    similarity = jnp.where(jnp.eye(len(similarity), dtype=bool), -jnp.inf, similarity)
    return jnp.mean(jax.nn.logsumexp(similarity, -1))
