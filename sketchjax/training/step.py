"""One step of training: rows in, state and report out. Pure; written for the whole batch, on whatever devices."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool

from sketchjax.config import Config
from sketchjax.data.augment import views_of
from sketchjax.data.feed import Batch
from sketchjax.health import monitor
from sketchjax.model.heads import Outputs
from sketchjax.objectives import Objective
from sketchjax.training import optim
from sketchjax.training.accumulate import gradient
from sketchjax.training.state import TrainState

Report = dict[str, Any]  # scalars, the blocks' gradient norms, a sample of the embeddings
TrainStep = Callable[[TrainState, Any, Batch], tuple[TrainState, Report]]


def make_train_step(
    config: Config, objective: Objective, optimizer: optax.GradientTransformation, updates: int
) -> TrainStep:
    """The function to compile: (state, all base drawings or None, this step's batch) -> (state, report of the update
    so far).

    updates: of the whole run."""
    steps_per_update = config.steps_per_update

    def train_step(state: TrainState, resident: Any, batch: Batch) -> tuple[TrainState, Report]:
        key = jax.random.fold_in(jax.random.key(config.seed), state.step // steps_per_update)

        def embed(params: Any, stats: Any, batch: Batch) -> tuple[Outputs, Any]:
            pages = jax.tree.map(lambda x: x[batch.rows], resident) if batch.pages is None else batch.pages
            views = views_of(pages, batch.rows, key, config.augment, objective.views)
            return objective.forward(params, stats, state.target, views)

        loss, metrics, outputs, stats, grads = gradient(embed, objective.loss, state.params, state.stats, batch)
        moves, opt_state = optimizer.update(grads, state.opt_state, state.params)
        params = optax.apply_updates(state.params, moves)
        before, after = optim.updates_made(state.opt_state), optim.updates_made(opt_state)
        followed = objective.after_update(state.target, params, before / updates)
        target = _choose(after > before, followed, state.target)  # once per update, whatever a step is

        finite = jnp.isfinite(loss) & _all_finite((grads, params, stats, opt_state))
        numbers = {"loss": loss, "grad_norm": optax.tree.norm(grads), **metrics}
        first = state.step % steps_per_update == 0
        sums = {name: jnp.where(first, 0.0, state.sums[name]) + value for name, value in numbers.items()}
        watched = monitor.watch(outputs, grads, moves, params, state.target, target, config)
        step, skipped = state.step + 1, state.skipped + (1 - finite.astype(jnp.int32))
        new = state._replace(last_finite=step, params=params, stats=stats, target=target, opt_state=opt_state)
        state = _choose(finite, new, state)._replace(step=step, skipped=skipped, sums=sums)
        return state, {
            **{name: total / steps_per_update for name, total in state.sums.items()},
            "learning_rate": optim.learning_rate(state.opt_state),
            **{name: getattr(state, name) for name in ("skipped", "last_finite")},
            **watched,
        }

    return train_step


def _choose(condition: Bool[Array, ""], new: Any, old: Any) -> Any:
    return jax.tree.map(lambda n, o: jnp.where(condition, n, o), new, old)


def _all_finite(tree: Any) -> Bool[Array, ""]:
    """The least of all answers by a sort: an `all()` is fused into every array that depends on it and computed again
    for each, which made XLA CPU compile a ResNet-18 step 6 to 9 times longer, a ResNet-50's in 9 minutes and 12 GB."""
    leaves = [leaf for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    return jnp.sort(jnp.stack([jnp.isfinite(leaf).all() for leaf in leaves]))[0]
