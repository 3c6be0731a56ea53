"""The README's table, from the runs of launch/readme.sh.

python launch/readme.py RUNS OUT.json     stores the rows of RUNS/*/result.json, then prints
python launch/readme.py --print OUT.json  prints
"""

import json
import os
import platform
import sys
from itertools import groupby
from pathlib import Path
from statistics import mean
from typing import Any

import jax

_METHODS = {"simclr": "SimCLR", "byol": "BYOL", "prototypical": "prototypical (labels)"}
_KEYS = ("accuracy", "untrained", "pixels", "hog")


def store(runs: Path, out: Path) -> None:
    """Keeps what the table is made of, and what made it."""
    stored = []
    for path in sorted(runs.glob("*/result.json")):
        result, config = json.loads(path.read_text()), json.loads((path.parent / "config.json").read_text())
        of = {"method": config["method"]["name"], "trained_on": config["data"]["source"], "seed": config["seed"]}
        stored.append({**of, "seconds": round(result["seconds"]), "few_shot": result["few_shot"]})
    hardware = f"{os.cpu_count()} CPU cores, Python {platform.python_version()}, jax {jax.__version__}"
    out.write_text(json.dumps({"hardware": hardware, "runs": stored}, indent=1) + "\n")


def show(stored: dict[str, Any]) -> None:
    """Prints the Markdown: 5-way rows, mean over seeds (worst to best)."""
    spread = lambda v: f"{mean(v):.1f} ({min(v):.1f} to {max(v):.1f})" if len(v) > 1 else f"{v[0]:.1f}"  # noqa: E731
    rows = [{**run, **row} for run in stored["runs"] for row in run["few_shot"] if row["way"] == 5]
    print(f"Mean over seeds (worst to best); {stored['hardware']}:\n")
    heads = ("method, trained on", "judged on", "episodes", "sketchjax", "untrained encoder", "blurred pixels", "HOG")
    print("|", " | ".join(heads), "| seeds |")
    print("|---|---|---|--:|--:|--:|--:|--:|")
    for key, group in groupby(sorted(rows, key=_place), _place):
        same = list(group)
        _, _, trained_on, _, source, classes, _, shot = key
        accuracy, untrained, pixels, hog = ([row[name] for row in same] for name in _KEYS)
        of = f"{_METHODS[same[0]['method']]}, {trained_on} | {source}, {classes} | 5-way {shot}-shot"
        floors = f"{spread(untrained)} | {mean(pixels):.1f} | {mean(hog):.1f}"
        print(f"| {of} | **{spread(accuracy)}** | {floors} | {len(same)} |")


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Doodles first, methods in their order, own source before others."""
    trained_on, source = row["trained_on"], row["source"]
    first = (trained_on != "doodles", list(_METHODS).index(row["method"]), trained_on, source != trained_on)
    return (*first, source, row["classes"], row["way"], row["shot"])


if __name__ == "__main__":
    runs, out = sys.argv[1:]
    if runs != "--print":
        store(Path(runs), Path(out))
    show(json.loads(Path(out).read_text()))
