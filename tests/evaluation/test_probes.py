"""Closed-set probes: what is held out, the neighbours' vote, the least loss; chance for nothing."""

import numpy as np
import pytest

from sketchjax.evaluation import probes


@pytest.fixture
def clouds():
    """Six classes of 30 points of 8 numbers, which overlap."""
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(6), 30)
    return (rng.standard_normal((6, 8))[labels] + rng.standard_normal((180, 8))).astype(np.float32), labels


def test_a_third_of_each_class_is_held_out():
    labels = np.repeat(np.arange(4), [3, 9, 10, 2])
    held = probes.held_out(labels, 0)
    assert np.bincount(labels[held], minlength=4).tolist() == [1, 3, 3, 0]
    assert (held != probes.held_out(labels, 1)).any() and (held == probes.held_out(labels, 0)).all()


def test_the_nearest_vote_by_their_cosine(clouds, monkeypatch):
    """One query at a time."""
    x, labels = clouds
    monkeypatch.setattr(probes, "_ROWS", 7)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    expected = []
    for query in unit[::3]:
        cosines = unit[1::3] @ query
        nearest = np.argsort(-cosines)[:20]
        weights = np.exp(cosines[nearest] / 0.07)
        expected.append(np.argmax([weights[labels[1::3][nearest] == c].sum() for c in range(6)]))
    np.testing.assert_array_equal(probes.knn(x[1::3], labels[1::3], x[::3]), expected)


@pytest.mark.parametrize("decay", [1e-2, 1.0])
def test_the_linear_probe_is_where_the_loss_is_least(clouds, decay):
    """Its gradient, by NumPy in float64, is none."""
    x, labels = clouds
    weights = probes.fit(x, labels, decay).astype(np.float64)
    logits = x @ weights[:-1] + weights[-1]
    off = np.exp(logits - logits.max(1, keepdims=True))
    off = (off / off.sum(1, keepdims=True) - np.eye(6)[labels]) / len(x)
    assert np.abs(x.T @ off + decay * weights[:-1]).max() < 1e-3 and np.abs(off.sum(0)).max() < 1e-3
    start = (1 / 6 - np.eye(6)[labels]) / len(x)  # of no weights
    assert np.abs(x.T @ start).max() > 0.05


def test_probes_know_classes_and_of_noise_nothing(clouds):
    x, labels = clouds
    noise = np.random.default_rng(1).standard_normal(x.shape).astype(np.float32)
    for row in probes.probe({"accuracy": x, "untrained": noise}, labels, 0):
        assert row["learned_from"] == 120 and row["drawings"] == 60
        assert row["accuracy"] > 60 and row["untrained"] < 40
        assert row["ci95"] == pytest.approx(196 * np.sqrt(row["accuracy"] / 100 * (1 - row["accuracy"] / 100) / 60))
