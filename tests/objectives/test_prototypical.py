"""Prototypical networks: the loss of an episode against a float64 loop, and the judge's own way of counting."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.evaluation.few_shot import Episodes, few_shot
from sketchjax.model.heads import Outputs
from sketchjax.objectives import make_objective
from tests.conftest import as_method


@pytest.fixture(params=["euclidean", "cosine"])
def config_of(config, request):
    """Two episodes of 4 classes x (2 + 3) drawings."""
    as_method(config, "prototypical")
    config.batch_size, config.method.shot, config.method.distance = 40, 2, request.param
    return config


@pytest.fixture
def h():
    rng = np.random.default_rng(3)
    centres = np.repeat(rng.standard_normal((8, 6)), 5, 0)
    return (centres + rng.standard_normal((40, 6))).astype(np.float32)


def by_hand(h: np.ndarray, config) -> tuple[float, float]:
    """(loss, accuracy in %), query by query, float64."""
    unit = lambda x: x / np.sqrt((x * x).sum())  # noqa: E731
    losses, right = [], []
    for episode in h.astype(np.float64).reshape(2, 4, 5, 6):
        if config.distance == "cosine":
            prototypes = [unit(np.mean([unit(x) for x in of[:2]], 0)) for of in episode]
        else:
            prototypes = [of[:2].mean(0) for of in episode]
        for label, of in enumerate(episode):
            for query in of[2:]:
                if config.distance == "cosine":
                    logits = [unit(query) @ p / config.temperature for p in prototypes]
                else:
                    logits = [-((query - p) ** 2).sum() for p in prototypes]
                top = max(logits)
                losses.append(top + math.log(sum(math.exp(x - top) for x in logits)) - logits[label])
                right.append(100.0 * (int(np.argmax(logits)) == label))
    return float(np.mean(losses)), float(np.mean(right))


def test_equals_a_loop(config_of, h):
    loss = make_objective(config_of).loss
    expected, accuracy = by_hand(h, config_of.method)
    value, metrics = loss(Outputs(jnp.asarray(h)[:, None]))
    assert float(value) == pytest.approx(expected, rel=1e-5)
    assert float(metrics["episode_accuracy"]) == pytest.approx(accuracy, rel=1e-6)
    assert 25 < accuracy < 100
    with jax.enable_x64(True):
        value, _ = loss(Outputs(jnp.asarray(h, jnp.float64)[:, None]))
        assert float(value) == pytest.approx(expected, rel=1e-12)


def test_counts_as_the_evaluator_does(config, h):
    as_method(config, "prototypical").method.shot = 2
    _, metrics = make_objective(config).loss(Outputs(jnp.asarray(h)[:, None]))
    episodes = Episodes(np.arange(40, dtype=np.int32).reshape(2, 4, 5), 2)
    assert float(metrics["episode_accuracy"]) == pytest.approx(few_shot(h, episodes).accuracy, rel=1e-6)


def test_chance_is_ln_way(config_of):
    value, metrics = make_objective(config_of).loss(Outputs(jnp.ones((40, 1, 6))))
    assert float(value) == pytest.approx(math.log(4), rel=1e-6)
    assert float(metrics["episode_accuracy"]) == pytest.approx(25)


def test_shuffled_labels_would_be_seen(config_of, h):
    """Negative control: the same drawings in another order are worse."""
    loss = make_objective(config_of).loss
    right = loss(Outputs(jnp.asarray(h)[:, None]))[0]
    wrong = loss(Outputs(jnp.asarray(np.random.default_rng(0).permutation(h))[:, None]))[0]
    assert float(wrong) > 1.5 * float(right)
