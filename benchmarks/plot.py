"""Curves of what is stored: python -m benchmarks.plot OUT.png [FILE]

FILE: benchmarks/results.jsonl unless given. Of a case that was measured more than once the last counts.
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes

from benchmarks.tables import Row, last


def main(out: str, path: str = "benchmarks/results.jsonl") -> None:
    rows = last([json.loads(line) for line in Path(path).read_text().splitlines()])
    figure, ((ratios, batch), (seconds, memory)) = pyplot.subplots(2, 2, figsize=(13, 9), layout="constrained")
    compared(ratios, [row for row in rows if row.get("side") not in (None, "sketchjax") and "ours_faster" in row])
    growth(batch, [row for row in rows if row["benchmark"] == "batch"])
    own = [row for row in rows if row["benchmark"] == "blockwise"]
    forms(seconds, own, "loss and its gradient, s", lambda row: row["seconds"][1])
    forms(memory, own, "planned memory, MiB", lambda row: max(row["planned_mib"], 1e-2))
    figure.savefig(out, dpi=100)


def compared(axes: Axes, rows: list[Row]) -> None:
    """How many times faster ours was, with quartiles."""
    low, middle, high = np.array([row["ours_faster"] for row in rows]).T
    at = np.arange(len(rows))[::-1]
    axes.errorbar(middle, at, xerr=[middle - low, high - middle], fmt="o", capsize=3)
    axes.axvline(1, color="grey", linewidth=1)
    axes.set(xscale="log", xlabel="sketchjax is faster by (median, quartiles)")
    axes.set_yticks(at, [f"{row['benchmark']}, {row['case']}: {row['side']}" for row in rows], fontsize=7)


def growth(axes: Axes, rows: list[Row]) -> None:
    sketches = [int(row["case"]) for row in rows]
    low, middle, high = np.array([row["step_s"] for row in rows]).T * 1000 / sketches
    axes.errorbar(sketches, middle, yerr=[middle - low, high - middle], fmt="o-", capsize=3)
    axes.set(xscale="log", xlabel="sketches a batch", ylabel="ms a sketch (default recipe)", ylim=(0, None))
    axes.set_xticks(sketches, [str(size) for size in sketches])


def forms(axes: Axes, rows: list[Row], label: str, value) -> None:
    for form in dict.fromkeys(row["side"] for row in rows):
        own = [row for row in rows if row["side"] == form]
        axes.plot([int(row["case"]) for row in own], [value(row) for row in own], "o-", label=form)
    axes.set(xscale="log", yscale="log", xlabel="sketches a batch (NT-Xent)", ylabel=label)
    axes.legend()


if __name__ == "__main__":
    main(*sys.argv[1:])
