"""The tables of RESULTS.md, from what the other modules have stored: python -m benchmarks.tables [FILE]

FILE: benchmarks/results.jsonl unless given. Of a case that was measured more than once the last counts.
"""

import json
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Cell = Callable[[Row], str]


def _text(quartiles: list[float], scale: float = 1) -> str:
    low, middle, high = (f"{scale * v:.3g}" if scale * v < 1000 else f"{scale * v:.0f}" for v in quartiles)
    return f"{middle} ({low} to {high})"


def _share(row: Row, part: str) -> str:
    return f"{100 * row[part][1] / row['step_s'][1]:.1f}"


_COMPARED: dict[str, Cell] = {
    "side": lambda row: row["side"],
    "per second": lambda row: _text(row["rate"]),
    "sketchjax is faster by": lambda row: "" if row["side"] == "sketchjax" else _text(row["ours_faster"]),
}
_STEP: dict[str, Cell] = {
    "a step, ms": lambda row: _text(row["step_s"], 1000),
    "views, % of it": lambda row: _share(row, "views_s"),
    "waits for input, %": lambda row: f"{100 * row['input_wait'][1]:.1f}",
    "of the roofline, %": lambda row: f"{100 * row['share_of_roofline']:.0f}",
    "Gflop": lambda row: f"{row['flops'] / 1e9:.3g}",
    "GB moved": lambda row: f"{row['bytes'] / 1e9:.3g}",
    "memory, MiB": lambda row: f"{row['step_bytes'] / 2**20:.0f}",
    "compiling, s": lambda row: f"{row['compile_s']:.1f}",
}
_DEVICES: dict[str, Cell] = {
    "all in turn on 2 cores, ms": lambda row: _text(row["step_s"], 1000),
    "Gflop each": lambda row: f"{row['flops'] / 1e9:.3g}",
    "GB moved each": lambda row: f"{row['bytes'] / 1e9:.3g}",
    "memory each, MiB": lambda row: f"{row['step_bytes'] / 2**20:.0f}",
    "collectives": lambda row: str(row["collectives"]),
    "MB in them, each": lambda row: f"{row['collective_bytes'] / 1e6:.2f}",
}
_BLOCKWISE: dict[str, Cell] = {
    "form": lambda row: row["side"],
    "loss and gradient, s": lambda row: _text(row["seconds"]),
    "planned, MiB": lambda row: f"{row['planned_mib']:.0f}",
    "the process grew by, MiB": lambda row: f"{row['peak_mib']:.0f}",
    "loss": lambda row: f"{row['loss']:.6f}",
    "n": lambda row: str(row["n"]),
}
TABLES: dict[str, tuple[str, str, dict[str, Cell]]] = {  # of a benchmark: title, what a case is, the columns
    "step": (
        "A training step, views made already: sketches per second",
        "case",
        {**_COMPARED, "to compile, and the first step, s": lambda row: f"{row['first_s']:.1f}"},
    ),
    "disk": (
        "Training end to end, from files on disk: sketches per second",
        "case",
        {**_COMPARED, "before the first step, s": lambda row: f"{row['start_s']:.1f}"},
    ),
    "episodes": ("Few-shot scoring of embeddings: episodes per second", "case", _COMPARED),
    "startup": ("Start-up", "command", {"seconds": lambda row: _text(row["seconds"])}),
    "suite": ("The standard set of `sketchjax.bench`", "config", _STEP),
    "batch": ("Growth with the batch", "sketches", _STEP),
    "image": ("Growth with the image, 32 sketches", "side", _STEP),
    "way": ("Growth with the classes of an episode (prototypical, 20 drawings of each)", "classes", _STEP),
    "devices": ("Growth with the devices (128 sketches, emulated on one CPU)", "devices", _DEVICES),
    "blockwise": ("NT-Xent over 128 numbers a view, and its gradient", "sketches", _BLOCKWISE),
}


def last(rows: list[Row]) -> list[Row]:
    """The rows of the newest run of each case, by benchmark and then by case in the order of the file."""
    newest = {(row["benchmark"], row["case"], row.get("side")): row for row in rows}
    return sorted(newest.values(), key=lambda row: list(TABLES).index(row["benchmark"]))


def table(benchmark: str, rows: list[Row]) -> list[str]:
    """Lines of Markdown: a case after the other, its sides below each other."""
    title, case, columns = TABLES[benchmark]
    lines = [f"### {title}", "", setting(rows), ""]
    lines += [f"| {case} | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}"]
    for name, sides in groupby(rows, lambda row: row["case"]):
        for at, row in enumerate(sides):
            lines.append(f"| {'' if at else name} | {' | '.join(cell(row) for cell in columns.values())} |")
    return [*lines, ""]


def setting(rows: list[Row]) -> str:
    """When, how often, and how quiet it was."""
    most, least = max(row["n"] for row in rows), min(row["n"] for row in rows)
    said = f"{' and '.join(sorted({row['date'] for row in rows}))}; median (quartiles) of n = "
    said += f"{most}." if most == least else f"{least} to {most}."
    if "others_cores" in rows[0]:
        others = max(row["others_cores"][1] for row in rows)
        said += f" A ratio is within a round. Other processes took up to {others:.2f} cores of a median block."
    return said


def machine(rows: list[Row]) -> list[str]:
    """All hardware and versions that a row was measured with."""
    versions = {f"{name} {version}" for row in rows for name, version in row["versions"].items()}
    return [f"{'; '.join(sorted({row['hardware'] for row in rows}))}; {', '.join(sorted(versions))}.", ""]


def main(path: str) -> None:
    rows = last([json.loads(line) for line in Path(path).read_text().splitlines()])
    print(*machine(rows), sep="\n")
    for benchmark, own in groupby(rows, lambda row: row["benchmark"]):
        print(*table(benchmark, list(own)), sep="\n")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["benchmarks/results.jsonl"]))
