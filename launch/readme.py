"""The README's table, from the runs of launch/readme.sh.

python launch/readme.py RUNS OUT.json     stores the rows of RUNS/*/result.json, then prints
python launch/readme.py --print OUT.json  prints
"""

import json
import os
import platform
import sys
from pathlib import Path
from statistics import mean
from typing import Any

import jax

COLUMNS = ("accuracy", "untrained", "pixels")


def store(runs: Path, out: Path) -> None:
    """Keeps what the table is made of."""
    results = [json.loads(path.read_text()) for path in sorted(runs.glob("*/result.json"))]
    hardware = f"{os.cpu_count()} CPU cores, Python {platform.python_version()}, jax {jax.__version__}"
    stored = {"hardware": hardware, "few_shot": [result["few_shot"] for result in results]}
    out.write_text(json.dumps(stored, indent=1) + "\n")


def show(stored: dict[str, Any]) -> None:
    """Prints the Markdown: mean over seeds (worst to best)."""
    spread = lambda values: f"{mean(values):.1f} ({min(values):.1f} to {max(values):.1f})"  # noqa: E731
    print(f"{len(stored['few_shot'])} seeds, mean (worst to best); {stored['hardware']}:\n")
    print("| drawings, classes | episodes | sketchjax | untrained encoder | blurred pixels |")
    print("|---|---|--:|--:|--:|")
    for rows in zip(*stored["few_shot"], strict=True):
        accuracy, untrained, pixels = ([row[name] for row in rows] for name in COLUMNS)
        of = f"{rows[0]['source']}, {rows[0]['classes']} | {rows[0]['way']}-way {rows[0]['shot']}-shot"
        print(f"| {of} | **{spread(accuracy)}** | {spread(untrained)} | {mean(pixels):.1f} |")


if __name__ == "__main__":
    runs, out = sys.argv[1:]
    if runs != "--print":
        store(Path(runs), Path(out))
    show(json.loads(Path(out).read_text()))
