"""The gradient of a step: of its whole batch at once, or of micro-batches that come to the same large batch."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.data.feed import Batch
from sketchjax.model.heads import Outputs
from sketchjax.objectives import Metrics

Embed = Callable[[Any, Any, Batch], tuple[Outputs, Any]]  # (params, stats, micro-batch) -> moved stats
Loss = Callable[[Outputs], tuple[Float[Array, ""], Metrics]]


def _unroll() -> bool:
    """XLA CPU compiles the gradient of a convolution inside a loop to a naive one, 13 to 65 times slower."""
    return jax.default_backend() == "cpu"


def _after(batch: Batch, *trees: Any) -> Batch:
    """The same batch, but only once something has been computed: so parts follow one another, the second pass is not
    merged with the first, and memory stays flat. (An optimization barrier does it on jax 0.12, not on 0.10.)"""
    nothing = sum(0.0 * jax.tree.leaves(tree)[0].ravel()[0] for tree in trees)  # nan, too, becomes 0 as a whole number
    return batch._replace(rows=batch.rows + jnp.asarray(nothing).astype(batch.rows.dtype))


class Gradient(NamedTuple):
    loss: Float[Array, ""]
    metrics: Metrics
    outputs: Outputs  # of all sketches of the step
    stats: Any  # moved
    grads: Any  # of the loss by the parameters


def gradient(embed: Embed, loss: Loss, params: Any, stats: Any, batch: Batch) -> Gradient:
    """Of a loss over all sketches of a batch; of [parts, micro_batch] rows, one part is in memory at a time."""
    return (_whole if batch.rows.ndim == 1 else _cached)(embed, loss, params, stats, batch)


def _whole(embed: Embed, loss: Loss, params: Any, stats: Any, batch: Batch) -> Gradient:
    def loss_of(params: Any) -> tuple[jax.Array, tuple[Metrics, Outputs, Any]]:
        outputs, moved = embed(params, stats, batch)
        value, metrics = loss(outputs)
        return value, (metrics, outputs, moved)

    (value, (metrics, outputs, moved)), grads = jax.value_and_grad(loss_of, has_aux=True)(params)
    return Gradient(value, metrics, outputs, moved, grads)


def _cached(embed: Embed, loss: Loss, params: Any, stats: Any, batch: Batch) -> Gradient:
    """GradCache (Gao et al. 2021, https://arxiv.org/abs/2101.06983): embed every part, differentiate the loss by the
    embeddings, embed every part again and go back through it. Exactly the large batch, BatchNorm grouped by part."""

    def forward(stats: Any, micro: Batch) -> tuple[Any, Outputs]:
        outputs, moved = embed(params, stats, _after(micro, stats))
        return moved, outputs

    def backward(total: Any, part: tuple[Batch, Outputs]) -> tuple[Any, None]:
        micro, wanted = part
        micro = _after(micro, total, wanted)
        again = lambda params: embed(params, stats, micro)[0]  # noqa: E731  (the statistics moved in the first pass)
        _, pull = jax.vjp(again, params)
        return jax.tree.map(jnp.add, total, pull(wanted)[0]), None

    moved, parts = jax.lax.scan(forward, stats, batch, unroll=_unroll())
    outputs = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), parts)
    (value, metrics), wanted = jax.value_and_grad(loss, has_aux=True)(outputs)
    wanted = jax.tree.map(lambda x, part: x.reshape(part.shape), wanted, parts)
    grads, _ = jax.lax.scan(backward, jax.tree.map(jnp.zeros_like, params), (batch, wanted), unroll=_unroll())
    return Gradient(value, metrics, outputs, moved, grads)
