"""What a run carries from step to step: a plain pytree, all of it in every checkpoint."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from sketchjax.config import Config
from sketchjax.objectives import Objective


class TrainState(NamedTuple):
    step: jax.Array  # int32: calls of the compiled step, skipped ones included: the run's only position
    skipped: jax.Array  # int32: steps that were not finite and changed nothing else
    last_finite: jax.Array  # int32: the last step that was, from 1; 0 before there is one
    params: Any
    stats: Any  # BatchNorm's running statistics
    target: Any  # parameters that follow the trained ones (BYOL), else {}
    opt_state: Any
    sums: dict[str, jax.Array]  # float32: the logged numbers of this update's steps so far, summed


class Encoder(NamedTuple):
    """What a run leaves to the next: nothing of its heads, its optimizer, its target."""

    params: Any
    stats: Any


def make_state(
    config: Config, objective: Objective, optimizer: optax.GradientTransformation, encoder: Encoder | None = None
) -> TrainState:
    """The state before the first step, with random parameters but for an encoder that is given.

    Compiled without optimisation: random code is slow to optimise and runs once."""

    def init(key: jax.Array, encoder: Encoder | None) -> TrainState:
        views = jnp.zeros((1, objective.views, config.data.image_size, config.data.image_size))
        params, stats = objective.init(key, views)
        if encoder is not None:
            params, stats = params | {"encoder": encoder.params}, stats | {"encoder": encoder.stats}
        sums = {name: jnp.zeros(()) for name in ("loss", "grad_norm", *objective.metrics)}
        target = objective.target(params)
        none, moments = jnp.int32(0), optimizer.init(params)
        return TrainState(none, none, none, params, stats, target, moments, sums)

    compiled = jax.jit(init, compiler_options={"xla_backend_optimization_level": 0})
    return compiled(jax.random.key(config.seed), encoder)
