"""Spread of representations at its extremes, and against NumPy."""

import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.health.monitor import covariance, spread


def numbers(h: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in spread(covariance(jnp.asarray(h, jnp.float32))).items()}


def test_collapsed_to_a_point():
    found = numbers(np.ones((16, 2, 8)))
    assert found["embedding_std"] == pytest.approx(0, abs=1e-6)


def test_collapsed_to_a_line():
    signs = np.where(np.arange(32) % 2, 1.0, -1.0).reshape(16, 2, 1)
    assert numbers(signs * np.ones(8))["effective_rank"] == pytest.approx(1, abs=1e-3)


def test_all_directions_used_alike():
    h = np.concatenate([np.eye(8), -np.eye(8)]).reshape(8, 2, 8)
    found = numbers(h)
    assert found["effective_rank"] == pytest.approx(8, rel=1e-4)
    assert found["embedding_std"] == pytest.approx(1 / np.sqrt(8), rel=1e-5)


def test_equals_numpy():
    h = np.random.default_rng(0).standard_normal((32, 2, 6)) * [5, 3, 1, 1, 0.5, 0.1] + 1
    flat = (h / np.linalg.norm(h, axis=-1, keepdims=True)).reshape(-1, 6)
    shares = np.linalg.eigvalsh(np.cov(flat.T, bias=True))
    shares = shares / shares.sum()
    assert numbers(h)["embedding_std"] == pytest.approx(flat.std(0).mean(), rel=1e-5)
    assert numbers(h)["effective_rank"] == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-4)
