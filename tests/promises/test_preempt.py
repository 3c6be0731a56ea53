"""SIGTERM and SIGINT end a run with exit code 75, saved; the same command goes on, and equals the uninterrupted run."""

import json
import signal
import subprocess
import sys
import time

import pytest

from sketchjax.interrupt import EXIT
from tests.promises.test_resume import PATIENCE, assert_same, finish, metrics

pytestmark = pytest.mark.slow


def send(process, number, when):
    """The signal, as soon as when() is true."""
    deadline = time.monotonic() + PATIENCE
    while not when():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0]
        time.sleep(0.005)
    process.send_signal(number)


def logged(workdir, lines):
    """Whether metrics.jsonl has so many."""
    file = workdir / "metrics.jsonl"
    return lambda: file.exists() and len(file.read_text().splitlines()) >= lines


def said(process, text):
    """Reads what the process shows until the text comes."""

    def has_come():
        while text not in (line := process.stdout.readline()):
            assert line, "it ended before"
        return True

    return has_come


MOMENTS = {  # one thread takes both signals: each of them deferred, and at once
    "training": (signal.SIGTERM, lambda process, workdir: logged(workdir, 13)),
    "compiling": (signal.SIGINT, lambda process, workdir: said(process, "before training")),
    "starting": (signal.SIGTERM, lambda process, workdir: (workdir / "config.json").exists),
    "saving": (signal.SIGTERM, lambda process, workdir: lambda: any(workdir.glob("checkpoints/*tmp*"))),
    "evaluating": (signal.SIGINT, lambda process, workdir: (workdir / "checkpoints" / "36").exists),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_saves_and_exits_75(command, undisturbed, tmp_path, moment):
    workdir, (number, when) = tmp_path / "run", MOMENTS[moment]
    process = command(workdir)
    send(process, number, when(process, workdir))
    shown = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == EXIT, shown
    assert shown.splitlines()[-1].endswith("the same command goes on") and "Traceback" not in shown
    if moment != "starting":
        assert json.loads((workdir / "result.json").read_text())["outcome"] == "preempted"
    if moment == "training":  # saved where it was, not where it was saved last: at 9
        steps = [int(path.name) for path in (workdir / "checkpoints").iterdir() if path.name.isdigit()]
        assert max(steps) == len(metrics(workdir)) >= 13
    finish(command(workdir))
    assert_same(workdir, undisturbed)


COMPILING = """
import jax, jax.numpy as jnp
from sketchjax import interrupt

def long(x):
    for _ in range(6000):
        x = jnp.sin(x) + jnp.roll(x, 1)
    return x

def main(argv):
    lowered = jax.jit(long).lower(jnp.ones(64))
    with interrupt.deferred():
        print("compiling", flush=True)
        lowered.compile()
        print("compiled", flush=True)

interrupt.run(main)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_a_compilation_at_once(number):
    """The first is heard while the compiler runs, and waits for it."""
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen([sys.executable, "-c", COMPILING], **how)
    send(process, number, said(process, "compiling"))
    assert "ending as soon as nothing is lost" in process.stdout.readline()  # it was heard in the compilation
    process.send_signal(number)
    sent = time.monotonic()
    shown = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == EXIT and "compiled" not in shown
    assert time.monotonic() - sent < 1
