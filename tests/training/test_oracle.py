"""Each objective's step on 8 devices is the step on one, and a pmap textbook's.

The textbook is written here in plain jax: Conv4, heads, losses, synchronised BatchNorm, gradients averaged."""

import jax
import jax.numpy as jnp
import pytest
from jax import lax

from sketchjax.data.augment import views_of
from sketchjax.mesh import make_mesh
from tests.conftest import SLOWLY, as_method
from tests.training.steps import assert_close, gradients, run_step


def batch_norm(x, params):
    axes = tuple(range(x.ndim - 1))
    mean = lax.pmean(x.mean(axes), "data")
    variance = lax.pmean((x * x).mean(axes), "data") - mean * mean
    shape = (1,) * len(axes) + (-1,)
    y = (x - mean.reshape(shape)) * (lax.rsqrt(variance + 1e-5) * params["scale"]).reshape(shape)
    return y + params["bias"].reshape(shape), {"mean": mean, "var": variance}


def conv4(params, x):
    seen = {}
    for layer in range(4):
        kernel, name = params[f"Conv_{layer}"]["kernel"], f"BatchNorm_{layer}"
        x = lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x, seen[name] = batch_norm(x, params[name])
        x = lax.reduce_window(jax.nn.relu(x), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return x.reshape(len(x), -1), seen


def head(params, x):
    x, seen = batch_norm(x @ params["Dense_0"]["kernel"], params["BatchNorm_0"])
    return jax.nn.relu(x) @ params["Dense_1"]["kernel"] + params["Dense_1"]["bias"][None], {"BatchNorm_0": seen}


def network(params, images):
    """The last of h, z, p that there are parameters for, and the statistics of each module."""
    x, seen = conv4(params["encoder"], images[..., None])
    seen = {"encoder": seen}
    for name in ("projector", "predictor"):
        if name in params:
            x, seen[name] = head(params[name], x)
    return x, seen


def unit(x):
    return x / jnp.linalg.norm(x, axis=-1, keepdims=True)


def simclr(z, target, config):
    """The loss of this device's anchors against the views of all devices."""
    z = unit(z)
    every = lax.all_gather(z, "data", tiled=True)
    own = jnp.arange(len(z)) + lax.axis_index("data") * len(z)
    logits = jnp.where(own[:, None] == jnp.arange(len(every))[None, :], -jnp.inf, z @ every.T / config.temperature)
    positive = jnp.take_along_axis(logits, (own ^ jnp.int32(1))[:, None], 1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(logits, 1) - positive)


def byol(p, target, config):
    """Of this device's sketches: views lie side by side, so the other view of row i is row i ^ 1."""
    other = jnp.arange(len(p)) ^ jnp.int32(1)
    return 2 * jnp.mean(jnp.sum((unit(p) - unit(target)[other]) ** 2, 1))


def prototypical(h, target, config):
    """Every device computes the loss of all episodes; the mean over devices is that loss."""
    every = lax.all_gather(h, "data", tiled=True).reshape(-1, config.way, config.shot + config.query, h.shape[-1])
    prototypes = every[:, :, : config.shot].mean(2)
    distance = ((every[:, :, config.shot :, None] - prototypes[:, None, None]) ** 2).sum(-1)
    own = jnp.broadcast_to(jnp.arange(config.way)[None, :, None, None], (*distance.shape[:3], 1))
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(-distance), own, -1))


def textbook_step(params, views, config):
    """Called under pmap: this device's views [n, views, height, width] -> loss, gradients, running statistics."""
    flat = views.reshape(-1, *views.shape[2:])
    target, _ = network({name: params[name] for name in ("encoder", "projector") if name in params}, flat)

    def loss_of(params):
        x, seen = network(params, flat)
        return {"simclr": simclr, "byol": byol, "prototypical": prototypical}[config.name](x, target, config), seen

    (loss, seen), grads = jax.value_and_grad(loss_of, has_aux=True)(params)
    initial = {"mean": 0.0, "var": 1.0}
    moved = {m: {n: {k: 0.9 * initial[k] + 0.1 * v for k, v in s.items()} for n, s in seen[m].items()} for m in seen}
    return lax.pmean(loss, "data"), lax.pmean(grads, "data"), moved


@pytest.mark.parametrize("method", SLOWLY)
def test_eight_devices_equal_one_and_a_textbook_pmap_step(config, images, mesh, one_device, method):
    as_method(config, method).batch_size = 32
    _, one, report = run_step(config, images, one_device)
    before, eight, report_of_eight = run_step(config, images, mesh)
    assert_close({n: report_of_eight[n] for n in before.sums}, {n: report[n] for n in before.sums})
    assert_close(gradients(eight), gradients(one))
    assert_close(eight.stats, one.stats)
    assert_close(eight.target, one.target)

    rows = jnp.arange(32, dtype=jnp.int32)
    key = jax.random.fold_in(jax.random.key(config.seed), 0)
    views = views_of(jnp.asarray(images)[rows], rows, key, config.augment, 1 if method == "prototypical" else 2)
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        oracle = jax.pmap(lambda p, v: textbook_step(p, v, config.method), "data", in_axes=(None, 0))
        loss, grads, stats = oracle(jax.device_get(before.params), views.reshape(8, 4, *views.shape[1:]))
    first = lambda tree: jax.tree.map(lambda leaf: leaf[0], tree)  # noqa: E731
    assert_close(report_of_eight["loss"], loss[0])
    assert_close(gradients(eight), first(grads), 5e-5)  # the oracle's convolutions are summed in another order
    assert_close(eight.stats, first(stats))


@pytest.mark.slow
def test_negatives_of_one_device_only_would_be_seen(config, images):
    """Negative control of the test above: half the batch gives another loss."""
    one = make_mesh(jax.devices()[:1])
    _, _, whole = run_step(config, images, one)
    config.batch_size //= 2
    _, _, half = run_step(config, images, one)
    assert abs(float(whole["loss"]) - float(half["loss"])) > 0.1
