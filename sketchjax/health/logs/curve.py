"""What the values of a loss say by themselves: where they begin, where they have settled, how much they fluctuate."""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np


class Curve(NamedTuple):
    """A loss in its own units, of one value or more, all finite."""

    points: int
    first: float
    last: float
    end: float  # median of the last third: one bad batch does not move it
    end_points: int
    noise: float  # standard deviation of a point about the course, towards the end
    best: float  # lowest mean of a tenth of the points
    best_at: int  # index of the middle of those
    recent: float  # median of the last tenth
    window: int  # points in a tenth
    resolution: float  # half a unit of the last digit printed

    @property
    def error(self) -> float:
        """Standard error of end, from the noise alone: a trend does not widen it. A median's is 1.25 times a mean's."""
        return 1.25 * self.noise / math.sqrt(self.end_points)


def curve(loss: Sequence[float]) -> Curve:
    """Second differences, 0 on a straight course, have sqrt(6) times the deviation of one point, and the median of a
    normal deviate's size is 0.6745 of its deviation. At least 12 points are asked, if there are so many."""
    values = np.asarray(loss, float)
    third, window = max(1, len(values) // 3), max(1, len(values) // 10)
    end, asked = values[-third:], values[-max(12, third) :]
    with np.errstate(over="ignore", invalid="ignore"):
        bends = np.abs(np.diff(asked, 2))
        noise = float(np.nan_to_num(np.median(bends), nan=math.inf)) / (0.6745 * math.sqrt(6)) if len(bends) else 0.0
        means = values[len(values) % window :].reshape(-1, window).mean(1)
    best = int(means.argmin())
    return Curve(
        points=len(values),
        first=float(values[0]),
        last=float(values[-1]),
        end=float(np.median(end)),
        end_points=third,
        noise=noise,
        best=float(means[best]),
        best_at=len(values) % window + best * window + window // 2,
        recent=float(np.median(values[-window:])),
        window=window,
        resolution=resolution(loss),
    )


def resolution(values: Sequence[float]) -> float:
    """Half a unit of the last digit that any of the first and last hundred values shows."""
    shown = [Decimal(repr(float(value))).normalize().as_tuple().exponent for value in (*values[:100], *values[-100:])]
    return 0.5 * 10.0 ** min(0, *map(int, shown))
