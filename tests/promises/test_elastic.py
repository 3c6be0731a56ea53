"""A run goes on with more devices or fewer: the same drawings at the same update; rounding is all the difference."""

import copy

import jax
import numpy as np
import pytest

from sketchjax.data.batches import make_batches
from sketchjax.data.feed import Batch
from sketchjax.mesh import make_mesh, replicate, split_rows
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.optim import make_optimizer
from tests.training.steps import step_of

pytestmark = pytest.mark.slow
STEPS, CUT = 12, 6


def double(tree):
    return jax.tree.map(lambda x: x.astype(np.float64) if x.dtype == np.float32 else x, tree)


@pytest.fixture(scope="module")
def once():
    """Steps by the number of devices, compiled by whichever test comes first."""
    return {}


def losses(config, images, counts, folder, once):
    """Of STEPS steps in float64, saved after CUT and gone on with from disk; devices before and after that. And what a
    step saw of the drawings."""
    config.dtype, config.batch_size, found, seen = "float64", 16, [], []
    batches = make_batches(config, np.zeros(len(images), np.int32))
    with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):  # flax asks for it in float64
        for at, count in enumerate(counts):
            mesh = make_mesh(jax.devices()[:count])
            if count not in once:
                once[count] = step_of(copy.deepcopy(config), make_optimizer(config, 4), mesh, updates=STEPS)
            state, step = once[count]
            state, resident = replicate(mesh, double(state)), replicate(mesh, images)
            with Checkpoints(folder) as checkpoints:
                if at:
                    state, _ = checkpoints.restore(CUT, state)
                for update in range(CUT * at, CUT * (at + 1)):
                    rows = batches.batch_at(update)
                    state, report = step(state, resident, Batch(split_rows(mesh, rows)))
                    found.append(float(report["loss"]))
                    seen.append(rows.tolist())
                checkpoints.save(CUT * (at + 1), state, 1.0, {})
    return np.array(found), seen


@pytest.mark.parametrize("counts", [(8, 1), (8, 2), (1, 8), (4, 8)])
def test_in_float64_nothing_but_rounding_is_left(config, images, tmp_path, counts, once):
    whole, rows = losses(config, images, (counts[0], counts[0]), tmp_path / "whole", once)
    other, others_rows = losses(config, images, counts, tmp_path / "other", once)
    assert rows == others_rows
    np.testing.assert_allclose(other, whole, rtol=1e-10)
    assert np.ptp(whole) > 0.1  # it learns meanwhile


def test_another_seed_would_be_seen(config, images, tmp_path, once):
    """Negative control."""
    whole, _ = losses(config, images, (1, 1), tmp_path / "whole", once)
    config.seed = 1
    other, _ = losses(config, images, (1, 1), tmp_path / "other", {})
    assert np.abs(other / whole - 1).max() > 1e-4
