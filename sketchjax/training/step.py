"""One step of training: rows in, state and report out. Pure; written for the whole batch, on whatever devices."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Int32, UInt8

from sketchjax.config import Config
from sketchjax.data.augment import views_of
from sketchjax.health import monitor
from sketchjax.objectives import Objective
from sketchjax.training import optim
from sketchjax.training.state import TrainState

Report = dict[str, jax.Array]
TrainStep = Callable[[TrainState, jax.Array, jax.Array], tuple[TrainState, Report]]


def make_train_step(config: Config, objective: Objective, optimizer: optax.GradientTransformation) -> TrainStep:
    """The function to compile: (state, all base drawings, this step's rows) -> (state, report of the update so far)."""
    steps_per_update = config.accumulate if config.accumulation == "multisteps" else 1

    def train_step(
        state: TrainState, images: UInt8[Array, "drawings size size"], rows: Int32[Array, " batch"]
    ) -> tuple[TrainState, Report]:
        key = jax.random.fold_in(jax.random.key(config.seed), state.step // steps_per_update)
        views = views_of(images[rows], rows, key, config.augment)

        def loss_of(params: Any) -> tuple[jax.Array, tuple[Any, Any]]:
            outputs, stats = objective.forward(params, state.stats, views)
            loss, _ = objective.loss(outputs)
            return loss, (outputs, stats)

        (loss, (outputs, stats)), grads = jax.value_and_grad(loss_of, has_aux=True)(state.params)
        updates, opt_state = optimizer.update(grads, state.opt_state, state.params)
        params = optax.apply_updates(state.params, updates)

        finite = jnp.isfinite(loss) & _all_finite((grads, params, stats, opt_state))
        keep = lambda new, old: jax.tree.map(lambda n, o: jnp.where(finite, n, o), new, old)  # noqa: E731
        numbers = {"loss": loss, "grad_norm": optax.tree.norm(grads)}
        first = state.step % steps_per_update == 0
        state = TrainState(
            step=state.step + 1,
            skipped=state.skipped + (1 - finite.astype(jnp.int32)),
            params=keep(params, state.params),
            stats=keep(stats, state.stats),
            opt_state=keep(opt_state, state.opt_state),
            sums={name: jnp.where(first, 0.0, state.sums[name]) + value for name, value in numbers.items()},
        )
        return state, {
            **{name: total / steps_per_update for name, total in state.sums.items()},
            "learning_rate": optim.learning_rate(state.opt_state),
            "skipped": state.skipped,
            "covariance": monitor.covariance(outputs.h),
        }

    return train_step


def _all_finite(tree: Any) -> Bool[Array, ""]:
    leaves = [leaf for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    return jnp.stack([jnp.isfinite(leaf).all() for leaf in leaves]).all()
