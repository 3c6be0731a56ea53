"""The trials of verdict and preflight: faults and healthy runs, small enough for two cores; and how one is carried out.

A third is held out by the hash of the name: no threshold was chosen on those, and their rates are reported apart.
"""

import dataclasses
import hashlib
import io
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from sketchjax import stage
from sketchjax.config import Config, Data, UserError
from sketchjax.data import record, sources
from sketchjax.mesh import make_mesh
from sketchjax.training import loop
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.workdir import Workdir
from tests.failures.faults import FAULTS

SHARED = Path(__file__).parents[3] / "shared" / "data"
ROOTS = {"doodles": "", "omniglot": str(SHARED / "omniglot"), "tu_berlin": str(SHARED / "tu_berlin")}
SEEDS = (0, 1, 2)


class Trial(NamedTuple):
    """A run of some method: with a fault, or a healthy one with settings such as (("optim.lr", 0.008),)."""

    fault: str
    method: str
    seed: int
    source: str = "doodles"
    settings: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """Without the seed: all seeds of a fault are held out, or none."""
        settings = ",".join(f"{name.split('.')[-1]}={value}" for name, value in self.settings)
        return "/".join(part for part in (self.fault or "healthy", self.method, self.source, settings) if part)

    @property
    def held_out(self) -> bool:
        return int(hashlib.sha256(self.name.encode()).hexdigest(), 16) % 3 == 0


def faulty() -> list[Trial]:
    """Every fault with three seeds in its first method and one in the others."""
    first = [Trial(name, methods[0], seed) for seed in SEEDS for name, (_, methods) in FAULTS.items()]
    return [*first, *(Trial(name, m, 0) for name, (_, methods) in FAULTS.items() for m in methods[1:])]


def healthy() -> list[Trial]:
    """Three methods, three sources, the settings a user may reasonably choose."""
    found = []
    for seed, (size, temperature) in enumerate((b, t) for b in (32, 64, 128, 256) for t in (0.07, 0.1, 0.2, 0.5)):
        found.append(Trial("", "simclr", seed, settings=(("batch_size", size), ("method.temperature", temperature))))
    for at, settings in enumerate(
        (
            (("batch_size", 512),),
            (("batch_size", 512), ("method.temperature", 0.5)),
            (("optim.lr", 0.004),),
            (("optim.lr", 0.016),),
            (("optim.warmup_epochs", 0.0),),
            (("optim.weight_decay", 0.01),),
            (("accumulate", 2),),
            (("accumulate", 2), ("accumulation", "multisteps")),
            (("encoder.width", 0.5),),
            (("data.image_size", 28),),
        )
    ):
        found.append(Trial("", "simclr", at, settings=settings))
    for source in ("omniglot", "tu_berlin"):
        for seed, (size, temperature) in enumerate((b, t) for b in (64, 128) for t in (0.07, 0.2, 0.5)):
            settings = (("batch_size", size), ("method.temperature", temperature))
            found.append(Trial("", "simclr", seed, source, settings))
        found.append(Trial("", "byol", 0, source))
        found.append(Trial("", "byol", 1, source, (("method.tau", 0.99),)))
        found.append(Trial("", "prototypical", 0, source))
    for seed, (size, tau) in enumerate((b, t) for b in (32, 64, 256) for t in (0.9, 0.95, 0.99)):
        found.append(Trial("", "byol", seed, settings=(("batch_size", size), ("method.tau", tau))))
    for seed, settings in enumerate(((("optim.lr", 0.004),), (("optim.lr", 0.016),), (("accumulate", 2),))):
        found.append(Trial("", "byol", seed, settings=settings))
    for seed, (way, shot) in enumerate(((5, 1), (5, 5), (10, 1), (10, 5), (20, 1))):
        settings = (("method.way", way), ("method.shot", shot), ("batch_size", way * (shot + 5)))
        found.append(Trial("", "prototypical", seed, settings=settings))
    found.append(Trial("", "prototypical", 5, settings=(("optim.lr", 0.016),)))
    return found


