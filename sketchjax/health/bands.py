"""Where a live run is among good ones of the same recipe: golden bands, made by launch/bands.py."""

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from sketchjax.config import Config
from sketchjax.fields import recipe
from sketchjax.health.lines import Line, number


class Band(NamedTuple):
    """Where one more good run is at an update, with 95 % confidence."""

    runs: int  # that it was made of, each with another seed
    updates: list[int]
    low: list[float]
    high: list[float]

    def at(self, update: int) -> tuple[float, float]:
        """Between its updates in a straight line; nan before the first and after the last."""
        low, high = (np.interp(update, self.updates, of, math.nan, math.nan) for of in (self.low, self.high))
        return float(low), float(high)


def make_band(runs: Sequence[Sequence[Line]], column: str) -> Band:
    """Of the lines of n runs: a prediction interval of Student's t, mean ± t(n - 1) s sqrt(1 + 1/n), at every update
    that all of them have logged. s is a mean over five neighbours: that of a few runs at one update is chance."""
    from scipy.stats import t  # a quarter of a second, which only launch/bands.py pays

    found = [{line["update"]: number(line, column) for line in lines if column in line} for lines in runs]
    updates, n = sorted(set.intersection(*(set(one) for one in found))), len(found)
    values = np.array([[one[update] for update in updates] for one in found])
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values.var(0, ddof=1), 2, "edge"), 5).mean(1)
    half = t.ppf(0.975, n - 1) * np.sqrt(around * (1 + 1 / n))
    low, high = values.mean(0) - half, values.mean(0) + half
    return Band(n, updates, low.round(2).tolist(), high.round(2).tolist())


@cache
def _stored() -> list[dict[str, Any]]:
    return json.loads(resources.files("sketchjax.health").joinpath("bands.json").read_text())


def bands(config: Config, updates: int) -> dict[str, Band]:
    """By column; empty where there are no good runs of this recipe and as many updates: others saw other drawings."""
    own = recipe(config)
    same = [stored["bands"] for stored in _stored() if (stored["recipe"], stored["updates"]) == (own, updates)]
    return {name: Band(**band) for name, band in same[0].items()} if same else {}


def planned(line: Line) -> int:
    """The updates of a whole run, by one of its lines."""
    return round(line["update"] / line["progress"])


def place(band: Band, line: Line, column: str) -> str:
    """Of a line's number: below, inside or above; "" where the band does not reach, or it is not finite."""
    value, (low, high) = number(line, column), band.at(line["update"])
    if math.isnan(value) or math.isnan(low):
        return ""
    return "below" if value < low else "above" if value > high else "inside"


def places(config: Config, lines: Sequence[Line]) -> list[str]:
    """A sentence for each number that has a band: how much of a run lay where."""
    said = []
    for column, band in bands(config, planned(lines[-1])).items() if lines else ():
        placed = [where for line in lines if column in line and (where := place(band, line, column))]
        if placed:
            counts = ", ".join(f"{placed.count(where)} {where}" for where in ("below", "above") if where in placed)
            inside = f"inside at {placed.count('inside')} of {len(placed)} logged updates"
            said.append(f"{_NAMES[column]}, beside {band.runs} good runs: {inside}{f' ({counts})' if counts else ''}")
    return said


_NAMES = {"gauge": "gauge", "validation_accuracy": "few-shot on validation classes"}
COLUMNS = tuple(_NAMES)
