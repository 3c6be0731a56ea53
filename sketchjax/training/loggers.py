"""Where a run's numbers go beside metrics.jsonl: event files for TensorBoard."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sketchjax.config import Config
from sketchjax.health.lines import Line
from sketchjax.training.workdir import written

Logger = Callable[[Line], None]


@contextmanager
def logger(config: Config, workdir: Path, update: int) -> Iterator[Logger]:
    """Takes logged lines from the one after `update` on; what an earlier process logged past it is not shown.

    Raises: Failed for what the system raises, such as a full disk."""
    match config.logger:
        case "tensorboard":
            yield from _tensorboard(workdir / "tensorboard", update)
        case "none":
            yield lambda line: None


def _tensorboard(folder: Path, update: int) -> Iterator[Logger]:
    """tensorboardX's events, by this thread and at once: its SummaryWriter leaves what fails to a thread of its own."""
    from tensorboardX.event_file_writer import EventsWriter

    names = ("event_pb2", "summary_pb2")  # protobuf makes their classes where no type checker sees it
    event, summary = (import_module(f"tensorboardX.proto.{name}") for name in names)

    with written(folder):
        folder.mkdir(exist_ok=True)
        events = EventsWriter(str(folder / "events"), f".{update}")  # two in a second are two files

    def write(step: int, **what: Any) -> None:
        with written(folder):
            events.write_event(event.Event(wall_time=time.time(), step=step, **what))
            events.flush()

    def write_line(line: Line) -> None:
        values = [summary.Summary.Value(tag=tag, simple_value=value) for tag, value in numbers(line)]
        write(line["update"], summary=summary.Summary(value=values))

    write(update + 1, session_log=event.SessionLog(status=event.SessionLog.START))  # voids later steps of earlier files
    try:
        yield write_line
    finally:
        with written(folder):
            events.close()


def numbers(line: Line, prefix: str = "") -> Iterator[tuple[str, float]]:
    """Of a line, those of parts as "grad_norms/encoder.Conv_0"; what is not finite is nan."""
    for name, value in line.items():
        if isinstance(value, dict):
            yield from numbers(value, f"{prefix}{name}/")
        elif not isinstance(value, str):
            yield prefix + name, math.nan if value is None else float(value)
