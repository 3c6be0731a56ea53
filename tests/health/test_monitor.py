"""Spread and contrast of embeddings at their extremes, and against NumPy; what a step reports of itself."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.config import Config
from sketchjax.health.monitor import contrast, measure, sample, spread, watch
from sketchjax.model.heads import Outputs
from tests.conftest import as_method


def numbers(h: np.ndarray) -> dict[str, float]:
    return {n: float(value) for n, value in spread(jnp.asarray(h, jnp.float32).reshape(-1, h.shape[-1])).items()}


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
    wide = h.reshape(-1, 6)[:4].T  # more features than embeddings: the other product
    flat = (h / np.linalg.norm(h, axis=-1, keepdims=True)).reshape(-1, 6)
    spread = numbers(h)["embedding_spread"]
    assert 1 - spread**2 == pytest.approx((flat @ flat.T).mean(), abs=1e-6)
    assert wide.shape == (6, 4) and 1 <= numbers(wide)["effective_rank"] <= 4


def test_contrast_equals_numpy_loops():
    rng = np.random.default_rng(0)
    a, b, group = rng.standard_normal((12, 5)), rng.standard_normal((12, 5)), np.arange(12) // 3
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    positive, negative, apart, hits = [], [], [], 0
    for i in range(12):
        others = [j for j in range(12) if j != i]
        hits += group[max(others, key=lambda j: x[i] @ y[j])] == group[i]
        for j in others:
            (positive if group[i] == group[j] else negative).append(x[i] @ y[j])
            apart.append(np.exp(-2 * np.sum((x[i] - y[j]) ** 2)))
    found = {n: float(v) for n, v in contrast(*map(jnp.float32, (a, b)), jnp.asarray(group)).items()}
    assert found["positive_cosine"] == pytest.approx(np.mean(positive), abs=1e-6)
    assert found["negative_cosine"] == pytest.approx(np.mean(negative), abs=1e-6)
    assert found["top1"] == pytest.approx(100 * hits / 12) and found["top1_chance"] == pytest.approx(100 * 2 / 11)
    assert found["alignment"] == pytest.approx(2 - 2 * np.mean(positive), abs=1e-6)
    assert found["uniformity"] == pytest.approx(np.log(np.mean(apart)), abs=1e-5)


@pytest.mark.parametrize("method", ["simclr", "byol", "prototypical"])
def test_perfect_and_collapsed_embeddings(method):
    """Perfect: all positives alike, all negatives orthogonal. Collapsed: no nearer than anybody."""
    config = as_method(Config(batch_size=16), method)
    same = jnp.eye(16)[jnp.arange(16) // 4] if method == "prototypical" else jnp.eye(16)
    for embedding, top1, negative in ((same, 100, 0), (jnp.ones((16, 16)), None, 1)):
        views = jnp.repeat(embedding[:, None], 1 if method == "prototypical" else 2, 1)
        outputs = Outputs(views, views, views, views)
        found = measure(outputs if method == "byol" else outputs._replace(p=None, target=None), config)
        assert float(found["positive_cosine"]) == pytest.approx(1, abs=1e-5)
        assert float(found["negative_cosine"]) == pytest.approx(negative, abs=1e-5)
        assert top1 is None or float(found["top1"]) == top1


def test_the_sample_does_not_grow_with_the_batch():
    config = Config()
    shape = lambda found: jax.tree.map(lambda x: x.shape, found)[0]  # noqa: E731
    assert shape(sample(Outputs(jnp.ones((1000, 2, 3))), config)) == (128, 2, 3)
    assert shape(sample(Outputs(jnp.ones((100, 2, 3))), config)) == (100, 2, 3)
    episodes = as_method(Config(), "prototypical")
    assert shape(sample(Outputs(jnp.ones((1000, 1, 3))), episodes)) == (16, 1, 3)


def test_lengths_of_a_step():
    params = {
        "encoder": {"Conv_0": {"kernel": jnp.array([3.0, 4.0])}},
        "predictor": {"Dense_0": {"bias": jnp.zeros(2)}},
    }
    moves = jax.tree.map(lambda x: 0.1 * x, params)
    before, after = {"encoder": {"w": jnp.array([0.0, 0.0])}}, {"encoder": {"w": jnp.array([0.0, 5.0])}}
    online = {**params, "encoder": {"w": jnp.array([0.0, 6.0])}}
    outputs = Outputs(jnp.ones((4, 2, 3)))
    found = watch(outputs, params, moves, params, {}, {}, Config())
    assert float(found["update_ratio"]) == pytest.approx(0.1) and "target_moved" not in found
    assert {name: float(norm) for name, norm in found["grad_norms"].items()} == {
        "encoder.Conv_0": 5.0,
        "predictor.Dense_0": 0.0,
    }
    found = watch(outputs, params, params, online, before, after, Config())
    assert (float(found["target_distance"]), float(found["target_moved"])) == pytest.approx((0.2, 1.0))


def test_embeddings_that_are_not_finite_have_no_rank():
    """Rather than that of a line."""
    h = jnp.ones((8, 4)).at[3, 1].set(jnp.nan)
    assert jnp.isnan(spread(h)["effective_rank"])
