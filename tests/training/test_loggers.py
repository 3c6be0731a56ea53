"""TensorBoard's files hold what metrics.jsonl holds, after a resume too."""

import json
import struct

import pytest

from sketchjax.config import Config, Failed
from sketchjax.training.loggers import logger, numbers
from tests.conftest import WALL_CLOCK

LINE = {"update": 3, "loss": 1.5, "grad_norms": {"encoder.Conv_0": 0.25}, "verdict": "healthy", "gauge": None}


def events(folder):
    """Of all files, in the order they were written: (step, {tag: value}, whether earlier ones are void from here)."""
    from tensorboardX.proto.event_pb2 import Event

    for file in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns):
        data, at = file.read_bytes(), 0
        while at < len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12 : at + 12 + length])
            at += 12 + length + 4
            values = {value.tag: value.simple_value for value in event.summary.value}
            yield event.step, values, event.session_log.status == 1


def shown(folder):
    """What TensorBoard shows: later sessions void what earlier ones wrote past their start."""
    found = {}
    for step, values, starts in events(folder):
        found = {s: v for s, v in found.items() if s < step} if starts else found | ({step: values} if values else {})
    return found


def test_numbers_of_a_line():
    found = dict(numbers(LINE))
    assert found.pop("gauge") != 0 and found == {"update": 3, "loss": 1.5, "grad_norms/encoder.Conv_0": 0.25}


def test_a_run_writes_what_it_logs(trained_workdir):
    lines = [json.loads(line) for line in (trained_workdir / "metrics.jsonl").read_text().splitlines()]
    found = shown(trained_workdir / "tensorboard")
    assert list(found) == [line["update"] for line in lines]
    for line in lines:
        for name in ("loss", "gauge", "learning_rate"):
            assert found[line["update"]][name] == pytest.approx(line[name], rel=1e-6)
        assert set(WALL_CLOCK) < set(found[line["update"]])


def test_after_a_resume_what_was_past_it_is_void(tmp_path):
    for first, last in ((0, 5), (3, 6)):  # killed after 5, gone on from 3
        with logger(Config(), tmp_path, first) as log:
            for update in range(first + 1, last + 1):
                log({"update": update, "loss": 100.0 * first + update})
    assert {s: v["loss"] for s, v in shown(tmp_path / "tensorboard").items()} == {
        1: 1,
        2: 2,
        3: 3,
        4: 304,
        5: 305,
        6: 306,
    }


def test_what_is_written_can_be_read_at_once(tmp_path):
    with logger(Config(), tmp_path, 0) as log:
        log(LINE)
        assert list(shown(tmp_path / "tensorboard")) == [3]


def test_none_writes_nothing(tmp_path):
    with logger(Config(logger="none"), tmp_path, 0) as log:
        log(LINE)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_is_one_line(tmp_path):
    (tmp_path / "tensorboard").write_text("in the way")
    with pytest.raises(Failed, match="tensorboard cannot be written"), logger(Config(), tmp_path, 0):
        pass


@pytest.mark.slow
def test_tensorboard_reads_them(trained_workdir):
    """The real reader, where it is installed."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    read = accumulator.EventAccumulator(str(trained_workdir / "tensorboard"))
    read.Reload()
    lines = [json.loads(line) for line in (trained_workdir / "metrics.jsonl").read_text().splitlines()]
    assert [event.step for event in read.Scalars("loss")] == [line["update"] for line in lines]
