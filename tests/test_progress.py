"""Progress with the time left, on terminals only, and only where something takes a while."""

import os
import pty
import subprocess
import sys

import pytest

from sketchjax import progress

SLOW = """
import time
from sketchjax import progress
progress._PATIENCE = {patience}
for _ in progress.watched(range(40), "counting sheep", 40):
    time.sleep(0.02)
print("all counted")
"""


def shown(patience: float, terminal: bool) -> str:
    """What a process of its own prints."""
    command = [sys.executable, "-c", SLOW.format(patience=patience)]
    if not terminal:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 4096):
            text += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0
    return text.decode()


def test_on_a_terminal_it_says_how_far_and_how_long():
    text = shown(0.2, terminal=True)
    assert "counting sheep" in text and "0:00:0" in text and "all counted" in text


@pytest.mark.parametrize(("patience", "terminal"), [(0.2, False), (60, True)])
def test_elsewhere_or_soon_done_it_says_nothing(patience, terminal):
    text = shown(patience, terminal)
    assert "counting sheep" not in text and "all counted" in text


def test_one_inside_another_that_is_shown(monkeypatch):
    """As a probe is inside training."""
    from rich import get_console

    monkeypatch.setattr(progress, "_PATIENCE", 0)
    monkeypatch.setattr(get_console(), "_force_terminal", True)
    found = [(a, b) for a in progress.watched("ab", "outer", 2) for b in progress.watched("cd", "inner", 2)]
    assert found == [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")]
    with pytest.raises(ZeroDivisionError):
        list(progress.watched((1 // x for x in (1, 1, 0)), "failing", 3))
    assert not get_console()._live_stack
