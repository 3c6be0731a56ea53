"""Schedules count updates; weight decay spares biases and norms."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from sketchjax.config import Config
from sketchjax.objectives import make_objective
from sketchjax.training.optim import kernels, learning_rate, make_optimizer, make_schedule
from sketchjax.training.state import make_state


def test_warmup_then_cosine_to_zero():
    config = Config(epochs=10, batch_size=256)
    config.optim.warmup_epochs = 2
    rates = np.array([float(make_schedule(config, 5)(update)) for update in range(51)])
    assert rates[0] == pytest.approx(0.002 / 11)  # the first update already learns
    assert rates[10] == pytest.approx(0.002) == rates.max()
    assert rates[30] == pytest.approx(0.001)
    assert rates[50] == pytest.approx(0, abs=1e-9)


def test_warmup_can_be_off():
    config = Config(epochs=1, batch_size=256)
    config.optim.warmup_epochs = 0
    assert float(make_schedule(config, 5)(0)) == pytest.approx(0.002)


@pytest.mark.parametrize(("scaling", "peak"), [("none", 0.002), ("linear", 0.001), ("sqrt", 0.002 / 2**0.5)])
def test_scaling_by_batch_size(scaling, peak):
    config = Config(batch_size=128)
    config.optim.lr_scaling = scaling
    assert config.peak_lr == pytest.approx(peak)


def test_wish_list_learning_rates():
    assert Config(batch_size=128).peak_lr == pytest.approx(0.001)
    assert Config(batch_size=64).peak_lr == pytest.approx(0.0005)


def test_schedule_counts_updates_under_multisteps():
    config = Config(epochs=2, accumulate=4, accumulation="multisteps")
    optimizer, schedule = make_optimizer(config, 3), make_schedule(config, 3)
    params = {"kernel": jnp.ones((2, 2))}
    state = optimizer.init(params)
    for step in range(24):  # 6 updates
        _, state = optimizer.update(params, state, params)
        if step % 4 == 3:
            assert float(learning_rate(state)) == pytest.approx(float(schedule(step // 4)), rel=1e-6)


def test_weight_decay_spares_biases_and_norms(config):
    objective = make_objective(config)
    params = make_state(config, objective, make_optimizer(config, 4)).params
    decayed = {jax.tree_util.keystr(p) for p, yes in jax.tree_util.tree_leaves_with_path(kernels(params)) if yes}
    assert len(decayed) == 6  # four convolutions and two dense layers
    assert all(name.endswith("['kernel']") for name in decayed)


def lars_by_hand(params, grads, velocity, lr, decay):
    """One update of You et al. 2017, in NumPy; biases and norms as under SGD with momentum."""
    moved, kept = {}, {}
    for name, w in params.items():
        g, scale = grads[name], 1.0
        if w.ndim > 1:
            g = g + decay * w
            scale = 0.001 * np.linalg.norm(w) / np.linalg.norm(g)
        kept[name] = 0.9 * velocity[name] + lr * scale * g
        moved[name] = w - kept[name]
    return moved, kept


def test_lars_spares_biases_and_norms_of_decay_and_trust(config):
    config.optim.name, config.optim.weight_decay, config.optim.warmup_epochs = "lars", 0.1, 0
    rng = np.random.default_rng(0)
    params = {"kernel": rng.standard_normal((3, 2)).astype(np.float32), "bias": np.ones(2, np.float32)}
    optimizer = make_optimizer(config, 100)
    ours, state = jax.tree.map(jnp.asarray, params), optimizer.init(params)
    expected, velocity = params, {name: 0.0 for name in params}
    for update in range(3):
        grads = {name: rng.standard_normal(p.shape).astype(np.float32) for name, p in params.items()}
        moves, state = optimizer.update(grads, state, ours)
        ours = optax.apply_updates(ours, moves)
        lr = float(make_schedule(config, 100)(update))
        expected, velocity = lars_by_hand(expected, grads, velocity, lr, 0.1)
    for name in params:
        np.testing.assert_allclose(ours[name], expected[name], rtol=1e-5, atol=1e-7)


def test_weight_decay_and_clipping_do_what_they_say(config):
    config.optim.weight_decay, config.optim.warmup_epochs = 0.5, 0
    params = {"kernel": jnp.ones((2, 2)), "bias": jnp.ones(2)}
    still = jax.tree.map(jnp.zeros_like, params)
    optimizer = make_optimizer(config, 10)
    updates, _ = optimizer.update(still, optimizer.init(params), params)
    assert float(updates["kernel"][0, 0]) == pytest.approx(-0.5 * config.peak_lr)
    assert float(updates["bias"][0]) == 0

    config.optim.clip_norm = 1.0
    optimizer = make_optimizer(config, 10)
    _, state = optimizer.update(jax.tree.map(lambda p: 100 * p, params), optimizer.init(params), params)
    first_moment = optax.tree_utils.tree_get(state, "mu")
    assert float(optax.tree.norm(first_moment)) == pytest.approx(0.1, rel=1e-4)  # (1 - 0.9) x the clipped gradient
