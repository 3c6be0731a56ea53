"""Cached accumulation is the large batch, its BatchNorm grouped by micro-batch; averaging micro-batches is not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.data.feed import Batch
from sketchjax.mesh import replicate, split_rows
from sketchjax.objectives import make_objective
from sketchjax.training import accumulate
from sketchjax.training.accumulate import gradient
from sketchjax.training.state import make_state
from tests.conftest import as_method
from tests.training.steps import assert_close, gradients, gradients_as_state, run_step, step_of


def problem(config, dtype, parts):
    """(embed, loss, params, stats, rows): 32 sketches with two views of noise, in so many parts."""
    config.dtype = dtype
    objective = make_objective(config)
    state = make_state(config, objective, gradients_as_state())
    views = np.random.default_rng(0).random((32, objective.views, 16, 16)).astype(dtype)
    params, stats, target = jax.tree.map(lambda x: x.astype(dtype), (state.params, state.stats, state.target))
    embed = lambda params, stats, b: objective.forward(params, stats, target, jnp.asarray(views)[b.rows])  # noqa: E731
    return embed, objective.loss, params, stats, jnp.arange(32, dtype=jnp.int32).reshape(parts, -1)


def of(params, stats, rows):
    """What gradient takes."""
    return params, stats, Batch(rows)


def grouped(embed, loss, params, stats, rows):
    """(loss, gradients) of one pass over everything, whose BatchNorm sees a micro-batch at a time."""

    def loss_of(params):
        found = [embed(params, stats, Batch(part))[0] for part in rows]
        return loss(jax.tree.map(lambda *x: jnp.concatenate(x), *found))[0]

    return jax.value_and_grad(loss_of)(params)


def averaged(embed, loss, params, stats, rows):
    """(loss, gradients) as gradient accumulation is usually done."""
    each = [grouped(embed, loss, params, stats, part[None]) for part in rows]
    return jax.tree.map(lambda *x: sum(x) / len(x), *each)


def both_ways(problem):
    """The averaged gradient and the cached one."""
    embed, loss, *arrays = problem
    return jax.jit(lambda *a: (averaged(embed, loss, *a)[1], gradient(embed, loss, *of(*a)).grads))(*arrays)


def relative_error(found, expected):
    """Of all gradients as one vector."""
    a, b = (np.concatenate([np.ravel(x) for x in jax.tree.leaves(tree)]).astype(float) for tree in (found, expected))
    return np.linalg.norm(a - b) / np.linalg.norm(b)


@pytest.mark.parametrize(
    ("method", "dtype", "tolerance"),
    [
        ("simclr", "float64", 1e-10),
        *(pytest.param(method, "float64", 1e-10, marks=pytest.mark.slow) for method in ("byol", "prototypical")),
        pytest.param("simclr", "float32", 1e-5, marks=pytest.mark.slow),
    ],
)
def test_cached_equals_one_pass_grouped_by_micro_batch(config, method, dtype, tolerance):
    as_method(config, method)
    with jax.enable_x64(dtype == "float64"), jax.numpy_dtype_promotion("standard"):  # flax asks for it in float64
        embed, loss, params, stats, rows = problem(config, dtype, 2)
        found = jax.jit(lambda p, s, r: gradient(embed, loss, p, s, Batch(r)))(params, stats, rows)
        value, expected = jax.jit(lambda p, s, r: grouped(embed, loss, p, s, r))(params, stats, rows)
        moved = stats
        for part in rows:  # running statistics move once a micro-batch, in one of the two passes
            moved = jax.jit(embed)(params, moved, Batch(part))[1]
    assert float(found.loss) == pytest.approx(float(value), rel=tolerance)
    assert relative_error(found.grads, expected) < tolerance
    assert_close(found.stats, moved, tolerance)
    assert found.outputs.h.shape[0] == 32


@pytest.mark.slow
def test_the_loop_of_other_devices_equals_the_unrolled_one_of_cpus(config, monkeypatch):
    embed, loss, *arrays = problem(config, "float32", 4)
    unrolled = jax.jit(lambda *a: gradient(embed, loss, *of(*a)))(*arrays)
    monkeypatch.setattr(accumulate, "_unroll", lambda: False)
    looped = jax.jit(lambda *a: gradient(embed, loss, *of(*a)))
    assert "stablehlo.while" in looped.lower(*arrays).as_text()
    assert relative_error(looped(*arrays).grads, unrolled.grads) < 1e-5


@pytest.mark.parametrize(("parts", "least"), [(2, 0.15), pytest.param(4, 0.3, marks=pytest.mark.slow)])
def test_averaging_micro_batches_is_another_gradient(config, parts, least):
    """The negative control, and the figure: SimCLR's negatives of other micro-batches are missing."""
    naive, cached = both_ways(problem(config, "float32", parts))
    error = relative_error(naive, cached)
    print(f"{parts} micro-batches of {32 // parts}: relative error of the averaged gradient {error:.2f}")
    assert error > least


@pytest.mark.slow
def test_averaging_is_exact_where_the_loss_is_a_mean_over_sketches(config):
    assert relative_error(*both_ways(problem(as_method(config, "byol"), "float32", 4))) < 1e-5


@pytest.mark.slow
def test_cached_step_on_eight_devices_equals_one(config, images, mesh, one_device):
    config.batch_size, config.accumulate, config.accumulation = 32, 2, "cached"
    before, one, report = run_step(config, images, one_device)
    _, eight, report_of_eight = run_step(config, images, mesh)
    assert_close({n: report_of_eight[n] for n in before.sums}, {n: report[n] for n in before.sums})
    assert_close(gradients(eight), gradients(one))
    assert_close(eight.stats, one.stats)


def compiled(config, mesh, batch_size, accumulate):
    """The compiled step."""
    config.batch_size, config.accumulate = batch_size, accumulate
    state, step = step_of(config, gradients_as_state(), mesh)
    rows = np.arange(batch_size, dtype=np.int32)
    rows = split_rows(mesh, rows.reshape(accumulate, -1) if accumulate > 1 else rows, axis=int(accumulate > 1))
    return step.lower(state, replicate(mesh, np.zeros((128, 16, 16), np.uint8)), Batch(rows)).compile()


@pytest.mark.slow
def test_memory_is_flat_in_the_batch_at_a_fixed_micro_batch(config, one_device):
    config.encoder.width = 0.5

    def memory(batch_size, accumulate):
        return compiled(config, one_device, batch_size, accumulate).memory_analysis().temp_size_in_bytes / 2**20

    cached, whole = [[memory(n, n // 16 if kind else 1) for n in (32, 128)] for kind in (True, False)]
    print(f"MiB at batch 32 and 128: cached in 16s {cached}, one pass {whole}")
    assert cached[1] < 1.1 * cached[0]
    assert whole[1] > 3 * whole[0]  # the control


@pytest.mark.slow
def test_eight_devices_share_the_work(config, mesh, one_device):
    """Reshaping a sharded batch into micro-batches made each of 8 devices do four times its share."""
    config.encoder.width = 0.5
    one, eight = (compiled(config, m, 64, 2).cost_analysis()["flops"] for m in (one_device, mesh))
    print(f"work of a device of 8, in eighths of one device's: {8 * eight / one:.2f}")
    assert eight < 1.3 * one / 8
