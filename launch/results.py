"""The tables of RESULTS.md, from runs' own result.json files.

python launch/results.py RUNS...    stores what RUNS/*/ say in docs/runs.json, of one recipe and seed the last
python launch/results.py            prints the tables of what is stored
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from statistics import mean
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from sketchjax.fields import recipe
from sketchjax.page.run import read

_OUT = Path(__file__).parent.parent / "docs" / "runs.json"
_METHODS = {"simclr": "SimCLR", "byol": "BYOL", "prototypical": "prototypical (labels)"}
_FLOORS = {"pixels": "blurred pixels", "hog": "HOG"}  # which need no encoder
_EPISODES = ((5, 1), (5, 5), (20, 1), (20, 5))
Row = dict[str, Any]


def store(folders: Sequence[str], out: Path) -> None:
    """Keeps of every finished run what the tables are made of, and what made it."""
    rows = {_identity(row): row for row in _stored(out)}
    for folder in folders:
        for path in sorted(Path(folder).glob("*/result.json")):
            run = read(path.parent)
            if run.result["outcome"] == "done":
                if run.config.init_from:  # its folder's name: where that lay is nobody's concern
                    run.config.init_from = Path(run.config.init_from).name
                row = {
                    "method": run.config.method.name,
                    "trained_on": run.config.data.source,
                    "seed": run.config.seed,
                    "recipe": recipe(run.config),
                    "updates": run.lines[-1]["update"],
                    **{name: run.result[name] for name in ("verdict", "made_on", "few_shot")},
                    "seconds": round(run.result["seconds"]),
                    "probes": run.result.get("probes", []),
                }
                rows[_identity(row)] = row
    text = ",\n".join(json.dumps(rows[key]) for key in sorted(rows))
    out.write_text(f"[\n{text}\n]\n")


def _identity(row: Row) -> str:
    return json.dumps([row["trained_on"] != "doodles", row["trained_on"], row["method"], row["recipe"], row["seed"]])


def _stored(path: Path) -> list[Row]:
    return json.loads(path.read_text()) if path.exists() else []


def show(runs: Sequence[Row]) -> None:
    """Prints a table for each kind of drawings, and the floors of each image size; then what made the runs."""
    numbers = {alike: at for at, (alike, _) in enumerate(groupby(runs, _alike), 1)}
    judged = [{**run, **row, "of": run} for run in runs for row in run["few_shot"]]
    place: Callable[[Row], Any] = lambda row: (row["source"] != "doodles", row["source"], row["classes"] != "novel")  # noqa: E731
    for (_, source, other), group in groupby(sorted(judged, key=place), place):
        rows = list(group)
        print(f"\n### {source}, {'validation' if other else 'novel'} classes\n")
        columns = " | ".join(f"{w}w{s}s" for w, s in _EPISODES)
        print(f"| # | trained on | by | image, encoder, updates | {columns} | seeds |")
        print("|--:|---|---|---|" + "--:|" * (len(_EPISODES) + 1))
        for size, same in groupby(sorted(rows, key=lambda row: row["image_size"]), lambda row: row["image_size"]):
            _of_size(size, list(same), numbers)
        splits = sorted({f"{row['split']}, {row['classes_there']} classes" for row in rows})
        print(f"\nSplit {'; '.join(splits)}; {rows[0]['episodes']} episodes, {rows[0]['query']} queries a class.")
    print("\n### What made them\n\n| # | trained on | by | seeds | seconds | on | fields that are not the default |")
    print("|--:|---|---|--:|--:|---|---|")
    for alike, group in groupby(runs, _alike):
        same = list(group)
        fields = ", ".join(f"{name}={value}" for name, value in same[0]["recipe"].items()) or "none"
        took = _spread([run["seconds"] for run in same], "{:.0f}")
        made_on = "; ".join(sorted({run["made_on"] for run in same}))
        by = f"{same[0]['trained_on']} | {_METHODS[same[0]['method']]}"
        print(f"| {numbers[alike]} | {by} | {len(same)} | {took} | {made_on} | {fields} |")


def _of_size(size: int, rows: Sequence[Row], numbers: dict[str, int]) -> None:
    """Prints the floors, then the runs, of one image size."""
    for name, said in _FLOORS.items():
        print(f"| | nothing | {said} | {size} px | {' | '.join(_cells(rows, name))} | |")
    encoder: Callable[[Row], str] = lambda row: _encoder(row["of"]["recipe"])  # noqa: E731
    for name, group in groupby(sorted(rows, key=encoder), encoder):
        same, of = list(group), f"{size} px, {name}"
        print(f"| | nothing | untrained encoder | {of}, 0 | {' | '.join(_cells(same, 'untrained'))} | |")
        for alike, seeds in groupby(same, lambda row: _alike(row["of"])):
            _of_recipe(of, numbers[alike], list(seeds))


def _of_recipe(of: str, number: int, rows: Sequence[Row]) -> None:
    """Prints the runs that differ in their seed only, as one row."""
    run, seeds = rows[0]["of"], len({row["of"]["seed"] for row in rows})
    cells = " | ".join(f"**{cell}**" if cell else "" for cell in _cells(rows, "accuracy"))
    start = f"| {number} | {run['trained_on']} | {_METHODS[run['method']]} | {of}, {run['updates']}"
    print(f"{start} | {cells} | {seeds} |")


def _alike(run: Row) -> str:
    return json.dumps([run["trained_on"], run["method"], run["recipe"]])


def _encoder(fields: dict[str, Any]) -> str:
    width = fields.get("encoder.width", 1.0)
    return fields.get("encoder.name", "conv4") + (f" x {width:g}" if width != 1 else "")


def _cells(rows: Sequence[Row], name: str) -> list[str]:
    """Of each kind of episodes: one seed with its confidence, several from worst to best."""
    interval = "ci95" if name == "accuracy" else f"{name}_ci95"
    cells = []
    for way, shot in _EPISODES:
        same = [row for row in rows if (row["way"], row["shot"]) == (way, shot)]
        values = sorted({row[name] for row in same})
        cells.append(
            f"{values[0]:.1f} ± {same[0][interval]:.1f}" if len(values) == 1 else _spread(values) if values else ""
        )
    return cells


def _spread(values: Sequence[float], form: str = "{:.1f}") -> str:
    """Mean, and from the lowest to the highest where there are several."""
    of = [form.format(value) for value in (mean(values), min(values), max(values))]
    return of[0] if len(values) == 1 else f"{of[0]} ({of[1]} to {of[2]})"


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--out", type=Path, default=_OUT)
    asked = parser.parse_args(argv)
    if asked.runs:
        store(asked.runs, asked.out)
    else:
        show(_stored(asked.out))


if __name__ == "__main__":
    main(sys.argv[1:])
