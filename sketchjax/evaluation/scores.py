"""The table of a run: few-shot accuracy beside an untrained encoder's and blurred pixels', on the same episodes."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from sketchjax.config import Evaluate
from sketchjax.data.record import Drawings
from sketchjax.evaluation.few_shot import few_shot, make_episodes

Row = dict[str, Any]


def score(drawings: Drawings, features: dict[str, np.ndarray], evaluate: Evaluate) -> list[Row]:
    """One row for each way and shot. features: {"accuracy": [n, f], "untrained": ..., "pixels": ...}."""
    rows = []
    for way in evaluate.way:
        for shot in evaluate.shot:
            episodes = make_episodes(drawings.labels, way, shot, evaluate.query, evaluate.episodes, evaluate.seed)
            row: Row = {"way": way, "shot": shot, "query": evaluate.query, "episodes": evaluate.episodes}
            row["episode_list"] = episodes.digest
            for name, found in features.items():
                accuracy, ci95 = few_shot(found, episodes)
                row |= {name: accuracy, "ci95" if name == "accuracy" else f"{name}_ci95": ci95}
            rows.append(row)
    return rows


def show(rows: Iterable[Row]) -> None:
    """Prints the rows as one table."""
    rows = list(rows)
    first = rows[0]
    title = f"{first['source']}, {first['classes']} classes: accuracy in %, ± 95 % CI over {first['episodes']} episodes"
    table = Table("episodes", title=title, title_justify="left")
    for name in ("sketchjax", "untrained encoder", "blurred pixels"):
        table.add_column(name, justify="right")
    for row in rows:
        cells = [(row[n], row[c]) for n, c in _COLUMNS]
        table.add_row(f"{row['way']}-way {row['shot']}-shot", *(f"{a:.1f} ± {c:.1f}" for a, c in cells))
    Console().print(table)


_COLUMNS = (("accuracy", "ci95"), ("untrained", "untrained_ci95"), ("pixels", "pixels_ci95"))
