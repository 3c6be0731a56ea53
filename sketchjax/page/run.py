"""A run's folder -> a page, or several runs beside each other."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sketchjax.config import Config, UserError
from sketchjax.evaluation import scores
from sketchjax.evaluation.few_shot import score_of
from sketchjax.fields import from_json, leaves
from sketchjax.health.bands import places
from sketchjax.health.lines import Line
from sketchjax.page import curves, pictures


class Run(NamedTuple):
    """What a run's folder holds."""

    name: str
    config: Config
    lines: list[Line]
    result: dict[str, Any]  # empty while it trains
    pictures: pictures.Pictures


def read(folder: Path) -> Run:
    """Raises: UserError where the folder holds no run, or a damaged one."""
    try:
        config = from_json(json.loads((folder / "config.json").read_text()))
        texts = {name: (folder / name).read_text() if (folder / name).exists() else "" for name in _FILES}
        lines = [json.loads(line) for line in texts["metrics.jsonl"].splitlines(keepends=True) if line.endswith("\n")]
        result = json.loads(texts["result.json"] or "{}")
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"{folder} holds no run, or a damaged one ({error}): give the workdir of one") from error
    return Run(folder.resolve().name, config, lines, result, pictures.load(folder))


_FILES = ("metrics.jsonl", "result.json")


def page(runs: Sequence[Run]) -> str:
    """One HTML file without addresses of others."""
    charts = [
        (chart.title, chart.says, Markup(curves.svg(chart, [(r.name, r.config, r.lines) for r in runs])))
        for chart in curves.CHARTS
        if any(line.get(chart.column) is not None for line in runs[0].lines)
    ]
    said = {
        "runs": runs,
        "charts": charts,
        "shaded": places(runs[0].config, runs[0].lines),
        "tables": [table for run in runs for table in _tables(run, len(runs) > 1)],
        "sweeps": _sweeps(runs),
        "differences": _differences(runs),
        "settings": _settings(runs),
        "sentences": [sentence(run) for run in runs],
        "good": [(run.result.get("verdict") or "healthy") in ("healthy", "slow") and _above(run) for run in runs],
        "address": pictures.address,
    }
    environment = Environment(
        loader=PackageLoader("sketchjax.page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("run.html").render(said)


def sentence(run: Run) -> str:
    """How the run is or ended, in one sentence, with the first of its evidence."""
    last = run.lines[-1] if run.lines else {"verdict": "slow", "epoch": 0}
    word = (run.result.get("verdict") or last["verdict"]).replace("_", " ")
    how = {
        "done": f"Finished, {word}{'' if _above(run) else ', but no score is above what learns nothing'}",
        "stopped": f"Stopped: {word}",
        "failed": "Failed",
        "preempted": f"Interrupted in epoch {last['epoch']} of {run.config.epochs}, {word} so far",
    }.get(run.result.get("outcome", ""), f"In epoch {last['epoch']} of {run.config.epochs}, {word} so far")
    because = run.result.get("reasons") or []
    return f"{how}{': ' if because else '.'}{because[0] if because else ''}"


def _above(run: Run) -> bool:
    """Whether learning was needed for any of its few-shot scores, or there are none."""
    rows = run.result.get("few_shot", [])
    return not rows or not all(map(scores.not_above, rows))


def _tables(run: Run, several: bool) -> list[dict[str, Any]]:
    """Each protocol's rows: title, names of columns, cells; which scores are not above what learns nothing."""
    rows = [row for row in [*run.result.get("few_shot", []), *run.result.get("probes", [])] if "split" in row]
    tables: dict[str, dict[str, Any]] = {}
    for row in rows:
        title = f"{f'{run.name}: ' * several}{row['source']}. {scores.card(row)}"
        names = [name for name in scores.NAMES if name in row]
        columns = [scores.NAMES[name] for name in names]
        table = tables.setdefault(title, {"title": title, "columns": columns, "rows": [], "not_above": []})
        cells = [f"{row[n]:.1f} ± {row['ci95' if n == 'accuracy' else f'{n}_ci95']:.1f}" for n in names]
        table["rows"].append((scores.what(row), cells))
        table["not_above"] += filter(None, [scores.not_above(row)])
    return list(tables.values())


def _sweeps(runs: Sequence[Run]) -> list[tuple[str, Markup]]:
    """A picture for each protocol that the first run was judged by; of the others those with the same episodes."""
    rows = [row for row in runs[0].result.get("shot_sweep", []) if "against" not in row]
    drawn = []
    for key in dict.fromkeys(map(_protocol, rows)):
        same = [[row for row in run.result.get("shot_sweep", []) if _protocol(row) == key] for run in runs]
        first = same[0][0]
        title = f"{key[0]}, {first['classes']} classes, {first['way']}-way{key[-1]}"
        drawn.append((title, Markup(curves.sweep(title, [rows for rows in same if len(rows) == len(same[0])]))))
    return drawn


def _protocol(row: scores.Row) -> tuple[Any, ...]:
    return row["source"], row["split"], row["episode_list"], scores.unusual(row)


def _differences(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """Of the others from the first run, where all were judged on the same episodes: what, and each difference."""
    found, (first, *others) = [], [_of_episodes(run) for run in runs]
    for key, (row, values) in first.items():
        cells = [str(score_of(their[key][1] - values)) if key in their else "other episodes" for their in others]
        found.append((f"{row['source']}, {scores.what(row)}", cells))
    return found if others else []


def _of_episodes(run: Run) -> dict[tuple[Any, ...], tuple[scores.Row, np.ndarray]]:
    """The rows that the run itself was judged by, by source, split and episodes, and the accuracy of each episode."""
    judged = zip(run.result.get("few_shot", []), run.pictures.get("of_episodes", ()), strict=False)
    return {_protocol(row)[:3]: (row, values) for row, values in judged}


def _settings(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """Fields that are not the default in one of the runs; of several, those in which they differ."""
    fields, default = [dict(leaves(run.config)) for run in runs], dict(leaves(Config()))
    told = [name for name in default if len({repr(f[name]) for f in fields}) > 1] if len(runs) > 1 else []
    told = told or [name for name in default if any(f[name] != default[name] for f in fields)]
    return [(name, [str(f[name]) for f in fields]) for name in told]
