"""What a run leaves on disk: config.json, metrics.jsonl, checkpoints/, result.json."""

import dataclasses
import json
import math
import os
from pathlib import Path
from typing import Any

from sketchjax.config import Config, UserError, differences, from_json


class Workdir:
    """The folder of one run. Made by claim (a run) or find (a command that looks at a run)."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def claim(cls, config: Config) -> "Workdir":
        """The configured folder, made where missing. Raises: UserError if it cannot be written or holds another run."""
        path = Path(config.folder).expanduser()
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
            elif any(path.iterdir()):
                raise UserError(f"workdir={path} is not empty and holds no run: choose another --config.workdir")
            workdir._write("config.json", dataclasses.asdict(config))
        except OSError as error:
            raise UserError(f"workdir={path}: {error.strerror}: choose another --config.workdir") from error
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
        """What result.json holds, or None while the run goes on."""
        file = self.path / "result.json"
        return json.loads(file.read_text()) if file.exists() else None

    def write_result(self, result: dict[str, Any]) -> None:
        self._write("result.json", result)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        """Whole or not at all."""
        draft = self.path / f".{name}.tmp"
        draft.write_text(json.dumps(content, indent=1) + "\n")
        draft.replace(self.path / name)

    def log(self, line: dict[str, Any]) -> None:
        """Appends to metrics.jsonl; what is not finite becomes null."""
        finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in line.items()}
        with (self.path / "metrics.jsonl").open("a") as file:
            file.write(json.dumps(finite) + "\n")

    def lines(self) -> list[dict[str, Any]]:
        """The whole lines of metrics.jsonl."""
        file = self.path / "metrics.jsonl"
        text = file.read_text().splitlines(keepends=True) if file.exists() else []
        return [json.loads(line) for line in text if line.endswith("\n")]

    def drop_lines_after(self, update: int) -> None:
        """Forgets what was logged past the update that the run goes on from."""
        kept = "".join(json.dumps(line) + "\n" for line in self.lines() if line["update"] <= update)
        draft = self.path / ".metrics.jsonl.tmp"
        draft.write_text(kept)
        draft.replace(self.path / "metrics.jsonl")
