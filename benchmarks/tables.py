"""The tables of RESULTS.md, from what the other modules have stored: python -m benchmarks.tables [FILE]

FILE: benchmarks/results.jsonl unless given. Of a case that was measured more than once the last counts.
"""

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

_TITLES = {
    "step": "A training step, views made already",
    "disk": "Training end to end, from files on disk",
    "episodes": "Few-shot scoring of embeddings",
}
_BEFORE = {"first_s": "to compile, and the first step, s", "start_s": "before the first step, s"}
Row = dict[str, Any]


def last(rows: list[Row]) -> list[Row]:
    """The rows of the newest run of each case, by benchmark and then by case in the order of the file."""
    newest = {(row["benchmark"], row["case"], row["side"]): row for row in rows}
    return sorted(newest.values(), key=lambda row: list(_TITLES).index(row["benchmark"]))


def table(benchmark: str, rows: list[Row]) -> list[str]:
    """Lines of Markdown: a case after the other, its sides below each other."""
    first = next((name for name in _BEFORE if name in rows[0]), "")
    lines = [f"### {_TITLES[benchmark]}", "", f"| case | side | {rows[0]['unit']} | sketchjax is faster by |"]
    lines.append("|---|---|--:|--:|")
    if first:
        lines[-2:] = [f"{lines[-2]} {_BEFORE[first]} |", f"{lines[-1]}--:|"]
    for case, sides in groupby(rows, lambda row: row["case"]):
        for at, row in enumerate(sides):
            ratio = "" if row["side"] == "sketchjax" else _text(row["ours_faster"])
            cells = [_text(row["rate"]), ratio, *([f"{row[first]:.1f}"] if first else [])]
            lines.append(f"| {'' if at else case} | {row['side']} | {' | '.join(cells)} |")
    return [*lines, ""]


def setting(rows: list[Row]) -> list[str]:
    """What they were measured on, where all agree; else each."""
    versions = sorted({", ".join(f"{name} {v}" for name, v in row["versions"].items()) for row in rows})
    others = max(row["others_cores"][1] for row in rows)
    return [
        f"{'; '.join(sorted({row['hardware'] for row in rows}))}; {'; '.join(versions)}; "
        f"{' and '.join(sorted({row['date'] for row in rows}))}. Median (quartiles) of n = "
        f"{min(row['n'] for row in rows)} rounds; a ratio is within a round. Other processes took up to "
        f"{others:.2f} cores of a median block.",
        "",
    ]


def _text(quartiles: list[float]) -> str:
    low, middle, high = (f"{value:.3g}" if value < 1000 else f"{value:.0f}" for value in quartiles)
    return f"{middle} ({low} to {high})"


def main(path: str) -> None:
    rows = last([json.loads(line) for line in Path(path).read_text().splitlines()])
    print(*setting(rows), sep="\n")
    for benchmark, own in groupby(rows, lambda row: row["benchmark"]):
        print(*table(benchmark, list(own)), sep="\n")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["benchmarks/results.jsonl"]))
