"""A pen that draws like a person: what a doodle program is written with.

Coordinates are x to the right and y *down*, about -1 to 1; the finished drawing is fitted into the canvas, so only
proportions matter. Angles are degrees, clockwise on the page, 0 to the right.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from sketchjax.data.strokes import CANVAS, Drawing

Point = tuple[float, float]
_T = TypeVar("_T")
_RANGE, _USUAL = 0.25, 0.85  # how much of a range is used, around its middle; how often the usual thing is done
_STEP = 0.1  # distance between neighbouring points of a finished stroke, in canvas half-widths


class Pen:
    """Collects the strokes of one drawing and the chances taken while drawing it."""

    def __init__(self, rng: np.random.Generator):
        self._rng = rng
        self._strokes: list[np.ndarray] = []
        self._place = np.eye(3)

    # Chances. People draw a thing much as everybody does, most of the time: without such habits no network can tell
    # twenty unseen classes apart from five drawings each.

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self._share()

    def maybe(self, probability: float = 0.5) -> bool:
        """Whether to draw a part that is there with at least this probability."""
        return self._rng.random() < probability + (1 - probability) * _USUAL

    def count(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._share() * (high - low + 1))

    def choice(self, options: Sequence[_T]) -> _T:
        """One of the ways to draw it, the first being the usual one."""
        other = int(self._rng.random() * len(options))
        return options[0 if self._rng.random() < _USUAL else other]

    def _share(self) -> float:
        return 0.5 + _RANGE * (self._rng.random() - 0.5)

    # Marks -------------------------------------------------------------------------------------------------------

    def line(self, *points: Point) -> None:
        """Straight segments from point to point, without lifting the pen."""
        self._add(_walk(np.asarray(points, float)))

    def polygon(self, *points: Point) -> None:
        """A closed outline; where it starts is left to chance."""
        start = self.count(0, len(points) - 1)
        self.line(*points[start:], *points[: start + 1])

    def box(self, left: float, top: float, right: float, bottom: float) -> None:
        self.polygon((left, top), (right, top), (right, bottom), (left, bottom))

    def curve(self, *points: Point, closed: bool = False) -> None:
        """A smooth line through the points (Catmull-Rom)."""
        p = np.asarray(points, float)
        ends = (p[-1:], p[:2]) if closed else (p[:1], p[-1:])
        p = np.concatenate([ends[0], p, ends[1]])
        a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
        t = np.linspace(0, 1, 6, endpoint=False)[None, :, None]
        smooth = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        self._add(_walk(np.concatenate([smooth.reshape(-1, 2), p[-2:-1]])))

    def arc(self, x: float, y: float, rx: float, ry: float, start: float, stop: float, tilt: float = 0) -> None:
        """Part of an ellipse around (x, y), from angle start to stop, the whole turned by tilt."""
        angles = np.radians(np.linspace(start, stop, 4 + int(abs(stop - start) / 15)))
        across, down = rx * np.cos(angles), ry * np.sin(angles)
        cos, sin = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
        self._add(_walk(np.stack([x + cos * across - sin * down, y + sin * across + cos * down], 1)))

    def ellipse(self, x: float, y: float, rx: float, ry: float | None = None, tilt: float = 0) -> None:
        """A whole ellipse (a circle without ry), closed about as well as a hand closes it."""
        start = self.uniform(0, 360)
        self.arc(x, y, rx, rx if ry is None else ry, start, start + 360 + self.uniform(-12, 20), tilt)

    def dot(self, x: float, y: float) -> None:
        self.line((x, y), (x + 0.02, y + 0.02))

    @contextlib.contextmanager
    def at(self, x: float = 0, y: float = 0, scale: float | Point = 1, turn: float = 0) -> Iterator[None]:
        """Inside, (0, 0) lies at (x, y), lengths are multiplied by scale (one number or (across, down)) and turned."""
        sx, sy = scale if isinstance(scale, tuple) else (scale, scale)
        cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        before = self._place
        self._place = before @ np.array([[cos * sx, -sin * sy, x], [sin * sx, cos * sy, y], [0, 0, 1]])
        try:
            yield
        finally:
            self._place = before

    def _add(self, points: np.ndarray) -> None:
        self._strokes.append(points @ self._place[:2, :2].T + self._place[:2, 2])

    # The hand ----------------------------------------------------------------------------------------------------

    def finish(self) -> Drawing:
        """The drawing as this hand, seen from this side, put it on paper."""
        rng = self._rng
        order = rng.permutation(len(self._strokes)) if rng.random() < 0.5 else range(len(self._strokes))
        strokes = [self._strokes[i][:: 1 if rng.random() < 0.7 else -1] for i in order]
        tremor, rounding, slip = rng.uniform(0, 0.025), rng.random() < 0.4, rng.uniform(0, 0.035)
        lengths = np.array([len(s) for s in strokes])
        points = _shaken(np.concatenate(strokes), lengths, tremor, slip, rounding, rng)
        points = _fitted(_seen_from_aside(points, rng), rng)
        width = 6 * 2.2 ** rng.uniform(0, 1)
        return Drawing(tuple(np.split(points, np.cumsum(lengths)[:-1])), round(width))


def _walk(points: np.ndarray) -> np.ndarray:
    """The same path with points about one step apart (corners are kept)."""
    ways = points[1:] - points[:-1]
    pieces = np.rint(np.hypot(ways[:, 0], ways[:, 1]) / _STEP).astype(int).clip(1)
    if pieces.max() == 1:
        return points
    start = np.arange(len(pieces)).repeat(pieces)
    share = (np.arange(len(start)) - (pieces.cumsum() - pieces)[start]) / pieces[start]
    return np.concatenate([points[start] + share[:, None] * ways[start], points[-1:]])


def _shaken(
    points: np.ndarray, lengths: np.ndarray, tremor: float, slip: float, rounding: bool, rng: np.random.Generator
) -> np.ndarray:
    """Tremor (smooth along a stroke), a slip of each stroke as a whole, rounded corners; of so many points a stroke."""
    stroke = np.arange(len(lengths)).repeat(lengths)
    noise = rng.standard_normal((len(points) + 5 * len(lengths), 2))  # a stroke's: four rows more than points; its slip
    at = np.arange(len(points)) + 5 * stroke
    tremble = (noise[at] + 2 * noise[at + 1] + 3 * noise[at + 2] + 2 * noise[at + 3] + noise[at + 4]) / 4.36
    slips = noise[np.cumsum(lengths + 5) - 1]
    points = points + tremor * tremble + slip * slips[stroke]
    if rounding:
        inner = np.flatnonzero((stroke[:-2] == stroke[2:]) & (lengths[stroke[1:-1]] > 4)) + 1
        points[inner] = (points[inner - 1] + points[inner] + points[inner + 1]) / 3
    return points


def _seen_from_aside(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mirrored or not, turned and sheared a little, nearer on one side (a weak perspective)."""
    mirror, shear, turn = 2 * rng.integers(2) - 1, rng.normal(0, 0.05), rng.normal(0, 0.1)
    stretch, near = np.exp(rng.normal(0, 0.06)), rng.normal(0, 0.05, 2)
    middle = (points.min(0) + points.max(0)) / 2
    x, y = ((points - middle) * [mirror * stretch, 1 / stretch]).T
    x, y = x + shear * y, y
    x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    return np.stack([x, y], 1) / np.clip(1 + near[0] * x + near[1] * y, 0.5, 2)[:, None]


def _fitted(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scaled into the canvas with a margin of chance, and rounded to its grid."""
    low, high = points.min(0), points.max(0)
    scale = CANVAS * rng.uniform(0.68, 0.94) / max(*(high - low), 1e-6)
    free = CANVAS - scale * (high - low)
    corner = free * (0.5 + rng.uniform(-0.35, 0.35, 2))
    return np.rint((points - low) * scale + corner).clip(0, CANVAS).astype(np.uint8)
