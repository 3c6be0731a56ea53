"""The optimizer: a schedule counted in updates, and the numbers it reports."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from sketchjax.config import Config


def make_schedule(config: Config, updates_per_epoch: int) -> optax.Schedule:
    """Update -> learning rate: linear warmup, whose first update already learns, then cosine to zero."""
    updates = config.epochs * updates_per_epoch
    warmup = min(round(config.optim.warmup_epochs * updates_per_epoch), updates - 1)
    if warmup == 0:
        return optax.cosine_decay_schedule(config.peak_lr, updates)
    return optax.warmup_cosine_decay_schedule(config.peak_lr / (warmup + 1), config.peak_lr, warmup, updates)


def make_optimizer(config: Config, updates_per_epoch: int) -> optax.GradientTransformation:
    """The configured optimizer; under `multisteps` it averages the gradients of an update's steps, then moves once."""

    def chain(learning_rate: jax.Array) -> optax.GradientTransformation:
        decay, clip = config.optim.weight_decay, config.optim.clip_norm
        if config.optim.name == "lars":  # with the masks of SimCLR and BYOL: biases and norms learn as under SGD
            inner = optax.lars(learning_rate, decay, weight_decay_mask=kernels, trust_ratio_mask=kernels)
        else:
            inner = optax.adamw(learning_rate, weight_decay=decay, mask=kernels)
        return optax.chain(optax.clip_by_global_norm(clip), inner) if clip else inner

    optimizer = optax.inject_hyperparams(chain)(make_schedule(config, updates_per_epoch))
    if config.steps_per_update > 1:
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
    return jnp.asarray(_inner(opt_state).hyperparams["learning_rate"], jnp.float32)


def updates_made(opt_state: Any) -> Int[Array, ""]:
    """How often the parameters moved. (optax's `has_updated` still says yes after a step that was skipped.)"""
    return _inner(opt_state).count


def _inner(opt_state: Any) -> Any:
    return opt_state.inner_opt_state if isinstance(opt_state, optax.MultiStepsState) else opt_state
