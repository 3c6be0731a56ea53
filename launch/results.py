"""The tables of RESULTS.md, from runs' own result.json files.

python launch/results.py RUNS...    stores what RUNS/*/ say in docs/runs.json, of one recipe and seed the last
python launch/results.py            prints the tables of what is stored
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby, product
from pathlib import Path
from statistics import mean
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from sketchjax import flags
from sketchjax.config import SOURCES
from sketchjax.evaluation.scores import HOW, NAMES, PROBES, unusual
from sketchjax.fields import recipe
from sketchjax.page.run import read

_HERE = Path(__file__).parent.parent
_OUT = _HERE / "docs" / "runs.json"
_METHODS = {"simclr": "SimCLR", "byol": "BYOL", "prototypical": "prototypical (labels)"}
_PROBED = ("accuracy", "untrained", "pixels", "hog")
EPISODES = ((5, 1), (5, 5), (20, 1), (20, 5))
_CARD = ("query", "episodes", *HOW)  # scores alike in these stand together
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
    """Prints what the recipes reach, the scores on each kind of drawings, on others' drawings and on all classes, and
    what made them."""
    numbers = {alike: at for at, (alike, _) in enumerate(groupby(runs, _alike), 1)}
    _recipes(runs, numbers)
    judged = [{**run, **row, "of": run, "#": numbers[_alike(run)]} for run in runs for row in run["few_shot"]]
    place: Callable[[Row], Any] = lambda row: (*_first(row["source"]), row["classes"] != "novel", unusual(row, _CARD))  # noqa: E731
    for (_, source, other, how), group in groupby(sorted(judged, key=place), place):
        rows = list(group)
        columns = ("># | trained on | by | image, encoder, updates", *(f">{w}w{s}s" for w, s in EPISODES), ">seeds")
        by_size = groupby(sorted(rows, key=lambda row: row["image_size"]), lambda row: row["image_size"])
        cells = [line for size, same in by_size for line in _of_size(size, list(same))]
        _table(f"{source}, {'validation' if other else 'novel'} classes{how}", " | ".join(columns), cells)
        splits = sorted({f"{row['split']}, {row['classes_there']} classes" for row in rows})
        print(f"\nSplit {'; '.join(splits)}; {rows[0]['episodes']} episodes, {rows[0]['query']} queries a class.")
    usual = [row for row in judged if row["way"] == 5 and row["classes"] == "novel" and not row.get("whiten")]
    _elsewhere(usual)
    probed = [{**row, "#": numbers[_alike(run)], "seed": run["seed"]} for run in runs for row in run["probes"]]
    columns = " | ".join(f">{NAMES[name]}" for name in _PROBED)
    columns = f"># | >seed | drawings | >classes | by | >learned from | >judged on | {columns}"
    _table("All classes at once, those of training among them", columns, [_probed(row) for row in probed])
    columns = "># | trained on | by | seeds | >seconds | on | fields that are not the default"
    made = [_made(numbers[alike], list(same)) for alike, same in groupby(runs, _alike)]
    _table("What made them", columns, made)


def shipped(runs: Sequence[Row]) -> dict[tuple[str, str, str, bool], list[Row]]:
    """Of what configs/ hold and has been run: (source, how it was judged, method, whether on top of another run) -> the
    rows of all seeds on novel classes of that source."""
    found = defaultdict(list)
    for source, (method, run) in product(SOURCES, product(_METHODS, runs)):
        on_top = {name: run["recipe"][name] for name in ("init_from",) if name in run["recipe"]}
        if run["recipe"] == _fields(method, source) | on_top:
            for row in run["few_shot"]:
                if (row["source"], row["classes"]) == (source, "novel"):
                    found[source, unusual(row, _CARD), method, bool(on_top)].append({**row, "of": run})
    return found


@cache
def _fields(method: str, source: str) -> Row:
    return recipe(flags.parse([f"--config={_HERE}/configs/{method}.py:{source}"], "")[0])


def _recipes(runs: Sequence[Row], numbers: dict[str, int]) -> None:
    """Prints what the recipes reach, those of a source and a protocol below HOG there."""
    found, lines = shipped(runs), []
    order: Callable[[Any], Any] = lambda of: (SOURCES.index(of[0]), of[1], [*_METHODS].index(of[2]), of[3])  # noqa: E731
    for (source, how), group in groupby(sorted(found, key=order), lambda of: of[:2]):
        for at, of in enumerate(group):
            rows = found[of]
            if at == 0:
                lines.append(["", source + how, NAMES["hog"], *_cells(rows, "hog"), "", ""])
            alike = {(run := row["of"])["seed"]: run for row in rows}
            made = ", ".join(map(str, sorted({numbers[_alike(run)] for run in alike.values()})))
            by = _METHODS[of[2]] + ", on top of another run" * of[3]
            cells = [f"**{cell}**" for cell in _cells(rows, "accuracy")]
            minutes = _spread([run["seconds"] / 60 for run in alike.values()], "{:.0f}")
            lines.append([made, source + how, by, *cells, ", ".join(map(str, sorted(alike))), minutes])
    columns = (">#", "classes of", "by", *(f">{w}w{s}s" for w, s in EPISODES), "seeds", ">minutes")
    _table("The recipes in configs/, on novel classes", " | ".join(columns), lines)


def _first(source: str) -> tuple[bool, str]:
    """Sorts the drawings that everybody has before others."""
    return source != "doodles", source


def _table(title: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    """Prints Markdown, where there are rows; a column that starts with > is aligned right."""
    if rows:
        print(f"\n### {title}\n\n| {columns.replace('>', '')} |")
        print("|" + "|".join("--:" if name.startswith(">") else "---" for name in columns.split(" | ")) + "|")
        for row in rows:
            print(f"| {' | '.join(map(str, row))} |")


def _of_size(size: int, rows: Sequence[Row]) -> Iterator[list[Any]]:
    """The floors, then the runs, of one image size."""
    for name in ("pixels", "hog"):  # which need no encoder
        yield ["", "nothing", NAMES[name], f"{size} px", *_cells(rows, name), ""]
    encoder: Callable[[Row], str] = lambda row: _encoder(row["of"]["recipe"])  # noqa: E731
    for name, group in groupby(sorted(rows, key=encoder), encoder):
        same, of = list(group), f"{size} px, {name}"
        for normalised in sorted({row["normalise"] for row in same}, reverse=True):
            judged = [row for row in same if row["normalise"] == normalised]
            how = f"{of}, 0" + ", normalise=False" * (not normalised)
            yield ["", "nothing", NAMES["untrained"], how, *_cells(judged, "untrained"), ""]
        for _, seeds in groupby(same, lambda row: row["#"]):
            alike = list(seeds)
            run, count = alike[0]["of"], len({row["of"]["seed"] for row in alike})
            cells = [f"**{cell}**" if cell else "" for cell in _cells(alike, "accuracy")]
            yield [*_named(alike[0]["#"], run), f"{of}, {run['updates']}", *cells, count]


def _named(number: int, run: Row) -> list[Any]:
    return [number, run["trained_on"], _METHODS[run["method"]]]


def _elsewhere(judged: Sequence[Row]) -> None:
    """Prints the matrix of the recipes that were judged on others' drawings, too: 5-way, one shot / five."""
    kind: Callable[[Row], str] = lambda row: row["source"] + unusual(row, _CARD)  # noqa: E731
    kinds, lines = sorted({kind(row) for row in judged}, key=_first), []
    for number, group in groupby(sorted(judged, key=lambda row: row["#"]), lambda row: row["#"]):
        rows = list(group)
        cells = []
        for there in kinds:
            cell = " / ".join(filter(None, _cells([row for row in rows if kind(row) == there], "accuracy")[:2]))
            cells.append(f"**{cell}**" if cell and there.startswith(rows[0]["trained_on"]) else cell)
        if len({row["source"] for row in rows}) > 1:
            lines.append([*_named(number, rows[0]["of"]), f"{rows[0]['image_size']} px", *cells])
    columns = " | ".join(("># | trained on | by | image", *(f">{there}" for there in kinds)))
    _table("Trained on one, judged on another: 5-way, 1-shot / 5-shot", columns, lines)


