"""One drawing's strokes -> the same drawing by another hand, before it is drawn. Static shapes, on the device.

A path is `points` [n, 2] on the canvas and `pen` [n], whether a line leads to a point from the one before; the strokes
of a drawing follow one another, padding comes last."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Key

from sketchjax.config import Augment
from sketchjax.data.chance import numbers
from sketchjax.data.strokes import CANVAS, MOST

KEEP = 0.5  # least share of its ink that a drawing keeps when parts of it are erased
_REACH = 24.0  # of a neighbour's pull, in canvas units: a corner between long lines is rounded, not cut off


class _Way(NamedTuple):
    """Where a point lies on the pen's way, which runs through all strokes."""

    stroke: jax.Array  # its number, from 0
    along: jax.Array  # length drawn up to it
    begin: jax.Array  # the same for its stroke's first point
    finish: jax.Array  # and for its last


def moved(
    points: Float[Array, "points 2"],
    pen: Bool[Array, " points"],
    width: Float[Array, ""],
    key: Key[Array, ""],
    augment: Augment,
) -> tuple[Float[Array, "points 2"], Bool[Array, " points"], Float[Array, "*points"]]:
    """The moved path and the pen's width: one, or with pen_vary one for each point. Strength 0 is not compiled."""
    chance = numbers(key, {"smooth": (), "unfinished": (), "pen_width": (), "pen_vary": (2,)})
    if augment.smooth:
        points = _smooth(points, pen, chance["smooth"] * augment.smooth)
    if augment.jitter:
        points = points + _tremor(jax.random.fold_in(key, 1), len(points)) * (augment.jitter * CANVAS)
    if augment.cut_ends or augment.drop_strokes or augment.unfinished:
        most = max(MOST, len(points)) // 2  # strokes; whatever the padding, the numbers are the same
        each = jax.random.uniform(jax.random.fold_in(key, 2), (3, most))
        points, pen = _erased(points, pen, width, chance["unfinished"], each, augment)
    if augment.pen_width:
        width = width * (1 + (2 * chance["pen_width"] - 1) * augment.pen_width)
    if augment.pen_vary:
        phase, length = chance["pen_vary"][0], CANVAS * (0.25 + 0.75 * chance["pen_vary"][1])
        wave = jnp.sin(2 * np.float32(np.pi) * (phase + _way(points, pen).along / length))
        width = width * (1 + augment.pen_vary * wave)
    return points, pen, width


def _tremor(key: Key[Array, ""], count: int) -> jax.Array:
    """Displacements of deviation 1, [count, 2], smooth along the way: a hand does not shake from point to point."""
    push = np.sqrt(3.0).astype(np.float32) * (2 * jax.random.uniform(key, (max(MOST, count) + 4, 2)) - 1)
    weights = np.array([1, 2, 3, 2, 1], np.float32)
    shifted = jnp.stack([push[i : count + i] for i in range(5)])
    return jnp.tensordot(weights / np.linalg.norm(weights), shifted, 1)


def _smooth(points: jax.Array, pen: jax.Array, share: jax.Array) -> jax.Array:
    """Twice, each point inside a stroke goes a share of the way to the middle of its neighbours."""
    inner = (pen & jnp.roll(pen, -1))[:, None]
    for _ in range(2):
        pulls = [jnp.roll(points, by, 0) - points for by in (1, -1)]
        far = [jnp.maximum(jnp.linalg.norm(pull, axis=1, keepdims=True) / _REACH, 1.0) for pull in pulls]
        points = points + jnp.where(inner, share * (pulls[0] / far[0] + pulls[1] / far[1]) / 2, 0.0)
    return points


def _erased(
    points: jax.Array, pen: jax.Array, width: jax.Array, stop: jax.Array, each: jax.Array, augment: Augment
) -> tuple[jax.Array, jax.Array]:
    """Ends cut, strokes dropped, the last ones not drawn yet: each only as far as enough of the ink stays.

    each: three numbers for each stroke, of its two ends and of itself."""
    way, whole = _way(points, pen), _ink(points, pen, width)
    if augment.cut_ends:
        most = (way.finish - way.begin) * (augment.cut_ends / 2)
        low, high = way.begin + most * each[0, way.stroke], way.finish - most * each[1, way.stroke]
        shorter, left = _cut(points, pen, way, low, high)
        enough = _ink(shorter, left, width) >= KEEP * whole
        points, pen = jnp.where(enough, shorter, points), jnp.where(enough, left, pen)
    if augment.drop_strokes:
        left = pen & (each[2, way.stroke] >= augment.drop_strokes)
        pen = jnp.where(_ink(points, left, width) >= KEEP * whole, left, pen)
    if augment.unfinished:
        count = (way.stroke.max() + 1).astype(jnp.float32)
        drawn = jnp.ceil((1 - augment.unfinished * stop) * count).astype(jnp.int32)
        lines = _lines_ink(points, pen, width)
        too_little = pen & (jnp.cumsum(lines) - lines < KEEP * whole)  # before this line: its stroke is drawn, too
        needed = jnp.where(too_little, way.stroke + 1, 0).max()
        pen = pen & (way.stroke < jnp.maximum(drawn, needed))
    return points, pen


def _way(points: jax.Array, pen: jax.Array) -> _Way:
    leads = jnp.roll(pen, -1)  # a line leads on from here: the first point has none leading to it
    starts, ends = leads & ~pen, pen & ~leads
    along = jnp.cumsum(_lengths(points, pen))
    begin = jax.lax.cummax(jnp.where(starts, along, 0.0))
    finish = jax.lax.cummin(jnp.where(ends, along, along[-1]), reverse=True)
    return _Way(jnp.maximum(jnp.cumsum(starts.astype(jnp.int32)) - 1, 0), along, begin, finish)


def _lengths(points: jax.Array, pen: jax.Array) -> jax.Array:
    """Of the lines that lead to each point."""
    return jnp.where(pen, jnp.linalg.norm(points - jnp.roll(points, 1, 0), axis=1), 0.0)


def _lines_ink(points: jax.Array, pen: jax.Array, width: jax.Array) -> jax.Array:
    """Of each line: its length, and the pen's width where a stroke begins, so that a dot is ink too."""
    return _lengths(points, pen) + jnp.where(pen & ~jnp.roll(pen, 1), width, 0.0)


def _ink(points: jax.Array, pen: jax.Array, width: jax.Array) -> jax.Array:
    return _lines_ink(points, pen, width).sum()


def _cut(points: jax.Array, pen: jax.Array, way: _Way, low: jax.Array, high: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Only what lies from low to high along each stroke; the points beside a cut move onto it."""
    before, after, lengths = jnp.roll(points, 1, 0), jnp.roll(points, -1, 0), _lengths(points, pen)
    forward = (low - way.along) / jnp.maximum(jnp.roll(lengths, -1), 1e-6)
    back = (way.along - high) / jnp.maximum(lengths, 1e-6)
    onto_low = points + jnp.clip(forward, 0.0, 1.0)[:, None] * (after - points)
    onto_high = points + jnp.clip(back, 0.0, 1.0)[:, None] * (before - points)
    inside = pen & (way.along >= low) & (jnp.roll(way.along, 1) <= high)
    cut = jnp.where((way.along < low)[:, None], onto_low, jnp.where((way.along > high)[:, None], onto_high, points))
    return cut, inside
