"""One process at a time: real ones, that end well and that are killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from sketchjax import lock
from sketchjax.config import UserError
from tests.conftest import ROOT

HOLD = """
import pathlib, sys
from sketchjax import lock
lock.hold(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(folder):
    """A process that holds the folder until the end of the block, which closes its input."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], env=env, **pipes) as process:
        assert process.stdout.readline() == "held\n"
        yield process


def test_it_keeps_others_out_until_its_process_ends(tmp_path, capfd):
    with holder(tmp_path) as other:
        for _ in range(2):
            with pytest.raises(UserError, match=f"is in use by process {other.pid} on "):
                lock.hold(tmp_path)
    assert not list(tmp_path.iterdir())  # it ended well: nothing is left
    lock.hold(tmp_path)
    lock.hold(tmp_path)  # its own already
    assert capfd.readouterr().out == ""


def test_what_a_killed_process_left_is_taken_over(tmp_path, capfd):
    with holder(tmp_path) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
    lock.hold(tmp_path)
    assert f"was left by process {other.pid} on {os.uname().nodename}: taking it over" in capfd.readouterr().out


def test_a_lock_removed_between_opening_and_locking_is_not_held(tmp_path, monkeypatch):
    """The process before ended just then: what was opened is no longer the folder's lock."""
    opened = []

    def and_gone(path, *flags):
        opened.append(open_(path, *flags))
        if len(opened) == 1:
            path.unlink()
        return opened[-1]

    open_ = os.open
    monkeypatch.setattr(lock.os, "open", and_gone)
    lock.hold(tmp_path)
    assert len(opened) == 2 and os.path.samestat(os.fstat(opened[-1]), (tmp_path / ".lock").stat())
