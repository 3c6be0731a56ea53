"""Two runs never share a workdir: the second is refused, and a dead one's folder is taken over."""

import signal

import pytest

from sketchjax.interrupt import EXIT
from tests.promises.test_preempt import logged, send
from tests.promises.test_resume import finish, kill_at

pytestmark = pytest.mark.slow


def test_a_second_run_is_refused_while_the_first_lives(command, tmp_path):
    workdir = tmp_path / "run"
    first = command(workdir)
    send(first, signal.SIGSTOP, logged(workdir, 3))  # it lives, and cannot be done before the second has started
    second = command(workdir)
    shown = second.communicate()[0]
    first.send_signal(signal.SIGCONT)
    assert second.returncode == 2 and len(shown.splitlines()) == 1, shown
    assert f"is in use by process {first.pid}" in shown
    finish(first)
    again = command(workdir)  # finished: nothing to take over
    assert "taking it over" not in again.communicate()[0] and again.returncode == 0


def test_a_dead_runs_folder_is_taken_over(command, tmp_path):
    """One that was killed; one that ended by itself has left nothing to take over."""
    workdir = tmp_path / "run"
    first = command(workdir)
    kill_at(first, workdir, 3)
    second = command(workdir)
    send(second, signal.SIGTERM, logged(workdir, 12))
    assert f"was left by process {first.pid}" in second.communicate()[0] and second.returncode == EXIT
    third = command(workdir)
    assert "taking it over" not in third.communicate()[0] and third.returncode == 0
