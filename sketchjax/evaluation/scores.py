"""The table of a run: few-shot accuracy beside what no learning reaches, on the same episodes, with its protocol."""

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int
from rich.console import Console
from rich.table import Table

from sketchjax.config import Evaluate
from sketchjax.data.record import Drawings
from sketchjax.data.split import groups_of
from sketchjax.evaluation.few_shot import Episodes, Score, accuracies, make_episodes, score_of, sweep

Row = dict[str, Any]
NAMES = {  # of a row's columns, as people read them
    "accuracy": "sketchjax",
    "against": "the other run",
    "difference": "difference",
    "untrained": "untrained encoder",
    "start": "the encoder it starts from",
    "pixels": "blurred pixels",
    "hog": "HOG",
}
_FLOORS = ("untrained", "pixels", "hog")
_WIDTH = 120  # of a table that goes to a file
SHOTS = (1, 2, 3, 5, 10, 20)  # of a sweep
_FEW = 5  # its queries a class, at most: drawings that are left for support
HOW = ("representation", "distance", "centre", "whiten", "within")  # fields of evaluate that a row names
PROBES = {"knn": "nearest neighbours", "linear": "linear probe"}


class Scored(NamedTuple):
    """A row of the table, and what it is the mean of."""

    row: Row
    of_episodes: np.ndarray  # [episodes], the percentage of right queries


def score(drawings: Drawings, features: dict[str, np.ndarray], evaluate: Evaluate) -> list[Scored]:
    """One for each way and shot. features: by the names above, "accuracy" first, each [n, f].

    With "against" a row has the mean difference, too, and its confidence from pairs: the same episodes."""
    scored = []
    for way in evaluate.way:
        for shot in evaluate.shot:
            episodes = _episodes(drawings, way, shot, evaluate.query, evaluate)
            found = {name: accuracies(x, episodes, evaluate.distance) for name, x in features.items()}
            scored.append(Scored(_row(shot, episodes, found, evaluate), found["accuracy"]))
    return scored


def over_shots(drawings: Drawings, features: dict[str, np.ndarray], evaluate: Evaluate) -> list[Row]:
    """Rows of one list of episodes, each judged with 1 to 20 of its support, as far as the smallest class goes."""
    query, smallest = min(evaluate.query, _FEW), int(np.unique(drawings.labels, return_counts=True)[1].min())
    shots = tuple(shot for shot in SHOTS if shot + query <= smallest)
    episodes = _episodes(drawings, evaluate.way[0], shots[-1], query, evaluate)
    found = {name: sweep(x, episodes, shots, evaluate.distance) for name, x in features.items()}
    each = ({name: values[at] for name, values in found.items()} for at in range(len(shots)))
    return [_row(shot, episodes, one, evaluate) for shot, one in zip(shots, each, strict=True)]


def _episodes(drawings: Drawings, way: int, shot: int, query: int, evaluate: Evaluate) -> Episodes:
    groups = groups_of(drawings.classes)[np.unique(drawings.labels)] if evaluate.within else None
    return make_episodes(drawings.labels, way, shot, query, evaluate.episodes, evaluate.seed, groups)


def _row(shot: int, episodes: Episodes, found: dict[str, np.ndarray], evaluate: Evaluate) -> Row:
    count, way, drawn = episodes.rows.shape
    row: Row = {"way": way, "shot": shot, "query": drawn - episodes.shot, "episodes": count}
    row |= {"episode_list": episodes.digest, "distance": evaluate.distance, "within": evaluate.within}
    if "against" in found:
        found = found | {"difference": found["accuracy"] - found["against"]}
    for name, values in found.items():
        mean, ci95 = score_of(values)
        row |= {name: mean, "ci95" if name == "accuracy" else f"{name}_ci95": ci95}
    return row


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
    whiten = row.get("whiten", 0)  # absent in results of before there was any
    centred = ", less the mean of base drawings" * bool(row["centre"] or whiten)
    centred, length = centred + f", levelled (whiten={whiten:g})" * bool(whiten), ", of length 1" * row["normalise"]
    seen = f"{of} at {row['image_size']} px{centred}{length}"
    if "probe" in row:
        return f"{drawn}; {seen}; learned from {row['learned_from']}, judged on {row['drawings']} other drawings"
    group = "each episode within one group; " * row["within"]
    near = f"{group}nearest mean of the support, {row['distance']}; {row['query']} queries a class"
    return f"{drawn}; {seen}; {near}; {row['episodes']} episodes"


def unusual(row: Row, names: Sequence[str] = HOW) -> str:
    """How drawings were compared, where a config says no such thing by default: ", whiten=0.5"."""
    usual = vars(Evaluate())
    return "".join(f", {name}={row[name]}" for name in names if row.get(name, usual[name]) != usual[name])


def what(row: Row) -> str:
    """The name of a row in its table."""
    return PROBES[row["probe"]] if "probe" in row else f"{row['way']}-way {row['shot']}-shot"


def not_above(row: Row) -> str:
    """Which of what learns nothing its score is not above, beyond the confidence of both; "" where it is above all."""
    floors = {name: Score(row[name], row[f"{name}_ci95"]) for name in _FLOORS if name in row}
    score = Score(row["accuracy"], row["ci95"])
    found = named(score.not_above(floors))
    return f"{what(row)}: {score} is not above what learns nothing: {found}" if found else ""


def named(scores: dict[str, Score]) -> str:
    """Of columns, as people read them."""
    return ", ".join(f"{NAMES[name]} {score}" for name, score in scores.items())


def show(rows: Iterable[Row]) -> None:
    """Prints a table for each protocol, and below it which of its scores no learning was needed for."""
    for title, group in groupby(rows, lambda row: f"{row['source']}: accuracy in %, ± 95 % CI\n{card(row)}"):
        same = list(group)
        table, columns = Table("", title=title, title_justify="left"), [name for name in NAMES if name in same[0]]
        for name in columns:
            table.add_column(NAMES[name], justify="right")
        for row in same:
            cells = [(row[n], row["ci95" if n == "accuracy" else f"{n}_ci95"]) for n in columns]
            table.add_row(what(row), *(f"{a:.1f} ± {c:.1f}" for a, c in cells))
        Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
        for line in filter(None, map(not_above, same)):
            print(line)


def show_hardest(pairs: Iterable[Row]) -> None:
    """Prints the pairs on one line."""
    said = [f"{p['drawn']} for {p['taken_for']} {p['percent']:.0f} %" for p in pairs]
    print("most often taken for another, all classes at once:", "; ".join(said) or "none")