def config_of(trial: Trial, updates: int = 300) -> Config:
    """About so many updates, half of them from 256 sketches on, in four epochs or more, each with a probe."""
    config = Config(seed=trial.seed, log_every_updates=10, batch_size=64)
    config.data.source, config.data.root, config.data.image_size = trial.source, ROOTS[trial.source], 20
    config.encoder.width, config.optim.lr = 0.25, 0.008
    config.method.name, config.method.hidden_features, config.method.projection_features = trial.method, 64, 64
    config.method.way, config.method.shot, config.method.query, config.method.tau = 8, 3, 5, 0.95
    config.evaluate.way, config.evaluate.shot, config.evaluate.episodes = (5,), (1,), 400
    config.checkpoint.every_epochs, config.health.verdict, config.health.preflight = 1, "warn", "warn"
    for name, value in trial.settings:
        *part, field = name.split(".")
        setattr(getattr(config, part[0]) if part else config, field, value)
    per_epoch = _ENOUGH // config.batch_size
    config.epochs = max(4, math.ceil(updates / (2 if config.batch_size >= 256 else 1) / per_epoch))
    config.evaluate.normalise = trial.method != "prototypical"
    return config


_ENOUGH = 4800  # base drawings


@cache
def _drawings(source: str, size: int) -> dict[str, record.Drawings]:
    """Base and validation classes, of Omniglot and TU-Berlin a part."""
    opened = sources.open_source(Data(source, ROOTS[source], size))
    return {part: _part(opened.read(part)) for part in ("base", "validation")}


def _source(source: str, size: int) -> record.Source:
    found = _drawings(source, size)
    counts = {part: {c: int((of.labels == at).sum()) for at, c in enumerate(of.classes)} for part, of in found.items()}
    return record.Source(source, counts, "", blocks=None, read=found.__getitem__, records=None)


def _part(found: record.Drawings) -> record.Drawings:
    kept = np.flatnonzero(found.labels < found.labels[min(_ENOUGH, len(found.labels) - 1)])
    kept = kept if len(found.labels) > _ENOUGH else np.arange(len(found.labels))
    return record.Drawings(found.images[kept], found.labels[kept], found.classes[: found.labels[kept[-1]] + 1])


def carry_out(trial: Trial, folder: Path, updates: int = 300, quiet: bool = False) -> dict[str, Any]:
    """Runs to the end, unguarded, and returns what preflight would have refused it for, when and as what it would have
    been stopped, and the score it reached."""
    with redirect_stdout(io.StringIO() if quiet else sys.stdout), _planted(trial, updates) as (config, source):
        refused, config.workdir = _refusal(config, source), str(folder)
        workdir = Workdir.claim(config)
        with Checkpoints(workdir.path) as checkpoints:
            last = loop.train(config, source, make_mesh(), workdir, checkpoints)
        lines = workdir.lines()
    bad = next((line for line in lines if line["verdict"] not in ("healthy", "slow")), None)
    probed = [line for line in lines if "validation_accuracy" in line][-1]
    return {
        "name": trial.name,
        "fault": trial.fault,
        "method": trial.method,
        "source": trial.source,
        "seed": trial.seed,
        "held_out": trial.held_out,
        "refused": refused,
        "updates": lines[-1]["update"],
        "stopped_at": bad and bad["update"],
        "stopped_as": bad and bad["verdict"],
        "ended_as": last.name,
        "accuracy": round(probed["validation_accuracy"], 2),
        "untrained": round(probed["validation_untrained"], 2),
        "ci95": round(math.hypot(probed["validation_ci95"], probed["validation_untrained_ci95"]), 2),
        "loss": _mean_loss([line["loss"] for line in lines if line["update"] > lines[-1]["update"] - 50]),
        "gauge": None if lines[-1]["gauge"] is None else round(lines[-1]["gauge"], 1),
        "travel": round(lines[-1]["travel"], 2),
    }


def refusal(trial: Trial) -> str | None:
    """What preflight refuses it for, if it does; nothing is trained."""
    with _planted(trial) as (config, source):
        return _refusal(config, source)


@contextmanager
def _planted(trial: Trial, updates: int = 300) -> Iterator[tuple[Config, record.Source]]:
    """Its config and drawings, and, as long as it lasts, its fault."""
    config = config_of(trial, updates)
    with pytest.MonkeyPatch.context() as patch:
        source = _source(trial.source, config.data.image_size)
        patch.setattr(sources, "open_source", lambda data: source)
        if trial.fault:
            FAULTS[trial.fault][0](config, patch)
        yield config, sources.open_source(config.data)


def _refusal(config: Config, source: record.Source) -> str | None:
    """What preflight refuses the run for, if it does."""
    strict = dataclasses.replace(config, health=dataclasses.replace(config.health, preflight="stop"))
    try:
        stage.preflight(strict, source, whole=False)
    except UserError as error:
        return str(error).partition("(")[2].rpartition("):")[0]
    return None


def _mean_loss(losses: list[float | None]) -> float | None:
    finite = [loss for loss in losses if loss is not None]
    return round(sum(finite) / len(finite), 4) if finite else None
