"""Several real processes train one run: as one process would, and none waits for one that is gone."""

import json
import os
import signal
import socket
import sys
import time
from functools import cache

import pytest

from sketchjax.config import Data
from sketchjax.data.write import prepare
from sketchjax.interrupt import EXIT
from tests.promises.test_preempt import logged, send
from tests.promises.test_resume import PATIENCE, assert_same, finish, metrics

pytestmark = pytest.mark.slow
BOUND = 60  # seconds after one has gone until all have
DRAWINGS = 144  # of base classes
SHORT = "--config.epochs=2"  # 18 updates
# JAX lets the first process alone write to its cache, and on CPU what it wrote fits no other's devices: the others
# would compile anew in every test, which is most of its time. What they compute is the same.
KEEPING = """
from unittest import mock
from jax._src import compiler, distributed
write = compiler._cache_write
def kept(*given):
    with mock.patch.object(distributed.global_state, "process_id", 0):
        write(*given)
compiler._cache_write = kept
"""
MAIN = """
from sketchjax import interrupt, main
interrupt.run(main.main)
"""


@pytest.fixture(scope="module")
def together(command):
    """Starts processes of one run: together(workdir, count, *flags, code=of each)."""
    started = []

    def start(workdir, count, *flags, devices=2, code=MAIN):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = {"JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{free.getsockname()[1]}", "JAX_NUM_PROCESSES": str(count)}
        how = {"devices": devices, "python": ("-c", KEEPING + code)}
        with pytest.MonkeyPatch.context() as environment:
            for rank in range(count):
                for name, value in {**place, "JAX_PROCESS_ID": str(rank)}.items():
                    environment.setenv(name, value)
                started.append(command(workdir, "--distributed", *flags, **how))
        return started[-count:]

    yield start
    for process in started:  # of a test that failed
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def alone(command, tmp_path_factory):
    """The run in one process with four devices."""
    workdir = tmp_path_factory.mktemp("alone") / "run"
    finish(command(workdir, SHORT, devices=4))
    return workdir


@pytest.fixture(scope="module")
def undisturbed(together, tmp_path_factory):
    """undisturbed(count): the folder of a run of so many processes that nobody disturbed, and what each said."""

    @cache
    def run(count):
        workdir = tmp_path_factory.mktemp("undisturbed") / "run"
        processes = together(workdir, count, SHORT, devices=4 // count)
        shown = [process.communicate(timeout=PATIENCE)[0] for process in processes]
        assert [process.returncode for process in processes] == [0] * count, shown
        return workdir, shown

    return run


@pytest.fixture
def whole(undisturbed):
    """The run of two processes that nobody disturbed."""
    return undisturbed(2)[0]


@pytest.mark.parametrize("count", [2, 4])
def test_processes_equal_one_with_as_many_devices(undisturbed, alone, count):
    """Numbers to float32 rounding, magnified by training; the first process alone writes and speaks."""
    workdir, shown = undisturbed(count)
    assert "healthy" in shown[0] and not any("update" in text for text in shown[1:])
    assert len(metrics(workdir)) == len(metrics(alone)) == 18
    for found, line in zip(metrics(workdir), metrics(alone), strict=True):
        assert found["loss"] == pytest.approx(line["loss"], rel=1e-5 if line["update"] < 9 else 2e-3)
    results = [json.loads((run / "result.json").read_text()) for run in (workdir, alone)]
    assert results[0]["outcome"] == "done" and len(results[0]["few_shot"]) == len(results[1]["few_shot"])


COUNTING = """
import os, sys
from sketchjax import main
from sketchjax.data import prepared
records = prepared._records
def counting(folder, part, *more):
    found = records(folder, part, *more)
    def take(rows):
        if part == "base":
            os.write(2, f"took {' '.join(map(str, rows))}\\n".encode())  # one write: two threads read
        return found.take(rows)
    return found._replace(take=take)
prepared._records = counting
sys.exit(main.main(sys.argv[1:]))
"""


def test_streamed_rows_are_read_once(together, folder, tmp_path):
    """Each process reads its half of every batch, and both together each drawing once an epoch."""
    prepare(Data("folder", str(folder), 16), tmp_path / "set")
    flags = (f"--config.data.root={tmp_path / 'set'}", "--config.data.stream=always", "--config.epochs=1")
    processes = together(tmp_path / "run", 2, *flags, code=COUNTING)
    shown = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], shown
    took = [[line.split()[1:] for line in text.splitlines() if line.startswith("took ")] for text in shown]
    steps = [[rows for rows in rows_of if len(rows) == 8] for rows_of in took]  # what preflight looks at is more
    assert [len(rows_of) for rows_of in steps] == [9, 9]
    assert len({row for rows_of in steps for rows in rows_of for row in rows}) == DRAWINGS


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_all_and_the_run_goes_on_exactly(together, whole, tmp_path, rank):
    """JAX's runtime ends the other by itself, or a collective fails, and we say what that means."""
    workdir = tmp_path / "run"
    processes = together(workdir, 2, SHORT)
    send(processes[rank], signal.SIGKILL, logged(workdir, 13))
    killed = time.monotonic()
    shown = processes[1 - rank].communicate(timeout=PATIENCE)[0]
    assert time.monotonic() - killed < BOUND
    assert processes[1 - rank].returncode in (EXIT, -signal.SIGABRT), shown
    if rank:  # what is on disk is the same, whoever was killed
        for process in together(workdir, 2, SHORT):
            finish(process)
        assert_same(workdir, whole)


