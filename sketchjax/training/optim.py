"""The optimizer: a schedule counted in updates, and the numbers it reports."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from sketchjax.config import Config


def make_schedule(config: Config, updates_per_epoch: int) -> optax.Schedule:
    """Update -> learning rate: linear warmup, whose first update already learns, then cosine to zero."""
    updates = config.epochs * updates_per_epoch
    warmup = min(round(config.optim.warmup_epochs * updates_per_epoch), updates - 1)
    if warmup == 0:
        return optax.cosine_decay_schedule(config.peak_lr, updates)
    return optax.warmup_cosine_decay_schedule(config.peak_lr / (warmup + 1), config.peak_lr, warmup, updates)


def make_optimizer(config: Config, updates_per_epoch: int) -> optax.GradientTransformation:
    """The configured optimizer; under `multisteps` it averages the gradients of `accumulate` steps, then moves once."""

    def chain(learning_rate: jax.Array) -> optax.GradientTransformation:
        adamw = optax.adamw(learning_rate, weight_decay=config.optim.weight_decay, mask=kernels)
        clip = config.optim.clip_norm
        return optax.chain(optax.clip_by_global_norm(clip), adamw) if clip else adamw

    optimizer = optax.inject_hyperparams(chain)(make_schedule(config, updates_per_epoch))
    if config.accumulation == "multisteps":
        optimizer = optax.MultiSteps(optimizer, config.accumulate).gradient_transformation()
    return optax.GradientTransformation(_promoting(optimizer.init), _promoting(optimizer.update))


def _promoting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Traces optax by its own rules: it mixes integers and floats, which a caller may have forbidden."""

    def traced(*arguments: Any) -> Any:
        with jax.numpy_dtype_promotion("standard"):
            return function(*arguments)

    return traced


def kernels(params: Any) -> Any:
    """The weight-decay mask: true for matrices and filters, false for biases, BatchNorm's scales and offsets."""
    return jax.tree.map(lambda leaf: leaf.ndim > 1, params)


def learning_rate(opt_state: Any) -> Float[Array, ""]:
    """Of the last update."""
    inner = opt_state.inner_opt_state if isinstance(opt_state, optax.MultiStepsState) else opt_state
    return jnp.asarray(inner.hyperparams["learning_rate"], jnp.float32)
