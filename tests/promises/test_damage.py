"""A checkpoint is whole and true, or it is not used: every file damaged in every way, or hostile; saves that fail."""

import gc
import pickle
import random
import shutil
import signal

import pytest

from sketchjax.config import UserError
from sketchjax.training.checkpoint import Checkpoints, fingerprint
from tests.promises.test_preempt import send
from tests.promises.test_resume import PATIENCE, assert_same, finish
from tests.training.test_checkpoint import state_at

LEFT_BEHIND = "ignore::pytest.PytestUnraisableExceptionWarning"  # coroutines, by orbax, where a restore fails
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(LEFT_BEHIND)]


@pytest.fixture(autouse=True)
def collected():
    """Here, not in whatever test comes next."""
    yield
    gc.collect()


def flipped(at):
    """Flips the bit at a share of the file."""

    def damage(file):
        data = bytearray(file.read_bytes() or b"\0")
        bit = min(int(at * len(data) * 8), len(data) * 8 - 1)
        data[bit // 8] ^= 1 << bit % 8
        file.write_bytes(data)

    return damage


class Hostile:
    """Unpickled, it makes a file."""

    def __init__(self, made):
        self.made = str(made)

    def __reduce__(self):
        return open, (self.made, "w")


DAMAGE = {
    "first bit": flipped(0),
    "middle bit": flipped(0.5),
    "last bit": flipped(1),
    "halved": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "emptied": lambda file: file.write_bytes(b""),
    "removed": lambda file: file.unlink(),
    "a pickle": lambda file: file.write_bytes(pickle.dumps(Hostile(file.parent / "executed"))),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Steps 20, the best, and 50, the latest."""
    folder = tmp_path_factory.mktemp("saved")
    with Checkpoints(folder) as checkpoints:
        for step, score in ((20, 90.0), (30, 40.0), (50, 35.0)):
            checkpoints.save(step, state_at(step), score, {"config": "c"})
    return folder


def files(folder, step):
    return [p.relative_to(folder) for p in sorted((folder / "checkpoints" / str(step)).rglob("*")) if p.is_file()]


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("step", [20, 50])
def test_damage_is_named_or_changes_nothing(saved, tmp_path, capsys, record_property, step, how):
    """Of each file in turn: the restored state is one that was saved, bit for bit; the older one only where the newer
    is said to be damaged; and the best is never another than it was, unless it is itself said to be damaged."""
    survived = 0
    for number, file in enumerate(files(saved, step)):
        folder = tmp_path / str(number)
        shutil.copytree(saved, folder)
        DAMAGE[how](folder / file)
        with Checkpoints(folder) as checkpoints:
            state, about = checkpoints.restore_newest(state_at(0))
            said, best = capsys.readouterr().out, checkpoints.steps()["best"]
        found = int(state["step"])
        assert fingerprint(state) == fingerprint(state_at(found)) and about["config"] == "c", file
        assert found == 50 or (step == 50 and f"checkpoint 50 in {folder}" in said), (file, said)
        assert best == 20 or f"checkpoint 20 in {folder}" in said, (file, said)
        assert not list(folder.rglob("executed"))
        survived += found == 50
    record_property("trials", len(files(saved, step)))
    assert survived > 0


def test_a_pickle_that_is_read_would_be_seen(tmp_path):
    """Negative control."""
    DAMAGE["a pickle"](file := tmp_path / "file")
    pickle.loads(file.read_bytes()).close()
    assert (tmp_path / "executed").exists()


def test_any_bit_of_what_a_checkpoint_is_about_and_of_its_score_is_seen(saved, tmp_path, capsys, record_property):
    chosen = random.Random(0)
    record_property("trials", 40)
    for number in range(40):
        folder = tmp_path / str(number)
        shutil.copytree(saved, folder)
        file = chosen.choice(["about/metadata", "metrics/metrics"])
        flipped(chosen.random())(folder / "checkpoints" / "50" / file)
        with Checkpoints(folder) as checkpoints:
            state, _ = checkpoints.restore_newest(state_at(0))
            steps = checkpoints.steps()
        said = capsys.readouterr().out
        assert "checkpoint 50" in said and "damaged" in said, (file, said)
        assert steps["best"] == 20 and int(state["step"]) == (20 if file == "about/metadata" else 50)


def test_without_the_digest_a_bit_could_choose_another_best(saved, tmp_path, monkeypatch):
    """Negative control: orbax believes whatever the file says."""
    folder = tmp_path / "run"
    shutil.copytree(saved, folder)
    (folder / "checkpoints" / "50" / "metrics" / "metrics").write_text('{"score": 95.0}')
    monkeypatch.setattr(Checkpoints, "_mend_scores", lambda self: None)
    with Checkpoints(folder) as checkpoints:
        assert checkpoints.steps()["best"] == 50


def test_another_structure_or_type_is_refused(saved, tmp_path):
    for target in ({"step": state_at(0)["step"]}, {**state_at(0), "more": state_at(0)["w"]}):
        with Checkpoints(saved) as checkpoints, pytest.raises(UserError, match="checkpoint 50"):
            checkpoints.restore(50, target)
    other = {**state_at(0), "w": state_at(0)["w"].astype("int32")}
    with Checkpoints(saved) as checkpoints, pytest.raises(UserError, match="fingerprint"):
        checkpoints.restore(50, other)


@pytest.mark.parametrize("save", [1, 2])
def test_killed_in_the_middle_of_a_save(command, undisturbed, tmp_path, save):
    """Seen to be half-written before the signal; the first save leaves nothing to go on from, the second one step."""
    workdir = tmp_path / "run"
    process = command(workdir)
    half = lambda: [p for p in workdir.glob("checkpoints/*tmp*") if p.name.startswith(f"{9 * save}.")]  # noqa: E731
    send(process, signal.SIGKILL, half)
    process.communicate()
    assert half()
    finish(command(workdir))
    assert_same(workdir, undisturbed)


FULL = """
import resource, signal
from sketchjax import interrupt, main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # write() fails, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
interrupt.run(main.main)
"""


@pytest.mark.parametrize(
    ("limit", "every", "full"),
    [
        (5_000, 1, "/metrics.jsonl cannot be written (File too large)"),
        (14_000, 9, "a checkpoint could not be saved in "),
    ],
)
def test_a_full_disk_ends_the_run_at_once_and_the_same_command_goes_on(
    command, undisturbed, tmp_path, limit, every, full
):
    """Bytes that a file may have: a log of every update outgrows the first limit, a checkpoint's files the second."""
    often, whole = f"--config.log_every_updates={every}", undisturbed
    if every > 1:
        whole = tmp_path / "undisturbed"
        finish(command(whole, often))
    workdir = tmp_path / "run"
    process = command(workdir, often, python=("-c", FULL.format(limit=limit)))
    shown = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 1
    assert full in shown.splitlines()[-1], shown
    assert (workdir / "metrics.jsonl").read_text().count("\n") * every <= 18  # it did not get past the next save
    finish(command(workdir, often))
    assert_same(workdir, whole)
