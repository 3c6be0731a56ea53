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
    params: Any
    stats: Any  # BatchNorm's running statistics
    opt_state: Any
    sums: dict[str, jax.Array]  # float32: the logged numbers of this update's steps so far, summed


LOGGED: tuple[str, ...] = ("loss", "grad_norm")


def make_state(config: Config, objective: Objective, optimizer: optax.GradientTransformation) -> TrainState:
    """The state before the first step. Compiled without optimisation: random code is slow to optimise and runs once."""

    def init(key: jax.Array) -> TrainState:
        views = jnp.zeros((1, 2, config.data.image_size, config.data.image_size))
        params, stats = objective.init(key, views)
        sums = {name: jnp.zeros(()) for name in LOGGED}
        return TrainState(jnp.int32(0), jnp.int32(0), params, stats, optimizer.init(params), sums)

    return jax.jit(init, compiler_options={"xla_backend_optimization_level": 0})(jax.random.key(config.seed))
