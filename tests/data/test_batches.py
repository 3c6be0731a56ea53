"""Which drawings a step sees."""

import numpy as np
import pytest

from sketchjax.config import Config
from sketchjax.data.batches import make_batches


def batches_of(drawings, seed=0, **fields):
    return make_batches(Config(seed=seed, batch_size=20, **fields), np.zeros(drawings, np.int32))


def test_an_update_repeats_no_drawing_and_an_epoch_repeats_none():
    batches = batches_of(103)
    assert batches.updates_per_epoch == 5
    epoch = np.concatenate([batches.batch_at(step) for step in range(5)])
    assert len(np.unique(epoch)) == 100
    assert set(epoch) <= set(range(103))


def test_epochs_and_seeds_are_shuffled_anew():
    batches = batches_of(100)
    assert not np.array_equal(batches.batch_at(0), batches.batch_at(5))
    assert not np.array_equal(batches.batch_at(0), batches_of(100, seed=1).batch_at(0))


@pytest.fixture
def episodes():
    """A run of two episodes of 3 classes x (1 + 2) drawings an update, over 5 classes of different sizes."""
    config = Config(batch_size=18, epochs=2)
    config.method.name, config.method.way, config.method.shot, config.method.query = "prototypical", 3, 1, 2
    return config, np.random.default_rng(0).permutation(np.repeat(np.arange(5), [3, 4, 5, 6, 12])).astype(np.int32)


@pytest.mark.parametrize("accumulation", ["multisteps", "cached"])
@pytest.mark.parametrize("method", ["simclr", "prototypical"])
def test_micro_batches_are_slices_of_the_same_update(episodes, accumulation, method):
    config, labels = episodes
    config.method.name = method
    whole = make_batches(config, labels)
    config.accumulate, config.accumulation = 2, accumulation
    parts = make_batches(config, labels)
    for update in (0, 4, 5, 12):
        steps = range(update * config.steps_per_update, (update + 1) * config.steps_per_update)
        found = [parts.batch_at(step) for step in steps]
        assert {rows.shape for rows in found} == {(9,) if accumulation == "multisteps" else (2, 9)}
        np.testing.assert_array_equal(np.concatenate([rows.ravel() for rows in found]), whole.batch_at(update))


def test_an_episode_is_classes_in_a_row_without_repeats(episodes):
    config, labels = episodes
    batches, seen = make_batches(config, labels), set()
    for update in range(30):
        rows = batches.batch_at(update)
        for episode in rows.reshape(2, 3, 3):
            of = labels[episode]
            assert (of == of[:, :1]).all() and len(set(of[:, 0])) == 3
            assert len(set(episode.ravel())) == 9
            seen |= set(of[:, 0])
    assert seen == set(range(5))
    assert not np.array_equal(batches.batch_at(0), batches.batch_at(1))
    config.seed = 1
    assert not np.array_equal(batches.batch_at(0), make_batches(config, labels).batch_at(0))


def test_any_step_can_be_asked_for_first(episodes):
    for batches in (batches_of(100), make_batches(*episodes)):
        late = batches.batch_at(31).copy()
        for step in range(40):
            batches.batch_at(step)
        np.testing.assert_array_equal(batches.batch_at(31), late)
        assert late.dtype == np.int32
