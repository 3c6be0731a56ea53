"""The compiled step: what a bad batch does, how it accumulates, how it lowers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.data.augment import views_of
from sketchjax.data.feed import Batch
from sketchjax.mesh import make_mesh, replicate, split_rows
from sketchjax.objectives import make_objective
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state
from sketchjax.training.step import make_train_step
from tests.training.steps import gradients_as_state, run_step, step_of


def test_nonfinite_step_changes_nothing_but_the_counters(config, images):
    config.augment.intensity = float("inf")  # every view is -inf or nan
    before, after, report = run_step(config, images, make_mesh(), make_optimizer(config, 4))
    assert (int(after.step), int(after.skipped), int(report["skipped"])) == (1, 1, 1)
    for name in ("params", "stats", "opt_state"):
        jax.tree.map(np.testing.assert_array_equal, getattr(after, name), getattr(before, name))


def test_finite_step_moves_all_of_it(config, images):
    """Negative control of the test above."""
    before, after, _ = run_step(config, images, make_mesh(), make_optimizer(config, 4))
    assert int(after.skipped) == 0
    for name in ("params", "stats", "opt_state"):
        moved = jax.tree.map(lambda a, b: bool((a != b).any()), getattr(after, name), getattr(before, name))
        assert any(jax.tree.leaves(moved)), name


def test_multisteps_moves_once_per_update_and_averages(config, images, mesh):
    """4 x 8 sketches: parameters rest for three steps; the report is the mean over the update's micro-batches."""
    config.batch_size, config.accumulate, config.accumulation = 32, 4, "multisteps"
    state, step = step_of(config, make_optimizer(config, 2), mesh)
    drawings, losses = replicate(mesh, images), []
    for part in range(4):
        before = state.params
        rows = split_rows(mesh, np.arange(8 * part, 8 * part + 8, dtype=np.int32))
        state, report = step(state, drawings, Batch(rows))
        losses.append(float(report["loss"]) * 4 - sum(losses))
        same = jax.tree.leaves(jax.tree.map(lambda a, b: bool((a == b).all()), state.params, before))
        assert all(same) == (part < 3)
    assert float(report["loss"]) == pytest.approx(np.mean(losses), rel=1e-6)
    assert float(report["learning_rate"]) == pytest.approx(
        config.peak_lr / 3, rel=1e-6
    )  # the first of 2 warmup updates


@pytest.mark.slow
def test_views_do_not_depend_on_accumulation(config, images):
    """Both micro-batches of an update use the update's key: row 3 looks the same wherever it is sliced."""
    key = jax.random.fold_in(jax.random.key(0), 5)
    rows = jnp.arange(16, dtype=jnp.int32)
    whole = views_of(jnp.asarray(images)[rows], rows, key, config.augment)
    half = views_of(jnp.asarray(images)[rows[8:]], rows[8:], key, config.augment)
    np.testing.assert_array_equal(whole[8:], half)


@pytest.mark.parametrize("dtype", ["float32", pytest.param("bfloat16", marks=pytest.mark.slow)])
def test_losses_and_statistics_are_float32(config, images, mesh, dtype):
    config.dtype = dtype
    with jax.numpy_dtype_promotion("standard"):  # flax's BatchNorm mixes its float32 statistics with bfloat16 inputs
        _, state, report = run_step(config, images, mesh)
        step = make_train_step(config, make_objective(config), gradients_as_state(), 8)
        program = str(jax.make_jaxpr(step)(state, jnp.asarray(images), Batch(jnp.arange(16, dtype=jnp.int32))))
    assert {leaf.dtype for leaf in jax.tree.leaves((state.params, state.stats))} == {jnp.dtype("float32")}
    assert report["loss"].dtype == jnp.float32
    assert ("bf16[" in program) == (dtype == "bfloat16")


@pytest.mark.slow
def test_bfloat16_stays_near_float32(config, images, mesh):
    _, _, exact = run_step(config, images, mesh)
    config.dtype = "bfloat16"
    with jax.numpy_dtype_promotion("standard"):
        _, _, rough = run_step(config, images, mesh)
    assert float(rough["loss"]) == pytest.approx(float(exact["loss"]), rel=0.03)


def test_lowers_for_cpu_cuda_and_tpu(config, images):
    objective, optimizer = make_objective(config), make_optimizer(config, 4)
    state = make_state(config, objective, optimizer)
    step = jax.jit(make_train_step(config, objective, optimizer, 8), donate_argnums=0)
    rows = Batch(jnp.arange(config.batch_size, dtype=jnp.int32))
    for platform in ("cpu", "cuda", "tpu"):
        exported = jax.export.export(step, platforms=[platform])(state, jnp.asarray(images), rows)
        assert exported.platforms == (platform,)
        assert "stablehlo.convolution" in exported.mlir_module()
