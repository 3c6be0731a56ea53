"""NT-Xent against three independent computations."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from sketchjax.objectives import simclr


def nt_xent(z, temperature):
    return simclr.nt_xent(z, z, temperature)


def by_hand(z: np.ndarray, temperature: float) -> float:
    """Equation 1 of the paper, anchor by anchor, float64."""
    z = z.astype(np.float64).reshape(-1, z.shape[-1])
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    losses = []
    for anchor in range(len(z)):
        exponentials = [math.exp(z[anchor] @ z[k] / temperature) for k in range(len(z)) if k != anchor]
        losses.append(-math.log(math.exp(z[anchor] @ z[anchor ^ 1] / temperature) / sum(exponentials)))
    return float(np.mean(losses))


@pytest.fixture(params=[0.07, 0.5])
def temperature(request):
    return request.param


@pytest.fixture
def z():
    return np.random.default_rng(1).standard_normal((6, 2, 5)).astype(np.float32)


def test_equals_a_loop(z, temperature):
    assert float(nt_xent(jnp.asarray(z), temperature)) == pytest.approx(by_hand(z, temperature), rel=2e-6)
    with jax.enable_x64(True):
        assert float(nt_xent(jnp.asarray(z, jnp.float64), temperature)) == pytest.approx(
            by_hand(z, temperature), rel=1e-12
        )


def test_equals_optax(z, temperature):
    every = jnp.asarray(z).reshape(-1, 5)
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):  # optax's own code
        expected = optax.losses.ntxent(every, jnp.repeat(jnp.arange(6), 2), temperature)
    assert float(nt_xent(jnp.asarray(z), temperature)) == pytest.approx(float(expected.mean()), rel=1e-5)


def test_gradient_equals_finite_differences(z, temperature):
    with jax.enable_x64(True):
        z = jnp.asarray(z, jnp.float64)
        gradient = jax.grad(nt_xent)(z, temperature)
        for at in ((0, 0, 0), (2, 1, 3), (5, 0, 4)):
            step = jnp.zeros_like(z).at[at].set(1e-6)
            slope = (nt_xent(z + step, temperature) - nt_xent(z - step, temperature)) / 2e-6
            assert float(gradient[at]) == pytest.approx(float(slope), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("sketches", [2, 32, 128])
def test_equal_embeddings_are_at_chance(sketches, temperature):
    same = jnp.ones((sketches, 2, 8))
    assert float(nt_xent(same, temperature)) == pytest.approx(math.log(2 * sketches - 1), rel=1e-6)


def test_zero_embeddings_have_a_finite_gradient():
    value, gradient = jax.value_and_grad(nt_xent)(jnp.zeros((4, 2, 8)), 0.07)
    assert float(value) == pytest.approx(math.log(7), rel=1e-6)
    assert bool(jnp.isfinite(gradient).all())
