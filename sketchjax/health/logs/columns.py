"""Which numbers of a log are its training loss, and which tell something about it."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sketchjax.config import UserError
from sketchjax.health.logs.records import HELD_OUT, OWN, TRAIN, Record, records

ACCURACY, LEARNING_RATE = "accuracy", "learning_rate"
EMBEDDING_STD, COSINE = "embedding_std", "cosine"  # of embeddings of length 1, a dimension's; of different drawings

_LOSS = ("loss", "losses", "xent", "infonce")
_Column = tuple[array, array]  # the records that have it, and its values there


class Log(NamedTuple):
    """What a log says. A loss that is not finite stays as it is."""

    loss: list[float]
    unit: str  # of places: epoch, step or point
    places: list[float]  # of each loss
    also: dict[str, list[float]]  # ACCURACY, ..., where logged
    notes: list[str]  # which columns were read

    def place(self, index: int) -> str:
        """Where a loss stands, as "epoch 10"."""
        return f"{self.unit} {self.places[index]:.12g}"


def read(path: str, column: str = "") -> Log:
    """The log in a file. column: the name of the loss, otherwise the likeliest one. Raises: UserError, one line."""
    try:
        columns = _collect(records(Path(path).expanduser()), column)
    except OSError as error:
        raise UserError(f"log={path}: {error.strerror or error}: give a csv, jsonl or text file") from error
    names = [name for name in columns if _plain(name) == _plain(column)] if column else _ranked(columns, "loss")
    if not names:
        others, wanted = ", ".join(list(columns)[:8]) or "none", f"column {column!r}" if column else "training loss"
        raise UserError(f"log={path}: no {wanted} found (found: {others}): name the loss with --column=NAME")
    rows, loss = columns[names[0]]
    notes = [f"read as the loss: {names[0]!r}" + (f", not {', '.join(map(repr, names[1:4]))}" if names[1:] else "")]
    if not column and _words(names[0]) & HELD_OUT:
        notes.append("this is a loss on held-out data: none of training was found")
    unit, places = _places(columns, rows)
    kinds = {kind: _ranked(columns, kind) for kind in (ACCURACY, LEARNING_RATE, EMBEDDING_STD, COSINE)}
    also = {kind: list(columns[found[0]][1]) for kind, found in kinds.items() if found}
    return Log(list(loss), unit, places, also, notes)


def _collect(found: Iterable[Record], wanted: str) -> dict[str, _Column]:
    """The columns of a known kind, and the one that is wanted; of some others the name alone."""
    columns: dict[str, _Column] = {}
    for row, record in enumerate(found):
        for name, value in record.items():
            if _kind(name) or (wanted and _plain(name) == _plain(wanted)):
                rows, values = columns.setdefault(name, (array("q"), array("d")))
                rows.append(row)
                values.append(value)
            elif len(columns) < 8:
                columns.setdefault(name, (array("q"), array("d")))
    return columns


def _ranked(columns: dict[str, _Column], kind: str) -> list[str]:
    """The columns of a kind, the likeliest first: of training (an accuracy: of validation), then by what the name says,
    then the longest."""

    def rank(name: str) -> tuple[bool, int, int]:
        words = _words(name)
        says = (words & OWN, words & TRAIN, words == {"loss"}, words != {"value"}, True)
        held_out = bool(words & HELD_OUT)
        return held_out != (kind == ACCURACY), [bool(said) for said in says].index(True), -len(columns[name][0])

    return sorted((name for name in columns if _kind(name) == kind), key=rank)


def _places(columns: dict[str, _Column], rows: array) -> tuple[str, list[float]]:
    """The epoch of each of the rows, or else its step, or else its number: as was last said at or before the row."""
    said = []
    for unit in ("epoch", "step"):
        for name in _ranked(columns, unit):
            at = [bisect_right(columns[name][0], row) - 1 for row in rows]
            if at[0] >= 0:
                said.append((unit, [columns[name][1][index] for index in at]))
    said.append(("point", [1.0 + index for index in range(len(rows))]))
    return next((one for one in said if len(set(one[1])) > 1), said[0])


@lru_cache(10_000)
def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall("[a-z]+", re.sub("(?<=[a-z])(?=[A-Z])", " ", name).lower()))


@lru_cache(10_000)
def _plain(name: str) -> str:
    return re.sub(r"\W|_", "", name).lower()


@lru_cache(10_000)
def _kind(name: str) -> str:
    """What a column of that name holds, or ""."""
    words, plain = _words(name), _plain(name)
    if words & {"lr", "learningrate"} or {"learning", "rate"} <= words:
        return LEARNING_RATE
    if "std" in words and not words & {"loss", "acc", "accuracy", "grad", "weight", "pixel", "data", "time"}:
        return EMBEDDING_STD
    if any(word.startswith("cos") for word in words):
        mean = words & {"mean", "avg", "neg", "negative", "pairwise"} and not words & {"pos", "positive"}
        return COSINE if mean else ""
    if words == {"value"} or any(word.endswith(_LOSS) for word in {plain, *words}):
        return "" if words & {"scale", "scaler", "weight", "best", "min", "max", "acc"} else "loss"
    if words & {"acc", "accuracy"} or re.search(r"top1(?!\d)", plain):
        return "" if words & {"contrast", "contrastive", "ci", "best"} or "top5" in plain else ACCURACY
    if words & {"epoch", "step", "iter", "iteration"} and not words & {"time", "per", "total", "seconds"}:
        return "epoch" if "epoch" in words else "step"
    return ""
