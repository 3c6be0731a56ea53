"""The compiled step: on 8 devices as on one and as a textbook pmap step; what a bad batch does; how it lowers."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import lax

from sketchjax.data.augment import views_of
from sketchjax.mesh import make_mesh, replicate, replicated, split_rows
from sketchjax.objectives import make_objective
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state
from sketchjax.training.step import make_train_step


def gradients_as_state() -> optax.GradientTransformation:
    """An "optimizer" that moves nothing and keeps the last gradient: Adam would hide a gradient 8 times too large."""
    keep = lambda learning_rate: optax.chain(optax.trace(decay=0.0), optax.scale(0.0))  # noqa: E731
    return optax.inject_hyperparams(keep)(learning_rate=1.0)


def run_step(config, images, mesh, optimizer=None, rows=None):
    """(state before, state after, report) of one step on the devices of a mesh."""
    objective, optimizer = make_objective(config), optimizer or gradients_as_state()
    state = replicate(mesh, make_state(config, objective, optimizer))
    step = jax.jit(make_train_step(config, objective, optimizer), out_shardings=replicated(mesh))
    rows = np.arange(config.batch_size, dtype=np.int32) if rows is None else rows
    return state, *step(state, replicate(mesh, images), split_rows(mesh, rows))


def gradients(state):
    return state.opt_state.inner_state[0].trace


def assert_close(found, expected, rel=2e-5):
    for (path, a), b in zip(jax.tree_util.tree_leaves_with_path(found), jax.tree.leaves(expected), strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert np.abs(a - b).max() <= rel * max(np.abs(b).max(), 1e-3), jax.tree_util.keystr(path)


# The oracle: Conv4, projector, NT-Xent and synchronised BatchNorm as a pmap textbook writes them, in plain jax.


def batch_norm(x, params):
    axes = tuple(range(x.ndim - 1))
    mean = lax.pmean(x.mean(axes), "data")
    variance = lax.pmean((x * x).mean(axes), "data") - mean * mean
    shape = (1,) * len(axes) + (-1,)
    y = (x - mean.reshape(shape)) * (lax.rsqrt(variance + 1e-5) * params["scale"]).reshape(shape)
    return y + params["bias"].reshape(shape), {"mean": mean, "var": variance}


def textbook_forward(params, images):
    x, seen = images[..., None], {"encoder": {}, "projector": {}}
    for layer in range(4):
        kernel = params["encoder"][f"Conv_{layer}"]["kernel"]
        x = lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        name = f"BatchNorm_{layer}"
        x, seen["encoder"][name] = batch_norm(x, params["encoder"][name])
        x = lax.reduce_window(jax.nn.relu(x), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    head = params["projector"]
    x, seen["projector"]["BatchNorm_0"] = batch_norm(
        x.reshape(len(x), -1) @ head["Dense_0"]["kernel"], head["BatchNorm_0"]
    )
    return jax.nn.relu(x) @ head["Dense_1"]["kernel"] + head["Dense_1"]["bias"][None], seen


def textbook_step(params, views, temperature):
    """Called under pmap: this device's views [n, 2, height, width] -> loss, gradients, running statistics."""

    def loss_of(params):
        z, seen = textbook_forward(params, views.reshape(-1, *views.shape[2:]))
        z = z / jnp.linalg.norm(z, axis=1, keepdims=True)
        every = lax.all_gather(z, "data", tiled=True)
        own = jnp.arange(len(z)) + lax.axis_index("data") * len(z)
        logits = jnp.where(own[:, None] == jnp.arange(len(every))[None, :], -jnp.inf, z @ every.T / temperature)
        positive = jnp.take_along_axis(logits, (own ^ jnp.int32(1))[:, None], 1)[:, 0]
        return jnp.mean(jax.nn.logsumexp(logits, 1) - positive), seen

    (loss, seen), grads = jax.value_and_grad(loss_of, has_aux=True)(params)
    initial = {"mean": 0.0, "var": 1.0}
    moved = {m: {n: {k: 0.9 * initial[k] + 0.1 * v for k, v in s.items()} for n, s in seen[m].items()} for m in seen}
    return lax.pmean(loss, "data"), lax.pmean(grads, "data"), moved


