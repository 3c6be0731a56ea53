"""Nine of the trials of launch/failures.py: faults are refused or stopped, a healthy run is neither."""

import pytest

from tests.failures import runs

REFUSED = (  # for what
    ("normalised_over_all_axes", "loss of the first drawings"),
    ("positives_masked", "loss of the first drawings"),
    ("projector_of_zeros", "the loss's gradient is zero"),
    ("views_equal", "identical views"),
    ("one_drawing_repeated", "exact duplicates"),
)
STOPPED = (
    ("encoder_frozen", "simclr"),
    ("infinite_from_step_60", "simclr"),
    ("target_not_moved", "byol"),
)
HEALTHY = next(  # on the embedded drawings; SimCLR's is that of the README, tests/test_readme.py
    trial for trial in runs.healthy() if (trial.source, trial.method) == ("doodles", "byol")
)


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "reason"), REFUSED)
def test_a_fault_is_refused(fault, reason):
    assert reason in (runs.refusal(runs.Trial(fault, "simclr", 0)) or "")


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "method"), STOPPED)
def test_a_fault_is_stopped(fault, method, tmp_path):
    row = runs.carry_out(runs.Trial(fault, method, 0), tmp_path, updates=150)
    assert row["stopped_at"], row


@pytest.mark.slow
def test_a_healthy_run_is_left_alone(tmp_path):
    row = runs.carry_out(HEALTHY, tmp_path, updates=150)
    assert row["refused"] is None and row["stopped_at"] is None, row
    assert row["accuracy"] > row["untrained"] + row["ci95"]