RAISING = """
import sys
from sketchjax import main
from sketchjax.training import log
whole = log.Log.hold
def hold(self, update, report):
    if update == 13 and {rank} == int(__import__("os").environ["JAX_PROCESS_ID"]):
        raise KeyError("planted")
    whole(self, update, report)
log.Log.hold = hold
sys.exit(main.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("rank", [0, 1])
def test_a_process_that_raises_keeps_none_waiting(together, tmp_path, rank):
    processes = together(tmp_path / "run", 2, SHORT, code=RAISING.format(rank=rank))
    shown = processes[rank].communicate(timeout=PATIENCE)[0]
    raised = time.monotonic()
    assert processes[rank].returncode == 1 and "KeyError: 'planted'" in shown
    processes[1 - rank].communicate(timeout=PATIENCE)
    assert processes[1 - rank].returncode != 0 and time.monotonic() - raised < BOUND


@pytest.mark.parametrize("rank", [0, 1])
def test_a_signal_to_one_is_agreed_by_all(together, whole, tmp_path, rank):
    workdir = tmp_path / "run"
    processes = together(workdir, 2, SHORT)
    send(processes[rank], signal.SIGTERM, logged(workdir, 13))
    shown = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert [process.returncode for process in processes] == [EXIT, EXIT], shown
    steps = [int(path.name) for path in (workdir / "checkpoints").iterdir() if path.name.isdigit()]
    assert max(steps) == len(metrics(workdir)) >= 13
    if rank:
        for process in together(workdir, 2, SHORT):
            finish(process)
        assert_same(workdir, whole)


LOCALLY = "import os, sys; os.execvp('bash', ['bash', 'launch/local.sh', '2', *sys.argv[1:]])"


def test_the_script_passes_a_signal_on_and_the_run_goes_on(command, whole, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHON", sys.executable)
    workdir = tmp_path / "run"
    process = command(workdir, SHORT, devices=2, python=("-c", LOCALLY))
    send(process, signal.SIGTERM, logged(workdir, 12))
    shown = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == EXIT, shown
    finish(command(workdir, SHORT, devices=2, python=("-c", LOCALLY)))
    assert_same(workdir, whole)


def test_nobody_to_join_is_one_line(command, tmp_path):
    process = command(tmp_path / "run", "--distributed")
    shown = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 2 and shown.startswith("--distributed: ") and len(shown.splitlines()) == 1
    assert os.listdir(tmp_path) == []
