"""Which drawings a step sees."""

import numpy as np

from sketchjax.data.batches import Batches


def test_an_update_repeats_no_drawing_and_an_epoch_repeats_none():
    batches = Batches(seed=0, drawings=103, batch_size=20, steps_per_update=1)
    assert batches.updates_per_epoch == 5
    epoch = np.concatenate([batches.batch_at(step) for step in range(5)])
    assert len(np.unique(epoch)) == 100
    assert set(epoch) <= set(range(103))


def test_epochs_and_seeds_are_shuffled_anew():
    batches = Batches(0, 100, 20, 1)
    assert not np.array_equal(batches.batch_at(0), batches.batch_at(5))
    assert not np.array_equal(batches.batch_at(0), Batches(1, 100, 20, 1).batch_at(0))


def test_micro_batches_are_slices_of_the_same_update():
    whole, parts = Batches(3, 100, 20, 1), Batches(3, 100, 20, 4)
    for update in (0, 4, 5, 12):
        steps = [parts.batch_at(4 * update + part) for part in range(4)]
        np.testing.assert_array_equal(np.concatenate(steps), whole.batch_at(update))


def test_any_step_can_be_asked_for_first():
    batches = Batches(0, 100, 20, 1)
    late = batches.batch_at(31).copy()
    for step in range(40):
        batches.batch_at(step)
    np.testing.assert_array_equal(batches.batch_at(31), late)
    assert late.dtype == np.int32