def test_eight_devices_equal_one_and_a_textbook_pmap_step(config, images, mesh):
    config.batch_size = 32
    _, one, report = run_step(config, images, make_mesh(jax.devices()[:1]))
    before, eight, report_of_eight = run_step(config, images, mesh)
    assert_close(report_of_eight["loss"], report["loss"])
    assert_close(gradients(eight), gradients(one))
    assert_close(eight.stats, one.stats)

    rows = jnp.arange(32, dtype=jnp.int32)
    key = jax.random.fold_in(jax.random.key(config.seed), 0)
    views = views_of(jnp.asarray(images)[rows], rows, key, config.augment)
    with jax.numpy_dtype_promotion("standard"):
        oracle = jax.pmap(lambda p, v: textbook_step(p, v, config.method.temperature), "data", in_axes=(None, 0))
        loss, grads, stats = oracle(jax.device_get(before.params), views.reshape(8, 4, *views.shape[1:]))
    first = lambda tree: jax.tree.map(lambda leaf: leaf[0], tree)  # noqa: E731
    assert_close(report_of_eight["loss"], loss[0])
    assert_close(gradients(eight), first(grads))
    assert_close(eight.stats, first(stats))


def test_negatives_of_one_device_only_would_be_seen(config, images):
    """Negative control of the test above: half the batch gives another loss."""
    one = make_mesh(jax.devices()[:1])
    _, _, whole = run_step(config, images, one)
    config.batch_size //= 2
    _, _, half = run_step(config, images, one)
    assert abs(float(whole["loss"]) - float(half["loss"])) > 0.1


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
    objective, optimizer = make_objective(config), make_optimizer(config, 2)
    state = replicate(mesh, make_state(config, objective, optimizer))
    step = jax.jit(make_train_step(config, objective, optimizer))
    drawings, losses = replicate(mesh, images), []
    for part in range(4):
        before = state.params
        state, report = step(state, drawings, split_rows(mesh, np.arange(8 * part, 8 * part + 8, dtype=np.int32)))
        losses.append(float(report["loss"]) * 4 - sum(losses))
        same = jax.tree.leaves(jax.tree.map(lambda a, b: bool((a == b).all()), state.params, before))
        assert all(same) == (part < 3)
    assert float(report["loss"]) == pytest.approx(np.mean(losses), rel=1e-6)
    assert float(report["learning_rate"]) == pytest.approx(
        config.peak_lr / 3, rel=1e-6
    )  # the first of 2 warmup updates


def test_views_do_not_depend_on_accumulation(config, images):
    """Both micro-batches of an update use the update's key: row 3 looks the same wherever it is sliced."""
    key = jax.random.fold_in(jax.random.key(0), 5)
    rows = jnp.arange(16, dtype=jnp.int32)
    whole = views_of(jnp.asarray(images)[rows], rows, key, config.augment)
    half = views_of(jnp.asarray(images)[rows[8:]], rows[8:], key, config.augment)
    np.testing.assert_array_equal(whole[8:], half)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_losses_and_statistics_are_float32(config, images, mesh, dtype):
    config.dtype = dtype
    with jax.numpy_dtype_promotion("standard"):  # flax's BatchNorm mixes its float32 statistics with bfloat16 inputs
        _, state, report = run_step(config, images, mesh)
        step = make_train_step(config, make_objective(config), gradients_as_state())
        program = str(jax.make_jaxpr(step)(state, jnp.asarray(images), jnp.arange(16, dtype=jnp.int32)))
    assert {leaf.dtype for leaf in jax.tree.leaves((state.params, state.stats))} == {jnp.dtype("float32")}
    assert report["loss"].dtype == jnp.float32
    assert ("bf16[" in program) == (dtype == "bfloat16")


def test_bfloat16_stays_near_float32(config, images, mesh):
    _, _, exact = run_step(config, images, mesh)
    config.dtype = "bfloat16"
    with jax.numpy_dtype_promotion("standard"):
        _, _, rough = run_step(config, images, mesh)
    assert float(rough["loss"]) == pytest.approx(float(exact["loss"]), rel=0.03)


def test_lowers_for_cpu_cuda_and_tpu(config, images):
    objective, optimizer = make_objective(config), make_optimizer(config, 4)
    state = make_state(config, objective, optimizer)
    step = jax.jit(make_train_step(config, objective, optimizer), donate_argnums=0)
    rows = jnp.arange(config.batch_size, dtype=jnp.int32)
    for platform in ("cpu", "cuda", "tpu"):
        exported = jax.export.export(step, platforms=[platform])(state, jnp.asarray(images), rows)
        assert exported.platforms == (platform,)
        assert "stablehlo.convolution" in exported.mlir_module()
