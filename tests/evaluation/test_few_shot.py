"""The few-shot score against a plain NumPy re-implementation; its episodes; its chance level."""

import numpy as np
import pytest

from sketchjax.evaluation import few_shot
from sketchjax.evaluation.few_shot import make_episodes


@pytest.fixture
def labels():
    return np.repeat(np.arange(12), 20)


@pytest.fixture
def embeddings(labels):
    """Class centres with noise about as large as they are."""
    rng = np.random.default_rng(0)
    return (rng.standard_normal((12, 16))[labels] + 1.5 * rng.standard_normal((240, 16))).astype(np.float32)


def accuracies(embeddings, episodes):
    """The percentage of right queries of each episode, one query at a time."""
    found = []
    for classes in episodes.rows:
        prototypes = [embeddings[rows[: episodes.shot]].astype(np.float64).mean(0) for rows in classes]
        right = total = 0
        for own, rows in enumerate(classes):
            for row in rows[episodes.shot :]:
                distances = [np.linalg.norm(embeddings[row] - prototype) for prototype in prototypes]
                right, total = right + (np.argmin(distances) == own), total + 1
        found.append(100 * right / total)
    return np.array(found)


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def test_by_cosine_vectors_and_prototypes_have_length_one(embeddings, labels):
    """Then the nearest is the one of the largest cosine: NumPy, one query at a time."""
    episodes = make_episodes(labels, 5, 3, 7, 40, 3)
    right = []
    for classes in unit(embeddings.astype(np.float64))[episodes.rows]:
        cosines = np.einsum("cqf,pf->cqp", classes[:, 3:], unit(classes[:, :3].mean(1)))
        right.append(100 * (cosines.argmax(-1) == np.arange(5)[:, None]).mean())
    np.testing.assert_allclose(few_shot.accuracies(embeddings, episodes, "cosine"), right, atol=1e-9)
    assert not np.allclose(few_shot.accuracies(embeddings, episodes), right)


def test_a_paired_difference_is_surer_than_two_scores(embeddings, labels):
    """A little noise changes few queries: the difference is told apart from 0, the two intervals overlap."""
    noise = np.random.default_rng(0).standard_normal(embeddings.shape)
    worse, episodes = (embeddings + 0.5 * noise).astype(np.float32), make_episodes(labels, 5, 1, 15, 200, 0)
    pair = [few_shot.accuracies(x, episodes) for x in (embeddings, worse)]
    first, second, difference = (few_shot.score_of(values) for values in (*pair, pair[0] - pair[1]))
    assert difference.accuracy == pytest.approx(first.accuracy - second.accuracy, abs=1e-5)
    assert difference.ci95 < 0.8 * np.hypot(first.ci95, second.ci95)


def test_episodes_within_a_group(labels):
    """Groups of 6, 4 and 2 of the 12 classes: only the first two have 4-way episodes."""
    groups = np.repeat([7, 3, 5], [6, 4, 2])
    rows = make_episodes(labels, 4, 1, 5, 300, 0, groups).rows
    drawn = groups[labels[rows[:, :, 0]]]
    assert (drawn == drawn[:, :1]).all() and set(drawn[:, 0]) == {7, 3}
    assert 100 < (drawn[:, 0] == 7).sum() < 200
    loose = make_episodes(labels, 4, 1, 5, 300, 0).rows  # negative control
    assert (groups[labels[loose[:, :, 0]]] != groups[labels[loose[:, :1, 0]]]).any()


def test_mistaken_leaves_the_drawing_itself_out(embeddings, labels):
    expected = np.zeros((12, 12), int)
    for at, own in enumerate(labels):
        others = np.arange(len(labels)) != at
        means = [embeddings[others & (labels == c)].mean(0) for c in range(12)]
        expected[own, np.argmin([np.linalg.norm(embeddings[at] - mean) for mean in means])] += 1
    found = few_shot.mistaken(embeddings, labels)
    np.testing.assert_array_equal(found, expected)
    assert found.sum() == len(labels) and 0 < np.trace(found) < len(labels)


