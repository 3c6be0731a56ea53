"""The table of a run: few-shot accuracy beside what no learning reaches, on the same episodes, with its protocol."""

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from jaxtyping import Int
from rich.console import Console
from rich.table import Table

from sketchjax.config import Evaluate
from sketchjax.data.record import Drawings
from sketchjax.data.split import groups_of
from sketchjax.evaluation.few_shot import accuracies, make_episodes, score_of

Row = dict[str, Any]
NAMES = {  # of a row's columns, as people read them
    "accuracy": "sketchjax",
    "against": "the other run",
    "difference": "difference",
    "untrained": "untrained encoder",
    "pixels": "blurred pixels",
    "hog": "HOG",
}
_WIDTH = 120  # of a table that goes to a file
PROBES = {"knn": "nearest neighbours", "linear": "linear probe"}


def score(drawings: Drawings, features: dict[str, np.ndarray], evaluate: Evaluate) -> list[Row]:
    """One row for each way and shot. features: by the names above, "accuracy" first, each [n, f].

    With "against" a row has the mean difference, too, and its confidence from pairs: the same episodes."""
    rows, groups = [], groups_of(drawings.classes)[np.unique(drawings.labels)] if evaluate.within else None
    for way in evaluate.way:
        for shot in evaluate.shot:
            drawn = (way, shot, evaluate.query, evaluate.episodes, evaluate.seed)
            episodes = make_episodes(drawings.labels, *drawn, groups)
            row: Row = dict(zip(("way", "shot", "query", "episodes"), drawn, strict=False))
            row |= {"episode_list": episodes.digest, "distance": evaluate.distance, "within": evaluate.within}
            found = {name: accuracies(x, episodes, evaluate.distance) for name, x in features.items()}
            if "against" in found:
                found["difference"] = found["accuracy"] - found["against"]
            for name, values in found.items():
                mean, ci95 = score_of(values)
                row |= {name: mean, "ci95" if name == "accuracy" else f"{name}_ci95": ci95}
            rows.append(row)
    return rows


def hardest(mistaken: Int[np.ndarray, "classes classes"], classes: Sequence[str], count: int = 5) -> list[Row]:
    """The pairs of which most drawings of the one are taken for the other. mistaken: see few_shot."""
    share = 100 * mistaken / np.maximum(mistaken.sum(1, keepdims=True), 1)
    np.fill_diagonal(share, 0)
    worst = np.argsort(-share, axis=None, kind="stable")[:count]
    pairs = [divmod(int(at), len(classes)) for at in worst if share.flat[at] > 0]
    return [{"drawn": classes[a], "taken_for": classes[b], "percent": float(share[a, b])} for a, b in pairs]


def card(row: Row) -> str:
    """What must be alike for two scores to be compared."""
    turned = ", quarter turns as classes of their own" * row["rotations"]
    drawn = f"{row['classes_there']} classes ({row['classes']}; split {row['split']}{turned})"
    of = "the projector's output" if row["representation"] == "projector" else "the encoder's output"
    length, centred = ", of length 1" * row["normalise"], ", less the mean of base drawings" * row["centre"]
    seen = f"{of} at {row['image_size']} px{centred}{length}"
    if "probe" in row:
        return f"{drawn}; {seen}; learned from {row['learned_from']}, judged on {row['drawings']} other drawings"
    group = "each episode within one group; " * row["within"]
    near = f"{group}nearest mean of the support, {row['distance']}; {row['query']} queries a class"
    return f"{drawn}; {seen}; {near}; {row['episodes']} episodes"


def what(row: Row) -> str:
    """The name of a row in its table."""
    return PROBES[row["probe"]] if "probe" in row else f"{row['way']}-way {row['shot']}-shot"


def show(rows: Iterable[Row]) -> None:
    """Prints a table for each protocol."""
    for title, group in groupby(rows, lambda row: f"{row['source']}: accuracy in %, ± 95 % CI\n{card(row)}"):
        same = list(group)
        table, columns = Table("", title=title, title_justify="left"), [name for name in NAMES if name in same[0]]
        for name in columns:
            table.add_column(NAMES[name], justify="right")
        for row in same:
            cells = [(row[n], row["ci95" if n == "accuracy" else f"{n}_ci95"]) for n in columns]
            table.add_row(what(row), *(f"{a:.1f} ± {c:.1f}" for a, c in cells))
        Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


def show_hardest(pairs: Iterable[Row]) -> None:
    """Prints the pairs on one line."""
    said = [f"{p['drawn']} for {p['taken_for']} {p['percent']:.0f} %" for p in pairs]
    print("most often taken for another, all classes at once:", "; ".join(said) or "none")
