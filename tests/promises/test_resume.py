"""A killed run, started again, equals the uninterrupted one, bit for bit on CPU: all logged numbers, the last state."""

import json
import random
import signal
import time

import pytest

from sketchjax.config import Data
from sketchjax.data.write import prepare
from tests.conftest import WALL_CLOCK

EPISODES = ("--config.method.way=4", "--config.method.shot=1", "--config.method.query=3")
RUNS = {  # recipe and flags: each kind of state and of data once (tests/test_golden.py trains the other combinations)
    "simclr": ("simclr",),
    "simclr streamed": ("simclr", "--config.data.stream=always"),
    "byol multisteps": ("byol", "--config.accumulate=2"),
    "prototypical": ("prototypical", *EPISODES),
}
PATIENCE = 120  # seconds
KILLS = 2  # of a run


def metrics(workdir):
    """metrics.jsonl without its wall-clock fields."""
    lines = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name not in WALL_CLOCK} for line in lines]


def fingerprint(workdir):
    """Of the last checkpoint's state: a SHA-256 over every leaf."""
    steps = (path for path in (workdir / "checkpoints").iterdir() if path.name.isdigit())
    last = max(steps, key=lambda path: int(path.name))
    return json.loads(next(last.rglob("about/metadata")).read_text())["fingerprint"]


def assert_same(workdir, expected):
    """All that two runs have logged, their last state, and their result."""
    assert metrics(workdir) == metrics(expected)
    assert fingerprint(workdir) == fingerprint(expected)
    results = [json.loads((w / "result.json").read_text()) for w in (workdir, expected)]
    for name in ("outcome", "verdict", "few_shot"):
        assert results[0][name] == results[1][name]


def finish(process):
    shown = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0, shown


def kill_at(process, workdir, update):
    """SIGKILL as soon as metrics.jsonl has the line of an update."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        file = workdir / "metrics.jsonl"
        if file.exists() and len(file.read_text().splitlines()) >= update:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.01)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def slowed(workdir):
    """The log as if every update but a process's first had taken an hour; how many seconds that are."""
    lines = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    timed = [line for line in lines if line["sketches_per_second"]]
    for line in timed:
        line["sketches_per_second"] = 16 / 3600
    (workdir / "metrics.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return 3600 * len(timed)


@pytest.fixture(scope="module")
def uninterrupted(request, command, folder, tmp_path_factory):
    """(start, workdir) of a run of 36 updates that nobody disturbed: start(workdir) begins it, or goes on with it."""
    if request.param == "simclr":
        return command, request.getfixturevalue("undisturbed")
    recipe, *flags = RUNS[request.param]
    workdir = tmp_path_factory.mktemp("uninterrupted") / "run"
    if request.param.endswith("streamed"):
        prepare(Data("folder", str(folder), 16), workdir.parent)
        flags.append(f"--config.data.root={workdir.parent}")
    start = lambda workdir, **how: command(workdir, *flags, recipe=recipe, **how)  # noqa: E731
    finish(start(workdir))
    return start, workdir


@pytest.mark.parametrize(
    "uninterrupted",
    [pytest.param(name, marks=[] if name == "simclr" else pytest.mark.slow) for name in RUNS],
    indirect=True,
)
def test_a_killed_run_equals_the_uninterrupted_one(uninterrupted, tmp_path, record_property, request):
    """Killed after random updates of 36; checkpoints are at 9, 18 and 27. Its seconds are all its processes'."""
    start, expected = uninterrupted
    workdir, chosen = tmp_path / "run", random.Random(request.node.name)
    for update in sorted(chosen.sample(range(1, 36), KILLS)):
        kill_at(start(workdir), workdir, update)
    record_property("trials", KILLS)
    spent = slowed(workdir)
    finish(start(workdir))
    assert_same(workdir, expected)
    assert spent < json.loads((workdir / "result.json").read_text())["seconds"] < spent + PATIENCE


FORGETFUL = """
import sys
from sketchjax import main
from sketchjax.data import batches
whole, first = batches.Batches.batch_at, []
batches.Batches.batch_at = lambda self, step: whole(self, step - (first or first.append(step) or first)[0])
sys.exit(main.main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("uninterrupted", ["simclr"], indirect=True)
def test_a_loader_that_starts_over_would_be_seen(uninterrupted, tmp_path):
    """Negative control: on resuming, the data begin at 0 again, as in most published loops."""
    start, expected = uninterrupted
    workdir = tmp_path / "run"
    kill_at(start(workdir), workdir, 20)  # the save after update 9 is whole by now: the next one waited for it
    finish(start(workdir, python=("-c", FORGETFUL)))
    assert metrics(workdir)[:9] == metrics(expected)[:9]
    assert metrics(workdir) != metrics(expected)
    assert fingerprint(workdir) != fingerprint(expected)


@pytest.mark.slow
@pytest.mark.parametrize("uninterrupted", ["simclr"], indirect=True)
def test_a_run_goes_on_with_another_number_of_devices(uninterrupted, tmp_path):
    """Same drawings at the same update; losses within float32 rounding, magnified by 18 updates of training."""
    start, expected = uninterrupted
    workdir = tmp_path / "run"
    kill_at(start(workdir), workdir, 20)
    finish(start(workdir, devices=4))
    for found, line in zip(metrics(workdir), metrics(expected), strict=True):
        assert found["loss"] == pytest.approx(line["loss"], rel=2e-3)
