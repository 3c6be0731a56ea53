"""What matters? One thing changed at a time, on the embedded doodles, judged on validation classes only.

  python launch/factors.py docs/factors.jsonl [--seeds=0,1] [--only=temperature,batch]                  adds rows
  python launch/factors.py docs/factors.jsonl --print                                      the table of docs/factors.md

The reference is configs/simclr.py as it was before it took from this table, at 10 epochs (--epochs). Each run's last
checkpoint is scored on the same 600 episodes as the reference of its seed, so the confidence of an effect is that of
pairs. Rows that are there already are not run again.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from sketchjax import flags, judge
from sketchjax.data.sources import open_source
from sketchjax.evaluation.few_shot import accuracies, make_episodes, score_of
from sketchjax.flags import Parser
from sketchjax.mesh import keep_compiled, make_mesh
from sketchjax.training import loop
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.workdir import Workdir

_STROKES = ("data.strokes=True", "augment.jitter=0.01", "augment.drop_strokes=0.1", "augment.cut_ends=0.1")
_WHOLE = ("augment.crop=0.0", "augment.patches=0", "augment.stroke_dropout=0.0")  # all ink stays, as on Omniglot
_WARPS = ("rotate", "scale", "shear", "translate", "crop", "elastic")
_VIEWS = (*_WARPS, "thickness", "stroke_dropout", "blur", "intensity")
FACTORS = {  # factor -> settings, each some fields of the config
    "temperature": [(f"method.temperature={t}",) for t in (0.03, 0.1, 0.2, 0.5, 1.0)],
    "batch": [(f"batch_size={n}",) for n in (16, 32, 64, 256)],
    "batch 32 at temperature 0.5": [("batch_size=32", "method.temperature=0.5")],
    "accumulation of 2 x 64": [("accumulate=2", f"accumulation={kind}") for kind in ("cached", "multisteps")],
    "a view without": [("augment.flip=0.0",), ("augment.patches=0",), *((f"augment.{n}=0.0",) for n in _VIEWS), _WHOLE],
    "projector": [("method.hidden_features=64", "method.projection_features=32"), ("method.hidden_features=1024",)],
    "epochs": [("epochs=3",), ("epochs=30",)],
    "learning rate at 256": [(f"optim.lr={lr}",) for lr in (0.001, 0.002, 0.004, 0.016)],
    "optimizer": [("optim.name=lars", "optim.lr=0.3", "optim.weight_decay=1e-6"), ("optim.weight_decay=0.01",)],
    "encoder": [("encoder.width=0.25",), ("encoder.width=1.0",), ("encoder.name=sketch_cnn", "encoder.width=0.125")],
    "image": [("data.image_size=20",), ("data.image_size=40",)],
    "strokes": [_STROKES],
    "method": [("byol",)],
}
_BEFORE = {"augment.stroke_dropout": "0.2"}  # what the recipe took from this table since
Row = dict[str, Any]


@cache
def run(setting: tuple[str, ...], seed: int, epochs: int) -> tuple[np.ndarray, np.ndarray, float | None]:
    """Accuracies of each 5-way episode with one shot and with five, and the last gauge."""
    recipe, fields = ("byol", setting[1:]) if "byol" in setting else ("simclr", setting)
    given = {"seed": seed, "epochs": epochs, "health.verdict": "warn", **_BEFORE}
    given |= dict(field.split("=") for field in fields)
    with tempfile.TemporaryDirectory() as folder:
        given["workdir"] = f"{folder}/run"
        command = [f"--config=configs/{recipe}.py", *(f"--config.{name}={value}" for name, value in given.items())]
        config, _ = flags.parse(command, "")
        config.checkpoint.every_epochs = config.epochs
        source, workdir = open_source(config.data), Workdir.claim(config)
        with Checkpoints(workdir.path) as checkpoints:
            loop.train(config, source, make_mesh(), workdir, checkpoints)
            checkpoints.wait()
            found = judge.embedded(config, source, ["validation"], make_mesh(), checkpoints, "latest")
        last = workdir.lines()[-1]["gauge"]
    lists = [make_episodes(found.drawings.labels, 5, shot, 15, 600, 0) for shot in (1, 5)]
    one, five = (accuracies(found.trained, episodes) for episodes in lists)
    return one, five, last


def rows(seeds: Sequence[int], only: Sequence[str], epochs: int, there: Sequence[Row]) -> Iterator[Row]:
    """Those that are not there yet, the reference's first."""
    done = {(row["setting"], row["seed"]) for row in there}
    for seed in seeds:
        for factor, settings in {"reference": [()], **FACTORS}.items():
            for setting in settings:
                named = ", ".join(setting)
                if (named, seed) in done or (only and factor not in (*only, "reference")):
                    continue
                found, reference = run(setting, seed, epochs), run((), seed, epochs)
                row: Row = {"factor": factor, "setting": named, "seed": seed, "gauge": found[2]}
                for shot, own, other in zip((1, 5), found, reference, strict=False):
                    difference = score_of(own - other)
                    row |= {
                        f"{shot}-shot": round(float(own.mean()), 2),
                        f"{shot}-shot effect": round(difference.accuracy, 2),
                    }
                    row[f"{shot}-shot effect ci95"] = round(difference.ci95, 2)
                yield row


def show(there: Sequence[Row]) -> None:
    """Prints the Markdown: the mean over seeds, and the effects' lowest and highest confidence bound of any seed."""
    print("| changed | to | gauge | 5-way 1-shot | effect | 5-way 5-shot | effect | seeds |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    order = ["reference", *FACTORS]
    placed = sorted(there, key=lambda row: (order.index(row["factor"]), _settings().index(row["setting"])))
    for (factor, setting), group in groupby(placed, key=lambda row: (row["factor"], row["setting"])):
        same, cells = list(group), []
        for shot in ("1-shot", "5-shot"):
            bounds = [row[f"{shot} effect"] + s * row[f"{shot} effect ci95"] for row in same for s in (-1, 1)]
            effect = f"{mean(row[f'{shot} effect'] for row in same):+.1f} ({min(bounds):+.1f} to {max(bounds):+.1f})"
            cells += [f"{mean(row[shot] for row in same):.1f}", effect if setting else ""]
        gauges = [row["gauge"] for row in same if row["gauge"] is not None]
        reached = f"{mean(gauges):.0f} %" if gauges else ""
        print(f"| {factor} | {setting} | {reached} | {' | '.join(cells)} | {len(same)} |")


def _settings() -> list[str]:
    return ["", *(", ".join(setting) for settings in FACTORS.values() for setting in settings)]


def main(argv: Sequence[str]) -> None:
    parser = Parser("launch/factors.py", __doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", default="0,1")
    parser.add_argument("--only", default="")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--print", action="store_true")
    asked = parser.parse_args(argv)
    there = [json.loads(line) for line in asked.out.read_text().splitlines()] if asked.out.exists() else []
    if asked.print:
        return show(there)
    keep_compiled()
    seeds, only = [int(seed) for seed in asked.seeds.split(",")], [n for n in asked.only.split(",") if n]
    for row in rows(seeds, only, asked.epochs, there):
        with asked.out.open("a") as out:
            out.write(json.dumps(row) + "\n")
        print(row, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