def _probed(row: Row) -> list[Any]:
    place = [row["#"], row["seed"], f"{row['source']} ({row['split']})", row["classes_there"], PROBES[row["probe"]]]
    scores = [f"{row[name]:.1f} ± {row[_interval(name)]:.1f}" for name in _PROBED]
    return [*place, row["learned_from"], row["drawings"], *scores]


def _made(number: int, same: Sequence[Row]) -> list[Any]:
    fields = ", ".join(f"{name}={value}" for name, value in same[0]["recipe"].items()) or "none"
    made_on = "; ".join(sorted({run["made_on"] for run in same}))
    seeds = ", ".join(str(run["seed"]) for run in same)
    return [*_named(number, same[0]), seeds, _spread([run["seconds"] for run in same], "{:.0f}"), made_on, fields]


def _alike(run: Row) -> str:
    return json.dumps([run["trained_on"], run["method"], run["recipe"]])


def _encoder(fields: dict[str, Any]) -> str:
    width = fields.get("encoder.width", 1.0)
    return fields.get("encoder.name", "conv4") + (f" x {width:g}" if width != 1 else "")


def _cells(rows: Sequence[Row], name: str) -> list[str]:
    """Of each kind of episodes: one seed with its confidence, several from worst to best."""
    cells = []
    for way, shot in EPISODES:
        same = [row for row in rows if (row["way"], row["shot"]) == (way, shot)]
        values = [row[name] for row in same]
        if name != "accuracy":  # of all runs the same but for rounding; of untrained encoders once a seed
            values = sorted(set(values)) if name == "untrained" else values[:1]
        said = _spread(values) if values else ""
        cells.append(f"{said} ± {same[0][_interval(name)]:.1f}" if len(values) == 1 else said)
    return cells


def _interval(name: str) -> str:
    return "ci95" if name == "accuracy" else f"{name}_ci95"


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