@pytest.mark.parametrize(("way", "shot"), [(5, 1), (5, 5), (12, 3)])
def test_equals_numpy_on_the_same_episodes(embeddings, labels, way, shot):
    episodes = make_episodes(labels, way, shot, 7, 60, 3)
    expected = accuracies(embeddings, episodes)
    score = few_shot.few_shot(embeddings, episodes)
    assert 30 < score.accuracy < 99
    assert score.accuracy == pytest.approx(expected.mean(), abs=1e-4)
    assert score.ci95 == pytest.approx(1.96 * expected.std(ddof=1) / np.sqrt(60), abs=1e-4)


def test_does_not_depend_on_the_block(embeddings, labels, monkeypatch):
    episodes = make_episodes(labels, 5, 1, 15, 130, 0)
    scores = set()
    for block in (1, 7, 64, 130, 1000):
        monkeypatch.setattr(few_shot, "_BLOCK", block)
        scores.add(few_shot.few_shot(embeddings, episodes))
    assert len(scores) == 1


def test_memory_does_not_grow_with_the_episodes(embeddings, labels):
    """What the compiled program needs beside its arguments and results."""

    def temporary(count: int) -> int:
        rows = make_episodes(labels, 5, 1, 15, count, 0).rows
        lowered = few_shot._correct.lower(embeddings, rows, 1, (1,), 64, "euclidean")
        return lowered.compile().memory_analysis().temp_size_in_bytes

    assert temporary(6400) < 1.1 * temporary(640)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_a_sweep_is_the_score_of_part_of_the_support(embeddings, labels, distance):
    episodes = make_episodes(labels, 5, 4, 8, 30, 3)
    found = few_shot.sweep(embeddings, episodes, (1, 3, 4), distance)
    for shot, own in zip((1, 3, 4), found, strict=True):
        kept = np.concatenate([episodes.rows[:, :, :shot], episodes.rows[:, :, 4:]], 2)
        alone = few_shot.accuracies(embeddings, episodes._replace(rows=kept, shot=shot), distance)
        np.testing.assert_array_equal(own, alone)


def test_shuffled_labels_give_chance(embeddings, labels):
    shuffled = np.random.default_rng(1).permutation(labels)
    score = few_shot.few_shot(embeddings, make_episodes(shuffled, 5, 5, 15, 600, 0))
    assert abs(score.accuracy - 20) < 2 * score.ci95  # the drawings are few: the episodes share them
    honest = few_shot.few_shot(embeddings, make_episodes(labels, 5, 5, 15, 600, 0))
    assert honest.accuracy > 60


def test_equal_embeddings_give_exactly_chance(labels):
    score = few_shot.few_shot(np.ones((240, 16), np.float32), make_episodes(labels, 5, 1, 15, 60, 0))
    assert score.accuracy == pytest.approx(20, abs=1e-5)


def test_episodes_draw_without_repeats_and_stay_the_same(labels):
    episodes = make_episodes(labels, 5, 2, 10, 200, 7)
    for classes in episodes.rows:
        assert len(np.unique(classes)) == 5 * 12
        owners = labels[classes]
        assert (owners == owners[:, :1]).all()
        assert len(np.unique(owners[:, 0])) == 5
    assert episodes.digest == make_episodes(labels, 5, 2, 10, 200, 7).digest == "d8f3e3dfaedd489a"
    assert episodes.digest != make_episodes(labels, 5, 2, 10, 200, 8).digest


def test_every_class_and_drawing_is_drawn_alike(labels):
    counts = np.bincount(make_episodes(labels, 5, 1, 5, 2000, 0).rows.ravel(), minlength=240)
    expected = 2000 * 30 / 240
    assert np.abs(counts - expected).max() < 6 * np.sqrt(expected)


def test_classes_of_unequal_size():
    labels = np.repeat(np.arange(5), [6, 9, 30, 7, 6])
    episodes = make_episodes(labels, 5, 1, 5, 50, 0)
    assert (labels[episodes.rows] == labels[episodes.rows][:, :, :1]).all()


def test_a_difference_that_rounds_to_zero_has_no_sign():
    assert [str(few_shot.Score(value, 0.12)) for value in (-0.04, -0.06)] == ["0.0 ± 0.1", "-0.1 ± 0.1"]
