"""What a run says while it trains: a line of metrics.jsonl per logged update, its verdict, and what a person sees."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import jax
from rich import get_console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from sketchjax.config import Config
from sketchjax.data.batches import Batches
from sketchjax.evaluation.few_shot import Score
from sketchjax.evaluation.scores import named
from sketchjax.health import bands, gauge, monitor, verdict
from sketchjax.health.lines import Line
from sketchjax.mesh import is_first
from sketchjax.training.loggers import Logger, logger
from sketchjax.training.step import Report
from sketchjax.training.workdir import Workdir

_NESTED = ("grad_norms", "sample")


def read(tree: Any) -> Any:
    """Waits for the device and brings numbers to the host: the loop does it here and nowhere else."""
    return jax.device_get(tree)


class Log:
    """A live line on a terminal, else a plain line per logged update. A context manager: the live line ends with it."""

    def __init__(self, config: Config, batches: Batches, workdir: Workdir, update: int, at_start: dict[str, Score]):
        self._config, self._batches, self._workdir, self._at_start = config, batches, workdir, at_start
        self._scale, self._measure = gauge.scale(config), jax.jit(lambda sample: monitor.measure(sample, config))
        self._updates = config.epochs * batches.updates_per_epoch
        self._band = bands.bands(config, self._updates).get("gauge")
        self.lines: list[Line] = workdir.lines()
        self.verdict = verdict.judge(config, self.lines)
        self._held: tuple[int, Report] | None = None
        self._last: tuple[int, float] | None = None  # update and time of the last line: the first one compiled
        self._waited = 0.0  # seconds for input since then
        self._update, self._open = update, ExitStack()
        self._logger: Logger = lambda line: None
        self._console = get_console()  # which a probe shows its progress on, too
        columns = (TextColumn("{task.description}"), BarColumn(None), TimeRemainingColumn())
        self._live = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._task = self._live.add_task("compiling", total=self._updates, completed=update)

    def __enter__(self) -> "Log":
        self._live.start()
        self._open.callback(self._live.stop)
        if is_first():
            self._logger = self._open.enter_context(logger(self._config, self._workdir.path, self._update))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @contextmanager
    def input(self) -> Iterator[None]:
        """Around what a step waits for before it can start."""
        started = time.monotonic()
        yield
        self._waited += time.monotonic() - started

    def hold(self, update: int, report: Report) -> None:
        """Takes an update's report; flush reads it, one step later, so that the device never waits for the log."""
        self._held = update, report

    def flush(self, probe: Callable[[], Score] | None = None, always: bool = False) -> bool:
        """Writes, shows and judges what is held, if anything is; asks the probe always, or where it looks hopeless.
        False: there was none to ask, and it is held on."""
        if self._held is None:
            return True
        line = self._line(*self._held)
        asking = always or verdict.wants_probe(self._config, [*self.lines, line])
        if asking and probe is None:
            return False
        self._held = None
        self.lines.append(line)
        if asking and probe:
            score = probe()
            line |= {"validation_accuracy": score.accuracy, "validation_ci95": score.ci95}
            for name, (accuracy, ci95) in self._at_start.items():
                line |= {f"validation_{name}": accuracy, f"validation_{name}_ci95": ci95}
            near = named(score.not_above(self._at_start))
            self.say(f"epoch {line['epoch']}: {score} %{f', not above {near}' if near else ''}")
        self.verdict = verdict.judge(self._config, self.lines)
        line["verdict"] = self.verdict.name
        line["among_good_runs"] = bands.place(self._band, line, "gauge") if self._band else ""
        self._workdir.log(line)
        self._logger(line)
        self._show(line)
        return True

    @property
    def hopeless(self) -> bool:
        """Whether to stop here."""
        return not self.verdict.good and self._config.health.verdict == "stop"

    @property
    def score(self) -> float:
        """Of a checkpoint: the few-shot accuracy of the last line; a verdict vetoes it."""
        return self.lines[-1]["validation_accuracy"] if self.verdict.good else -1.0

    def _line(self, update: int, report: Report) -> Line:
        scalars = {name: value for name, value in report.items() if name not in _NESTED}
        found = read((scalars | self._measure(report["sample"]), report["grad_norms"]))
        numbers, norms = jax.tree.map(lambda value: value.item(), found)
        before = self.lines[-1] if self.lines else {"update": 0, "travel": 0.0}
        moved = numbers["update_ratio"] if numbers["update_ratio"] < float("inf") else 0.0  # nor nan: a skipped step
        now = time.monotonic()
        then, since = self._last or (update, now)
        seconds, waited = max(now - since, 1e-9), self._waited
        self._last, self._waited = (update, now), 0.0
        return {
            "step": update * self._batches.steps_per_update,
            "update": update,
            "epoch": -(-update // self._batches.updates_per_epoch),
            "progress": update / self._updates,
            "gauge": self._scale.gauge(numbers),
            **numbers,
            "travel": before["travel"] + moved * (update - before["update"]),
            "grad_norms": norms,
            "sketches_per_second": (update - then) * self._config.batch_size / seconds,
            "input_wait": min(waited / seconds, 1.0) if update > then else 0.0,
        }

    def _show(self, line: Line) -> None:
        speed, left = line["sketches_per_second"], (self._updates - line["update"]) * self._config.batch_size
        measured = speed > 0  # not by the first line
        low, high = self._band.at(line["update"]) if self._band else (math.nan, math.nan)
        good = "" if math.isnan(low) else f" (good runs {low:.0f} to {high:.0f})"
        text = (
            f"epoch {line['epoch']}/{self._config.epochs}  loss {line['loss']:.3f}  gauge {line['gauge']:.0f} %{good}  "
            f"lr {line['learning_rate']:.2g}  {f'{speed:.0f} sketches/s  ' if measured else ''}{line['verdict']}"
        )
        self._live.update(self._task, description=text, completed=line["update"])
        if not self._console.is_terminal:
            time_left = f"  {left / speed:.0f} s left" if measured else ""
            print(f"update {line['update']}/{self._updates}  {text}{time_left}", flush=True)

    def say(self, text: str) -> None:
        """A line that stays on the screen."""
        self._console.print(text, highlight=False) if self._console.is_terminal else print(text, flush=True)
