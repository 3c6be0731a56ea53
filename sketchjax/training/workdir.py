"""What a run leaves on disk: config.json, metrics.jsonl, checkpoints/, result.json. Only the first process writes."""

import dataclasses
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sketchjax import lock
from sketchjax.config import Config, Failed, UserError
from sketchjax.fields import differences, from_json
from sketchjax.mesh import is_first, wait_for_all
from sketchjax.page import pictures
from sketchjax.page.run import page, read

_EVERY = 60  # seconds between two pages of a run that trains


class Workdir:
    """The folder of one run. Made by claim (a run) or find (a command that looks at a run)."""

    def __init__(self, path: Path):
        self.path, self._drawn_at = path, time.monotonic()

    @classmethod
    def claim(cls, config: Config) -> "Workdir":
        """The configured folder, made where missing, for this run alone as long as it lives.

        Raises: UserError if it cannot be written, holds another run, another has it, or not all processes see it."""
        path = Path(config.folder).expanduser()
        if not is_first():
            wait_for_all(f"claim {path}")
            return cls.find(str(path))
        try:
            path.mkdir(parents=True, exist_ok=True)
            if not os.access(path, os.W_OK):
                raise PermissionError(13, "Permission denied")
            workdir = cls(path)
            if (path / "config.json").exists():
                started = bool(workdir.lines()) or (path / "checkpoints").exists()
                if started and (different := differences(config, workdir.config())):
                    raise UserError(
                        f"workdir={path} holds another run ({'; '.join(different)}): choose another --config.workdir"
                    )
            elif any(file.name != lock.NAME for file in path.iterdir()):
                raise UserError(f"workdir={path} is not empty and holds no run: choose another --config.workdir")
            lock.hold(path)
            workdir._write("config.json", dataclasses.asdict(config))
        except OSError as error:
            raise UserError(f"workdir={path}: {error.strerror}: choose another --config.workdir") from error
        wait_for_all(f"claim {path}")
        return workdir

    @classmethod
    def ended(cls, config: Config) -> bool:
        """Whether the configured run has its result, and is not to go on from where it was stopped."""
        result = cls(Path(config.folder).expanduser()).result()
        return result is not None and (result["outcome"] != "stopped" or config.health.verdict == "stop")

    @classmethod
    def find(cls, path: str) -> "Workdir":
        """An existing run's folder. Raises: UserError where there is none."""
        folder = Path(path).expanduser()
        if not (folder / "config.json").is_file():
            raise UserError(f"workdir={path} holds no run: give the --config.workdir of one")
        return cls(folder)

    def config(self) -> Config:
        try:
            return from_json(json.loads((self.path / "config.json").read_text()))
        except (ValueError, AttributeError) as error:
            raise UserError(f"{self.path / 'config.json'} is damaged: {error}") from error

    def result(self) -> dict[str, Any] | None:
        """What result.json holds, or None while the run goes on, also where it was preempted or failed."""
        file = self.path / "result.json"
        result = json.loads(file.read_text()) if file.exists() else None
        return None if result and result["outcome"] in ("preempted", "failed") else result

    def write_result(self, result: dict[str, Any]) -> None:
        self._write("result.json", result)

    def write_unfinished(self, outcome: str, *reasons: str) -> None:
        """A result for tools to read, preempted or failed; the run itself goes on as if there were none."""
        verdict = self.lines()[-1]["verdict"] if self.lines() else None
        nothing = {"cures": [], "few_shot": [], "novel_evaluations": 0}
        self.write_result({"outcome": outcome, "verdict": verdict, "reasons": list(reasons), **nothing})

    def refresh_report(self) -> None:
        """The page while the run trains: a second's work, so at most every minute."""
        if time.monotonic() - self._drawn_at > _EVERY:
            self.write_report()

    def write_report(self, shown: pictures.Pictures | None = None) -> None:
        """The run as a page to look at, with these pictures. Where there is no room for it, that is said, and the run
        goes on: nothing is lost by it, and the next checkpoint ends it."""
        if not is_first():
            return
        try:
            if shown:
                pictures.save(self.path, shown)
            self._replace("report.html", page([read(self.path)]))
            self._drawn_at = time.monotonic()
        except (OSError, Failed) as error:
            print(f"no report: {error}", file=sys.stderr)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        self._replace(name, json.dumps(content, indent=1) + "\n")

    def _replace(self, name: str, text: str) -> None:
        """Whole or not at all."""
        if not is_first():
            return
        draft = self.path / f".{name}.tmp"
        with written(self.path / name):
            draft.write_text(text)
            draft.replace(self.path / name)

    def log(self, line: dict[str, Any]) -> None:
        """Appends to metrics.jsonl; what is not finite becomes null."""
        finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in line.items()}
        if is_first():
            file = self.path / "metrics.jsonl"
            with written(file), file.open("a") as end:
                end.write(json.dumps(finite) + "\n")

    def lines(self) -> list[dict[str, Any]]:
        """The whole lines of metrics.jsonl."""
        file = self.path / "metrics.jsonl"
        text = file.read_text().splitlines(keepends=True) if file.exists() else []
        return [json.loads(line) for line in text if line.endswith("\n")]

    def drop_lines_after(self, update: int) -> None:
        """Forgets what was logged past the update that the run goes on from."""
        kept = "".join(json.dumps(line) + "\n" for line in self.lines() if line["update"] <= update)
        self._replace("metrics.jsonl", kept)
        wait_for_all("lines dropped")


@contextmanager
def written(file: Path) -> Iterator[None]:
    """Around what writes. Raises: Failed for what the system raises, such as a full disk."""
    try:
        yield
    except OSError as error:
        raise Failed(
            f"{file} cannot be written ({error.strerror}): see to its disk; the same command goes on"
        ) from error
