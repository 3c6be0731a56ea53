"""A batch that is not finite changes nothing and is counted; where they do not end, the run does, and says when."""

import json

import pytest

from tests.promises.test_resume import PATIENCE, metrics

pytestmark = pytest.mark.slow
BAD = """
import jax.numpy as jnp
from sketchjax import interrupt, main
from sketchjax.training import loop, step
make, views_of, at = loop.make_train_step, step.views_of, []

def poisoned(*arguments):
    train_step = make(*arguments)
    def traced(state, *rest):
        at[:] = [state.step + 1]
        return train_step(state, *rest)
    return traced

step.views_of = lambda *a, **k: views_of(*a, **k) * jnp.where({bad}, jnp.nan, 1.0)
loop.make_train_step = poisoned
interrupt.run(main.main)
"""


@pytest.fixture
def spoiled(command, tmp_path):
    """spoiled("of which steps"): the finished process's exit code and last lines, and the run's folder."""

    def run(bad):
        workdir = tmp_path / "run"
        process = command(workdir, python=("-c", BAD.format(bad=bad)))
        shown = process.communicate(timeout=PATIENCE)[0]
        return process.returncode, shown, workdir

    return run


def test_one_bad_batch_changes_nothing_and_is_counted(spoiled, undisturbed):
    code, shown, workdir = spoiled("at[0] == 14")
    assert code == 0, shown
    found, expected = metrics(workdir), metrics(undisturbed)
    assert found[:13] == expected[:13]  # the control: it is the batch, not what spoils it
    assert found[13]["loss"] is None
    assert [line["skipped"] for line in found] == [0] * 13 + [1] * 23
    assert found[14]["loss"] is not None and found[14] != expected[14]  # a step less has been made
    assert found[-1]["last_finite"] == 36


def test_persistent_ones_end_the_run_with_the_first_and_the_last_good_checkpoint(spoiled):
    code, shown, workdir = spoiled("at[0] >= 14")
    assert code == 1, shown
    result = json.loads((workdir / "result.json").read_text())
    assert (result["outcome"], result["verdict"]) == ("stopped", "non_finite")
    assert result["reasons"][0].endswith("steps were not finite and changed nothing: all since step 14")
    assert result["reasons"][-1] == "the last good checkpoint is of step 9" and result["reasons"][-1] in shown
    assert len(metrics(workdir)) < 30
