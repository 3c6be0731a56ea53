"""What a run says while it trains: a line of metrics.jsonl per logged update, and the progress a person sees."""

import time
from typing import Any

import jax
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from sketchjax.config import Config
from sketchjax.data.batches import Batches
from sketchjax.health import gauge, monitor
from sketchjax.training.step import Report
from sketchjax.training.workdir import Workdir

_SPREAD = jax.jit(monitor.spread)


def read(tree: Any) -> Any:
    """Waits for the device and brings numbers to the host: the loop does it here and nowhere else."""
    return jax.device_get(tree)


class Log:
    """A live line on a terminal, else a plain line per logged update. A context manager: the live line ends with it."""

    def __init__(self, config: Config, batches: Batches, workdir: Workdir, update: int):
        self._config, self._batches, self._workdir = config, batches, workdir
        self._scale = gauge.scale(config)
        self._updates = config.epochs * batches.updates_per_epoch
        self._held: tuple[int, Report] | None = None
        self._last: tuple[int, float] | None = None  # update and time of the last line: the first one compiled
        self._console = Console()
        columns = (TextColumn("{task.description}"), BarColumn(None), TimeRemainingColumn())
        self._live = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._task = self._live.add_task("compiling", total=self._updates, completed=update)

    def __enter__(self) -> "Log":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def hold(self, update: int, report: Report) -> None:
        """Takes an update's report; flush reads it, one step later, so that the device never waits for the log."""
        self._held = update, report

    def flush(self, **more: float) -> None:
        """Writes and shows what is held, if anything is, with more numbers beside it."""
        if self._held is None:
            return
        (update, report), self._held = self._held, None
        scalars = {name: value for name, value in report.items() if name != "covariance"}
        numbers = {name: value.item() for name, value in read(scalars | _SPREAD(report["covariance"])).items()}
        now = time.monotonic()
        then, since = self._last or (update, now)
        speed = (update - then) * self._config.batch_size / max(now - since, 1e-9)
        self._last = update, now
        line = {
            "step": update * self._batches.steps_per_update,
            "update": update,
            "epoch": -(-update // self._batches.updates_per_epoch),
            "gauge": self._scale.gauge(numbers),
            **numbers,
            **more,
            "sketches_per_second": speed,
        }
        self._workdir.log(line)
        self._show(line)

    def _show(self, line: dict[str, Any]) -> None:
        text = (
            f"epoch {line['epoch']}/{self._config.epochs}  loss {line['loss']:.3f}  gauge {line['gauge']:.0f} %  "
            f"lr {line['learning_rate']:.2g}  {line['sketches_per_second']:.0f} sketches/s"
        )
        self._live.update(self._task, description=text, completed=line["update"])
        if not self._console.is_terminal:
            speed, left = line["sketches_per_second"], (self._updates - line["update"]) * self._config.batch_size
            print(
                f"update {line['update']}/{self._updates}  {text}  {left / speed if speed else 0:.0f} s left",
                flush=True,
            )

    def say(self, text: str) -> None:
        """A line that stays on the screen."""
        self._console.print(text, highlight=False) if self._console.is_terminal else print(text, flush=True)
