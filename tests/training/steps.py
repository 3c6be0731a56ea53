"""One step of a small run, with its gradients to be looked at."""

import jax
import numpy as np
import optax

from sketchjax.data.feed import Batch
from sketchjax.mesh import replicate, replicated, split_rows
from sketchjax.objectives import make_objective
from sketchjax.training.state import make_state
from sketchjax.training.step import make_train_step


def gradients_as_state() -> optax.GradientTransformation:
    """An "optimizer" that moves nothing and keeps the last gradient: Adam would hide a gradient 8 times too large."""
    keep = lambda learning_rate: optax.chain(optax.trace(decay=0.0), optax.scale(0.0))  # noqa: E731
    return optax.inject_hyperparams(keep)(learning_rate=1.0)


def gradients(state):
    return state.opt_state.inner_state[0].trace


def step_of(config, optimizer, mesh, updates=8):
    """(state before the first step, compiled step) on the devices of a mesh."""
    objective = make_objective(config)
    step = jax.jit(make_train_step(config, objective, optimizer, updates), out_shardings=replicated(mesh))
    return replicate(mesh, make_state(config, objective, optimizer)), step


def run_step(config, images, mesh, optimizer=None):
    """(state before, state after, report) of one step on the devices of a mesh."""
    state, step = step_of(config, optimizer or gradients_as_state(), mesh)
    rows = np.arange(config.batch_size // config.steps_per_update, dtype=np.int32)
    rows = rows.reshape(config.parts, -1) if config.parts > 1 else rows
    return state, *step(state, replicate(mesh, images), Batch(split_rows(mesh, rows, axis=rows.ndim - 1)))


def assert_close(found, expected, rel=2e-5):
    for (path, a), b in zip(jax.tree_util.tree_leaves_with_path(found), jax.tree.leaves(expected), strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert np.abs(a - b).max() <= rel * max(np.abs(b).max(), 1e-3), jax.tree_util.keystr(path)
