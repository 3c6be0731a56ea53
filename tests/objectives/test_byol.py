"""BYOL: its loss against a float64 loop; a target that follows once per update and learns nothing by itself."""

import copy
import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from sketchjax.data.feed import Batch
from sketchjax.mesh import replicate, split_rows
from sketchjax.objectives import byol, make_objective
from sketchjax.training.optim import make_optimizer
from tests.conftest import as_method
from tests.training.steps import step_of


def by_hand(predictions: np.ndarray, targets: np.ndarray) -> float:
    """Equation 2 of the paper and its mirror image, sketch by sketch, float64."""
    total = 0.0
    for p, t in zip(predictions.astype(np.float64), targets.astype(np.float64), strict=True):
        for one, other in ((0, 1), (1, 0)):
            unit = [x / np.sqrt((x * x).sum()) for x in (p[one], t[other])]
            total += ((unit[0] - unit[1]) ** 2).sum()
    return total / len(predictions)


@pytest.fixture
def pair():
    rng = np.random.default_rng(2)
    return [rng.standard_normal((6, 2, 5)).astype(np.float32) for _ in range(2)]


def test_equals_a_loop(pair):
    assert float(byol.regression(*map(jnp.asarray, pair))) == pytest.approx(by_hand(*pair), rel=2e-6)
    with jax.enable_x64(True):
        exact = byol.regression(*(jnp.asarray(x, jnp.float64) for x in pair))
        assert float(exact) == pytest.approx(by_hand(*pair), rel=1e-12)


@pytest.mark.slow
def test_gradient_reaches_the_online_network_and_not_the_target(config):
    objective = make_objective(as_method(config, "byol"))
    params, stats = objective.init(jax.random.key(0), jnp.zeros((1, 2, 16, 16)))
    views = jnp.asarray(np.random.default_rng(0).random((8, 2, 16, 16), np.float32))
    target = objective.target(params)

    def loss(params, target):
        return objective.loss(objective.forward(params, stats, target, views)[0])[0]

    online, followed = jax.grad(loss, (0, 1))(params, target)
    assert all(float(jnp.abs(leaf).max()) == 0 for leaf in jax.tree.leaves(followed))
    assert {name: float(optax.tree.norm(tree)) > 1e-4 for name, tree in online.items()} == dict.fromkeys(online, True)


def test_tau_rises_to_one_along_a_cosine():
    for progress in (0.0, 0.3, 1.0):
        expected = 1 - (1 - 0.99) * (math.cos(math.pi * progress) + 1) / 2
        assert float(byol.tau(0.99, jnp.float32(progress))) == pytest.approx(expected, rel=1e-6)
    assert float(byol.tau(0.99, jnp.float32(0))) == pytest.approx(0.99)
    assert float(byol.tau(0.99, jnp.float32(1))) == 1


def unpack(tree):
    return [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(tree)]


@pytest.mark.slow
@pytest.mark.parametrize("accumulation", ["multisteps", "none", "cached"])
def test_target_follows_once_per_update_also_around_a_skipped_step(config, images, one_device, accumulation):
    """Against a NumPy loop over the parameters after each update. The first step of the second update is not finite."""
    as_method(config, "byol").method.tau = 0.9
    if accumulation != "none":
        config.accumulate, config.accumulation = 2, accumulation
    steps = config.steps_per_update
    optimizer = make_optimizer(config, 4)
    state, step = step_of(config, optimizer, one_device, updates=8)
    bad = copy.deepcopy(config)
    bad.augment.intensity = float("inf")
    _, broken = step_of(bad, optimizer, one_device, updates=8)
    drawings, expected, updates = replicate(one_device, images), None, 0
    for at in range(3 * steps):
        rows = np.arange(16 // steps, dtype=np.int32).reshape(config.parts, -1)
        rows = Batch(split_rows(one_device, rows if config.parts > 1 else rows[0]))
        if at == steps:
            before = state
            state, _ = broken(state, drawings, rows)
            assert int(state.skipped) == 1
            jax.tree.map(np.testing.assert_array_equal, state.target, before.target)
            if steps > 1:  # what makes has_updated a lie
                multi = optax.MultiSteps(optax.sgd(1.0), steps)
                assert bool(multi.has_updated(state.opt_state)) and bool(multi.has_updated(before.opt_state))
        expected = unpack(state.target) if expected is None else expected
        before, (state, _) = state, step(state, drawings, rows)
        online = unpack({name: state.params[name] for name in state.target})
        if any(
            (a != b).any() for a, b in zip(online, unpack({n: before.params[n] for n in before.target}), strict=True)
        ):
            keep = 1 - (1 - 0.9) * (math.cos(math.pi * updates / 8) + 1) / 2
            expected = [keep * t + (1 - keep) * p for t, p in zip(expected, online, strict=True)]
            updates += 1
        for found, wanted in zip(unpack(state.target), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=2e-6, atol=1e-7)
    assert updates == 3
