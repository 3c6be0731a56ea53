"""Drawings as pen strokes, and strokes as bitmaps."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, UInt8

from sketchjax.data.simplify import simplify

CANVAS = 255  # strokes live on a grid of 0 to 255, x right and y down, as QuickDraw's "simplified" drawings do
MOST = 128  # points of a packed drawing; of QuickDraw, one drawing in 80 has more; they lose 2 % of their ink
_BLOCK = 64  # drawings rasterised at once
_UNROLLED = 8  # lines measured in one pass over the page


class Drawing(NamedTuple):
    """One drawing: its strokes in the order they were made, each uint8 points [n, 2], and the pen's width."""

    strokes: tuple[np.ndarray, ...]
    width: float  # in canvas units


@partial(
    jax.tree_util.register_dataclass, data_fields=("points", "pen", "widths"), meta_fields=("size",)
)  # a pytree: jax.tree.map(lambda a: a[rows], strokes) gathers drawings, zeros are empty pages
@dataclasses.dataclass(frozen=True)
class Strokes:
    """Drawings as arrays of one length, for the device."""

    points: Any  # uint8 [n, points, 2], on the canvas
    pen: Any  # bool [n, points]: whether a line leads here from the point before; never to a first point or in padding
    widths: Any  # float32 [n], of the pen, in canvas units
    size: int  # pixels a side of the bitmaps to draw


def pack(drawings: Sequence[Drawing], size: int, points: int = MOST) -> Strokes:
    """The drawings as NumPy arrays, padded to the longest, a multiple of 16 and at most `points`, itself one.

    A drawing of more points is simplified until it fits; a dot becomes a line of no length."""
    assert points % 16 == 0, points
    lines = simplify([_lines(drawing) for drawing in drawings], points)
    lengths = np.array([sum(map(len, strokes)) for strokes in lines])
    packed = np.zeros((len(lines), max(16, -(-int(lengths.max(initial=0)) // 16) * 16), 2), np.uint8)
    pen = np.zeros(packed.shape[:2], bool)
    for row, strokes in enumerate(lines):
        packed[row, : lengths[row]] = np.concatenate(strokes)
        pen[row, : lengths[row]] = True
        pen[row, np.cumsum([0, *map(len, strokes[:-1])])] = False
    return Strokes(packed, pen, np.array([d.width for d in drawings], np.float32), size)


def joined(blocks: Sequence[Strokes]) -> Strokes:
    """One after the other, padded to the longest."""
    longest = max(block.pen.shape[1] for block in blocks)
    padded = [lengthened(block, longest) for block in blocks]
    points, pen, widths = (np.concatenate([getattr(b, n) for b in padded]) for n in ("points", "pen", "widths"))
    return Strokes(points, pen, widths, blocks[0].size)


def lengthened(strokes: Strokes, points: int) -> Strokes:
    """Padded to so many points a drawing."""
    more = points - strokes.pen.shape[1]
    padded = np.pad(strokes.points, ((0, 0), (0, more), (0, 0))), np.pad(strokes.pen, ((0, 0), (0, more)))
    return Strokes(*padded, strokes.widths, strokes.size)


def rasterise(
    points: Float[Array, "points 2"], pen: Bool[Array, " points"], widths: Float[Array, "*points"], size: int
) -> Float[Array, "{size} {size}"]:
    """One drawing's ink, 0 to 1, by the distance of each pixel's centre to the nearest line, softened over one pixel.

    widths: of the pen, one number, or one for each point, between which it changes evenly. Lines are taken a few at a
    time: the minimum over all at once would be computed one pixel at a time (on CPU 8 times slower, 70 times the
    memory)."""
    before = jnp.roll(points, 1, 0)
    way, far = points - before, jnp.where(pen, 0.0, 1e6)[:, None]  # where no line is, it is far off the page
    unit = way / jnp.maximum((way * way).sum(1, keepdims=True), 1e-6)
    halves = jnp.broadcast_to(widths / 2, pen.shape)
    lines = jnp.concatenate([before + far, way, unit, jnp.stack([jnp.roll(halves, 1), halves], 1)], 1)
    lines = jnp.pad(lines, ((0, -len(lines) % _UNROLLED), (0, 0)), mode="edge").reshape(-1, _UNROLLED, 8)
    centres = (jnp.arange(size, dtype=jnp.float32) + 0.5) * (CANVAS / size)

    def nearer(nearest: jax.Array, some: jax.Array) -> tuple[jax.Array, None]:
        x0, y0, dx, dy, ux, uy, start, stop = (some[:, i, None, None] for i in range(8))
        x, y = centres[None, None, :] - x0, centres[None, :, None] - y0
        along = jnp.clip(x * ux + y * uy, 0.0, 1.0)
        distances = (x - along * dx) ** 2 + (y - along * dy) ** 2
        if widths.ndim:
            distances = _root(distances) - (start + along * (stop - start))  # to the line's edge, not squared
        for distance in distances:
            nearest = jnp.minimum(nearest, distance)
        return nearest, None

    nearest, _ = jax.lax.scan(nearer, jnp.full((size, size), 1e12, jnp.float32), lines)
    edge = nearest if widths.ndim else _root(nearest) - widths / 2
    return jnp.clip(0.5 - edge * (size / CANVAS), 0.0, 1.0)


def _root(squared: jax.Array) -> jax.Array:
    """With a gradient at 0."""
    return jnp.sqrt(jnp.maximum(squared, 1e-12))


def bitmaps(strokes: Strokes) -> UInt8[np.ndarray, "drawings size size"]:
    """Packed drawings as they are, ink 255 on paper 0: what a view shows of them with all augmentation off."""
    images = np.empty((len(strokes.pen), strokes.size, strokes.size), np.uint8)
    for at in range(0, len(images), 4 * _BLOCK):
        rows = np.resize(np.arange(at, min(at + 4 * _BLOCK, len(images))), 4 * _BLOCK)  # one shape, one compilation
        drawn = _drawn(jax.tree.map(lambda part, rows=rows: part[rows], strokes))
        images[at : at + 4 * _BLOCK] = np.asarray(drawn)[: len(images) - at]
    return images


@jax.jit
def _drawn(strokes: Strokes) -> jax.Array:
    one = partial(rasterise, size=strokes.size)
    ink = jax.vmap(one)(strokes.points.astype(jnp.float32), strokes.pen, strokes.widths)
    return jnp.rint(ink * 255).astype(jnp.uint8)


# The doodles' bitmaps, bit for bit as they were first drawn: published numbers rest on them -------------------------


def draw(drawings: Sequence[Drawing], size: int) -> UInt8[np.ndarray, "drawings size size"]:
    """Anti-aliased bitmaps of size x size pixels, ink 255 on paper 0."""
    lines = [_segments(d) for d in drawings]
    order = np.argsort([len(s) for s in lines])  # blocks of like length waste little
    images = np.empty((len(lines), size, size), np.uint8)
    for at in range(0, len(lines), _BLOCK):
        rows = order[at : at + _BLOCK]
        longest = -(-len(lines[rows[-1]]) // 64) * 64  # few distinct shapes, few compilations
        block = np.stack([lines[row][np.arange(longest) % len(lines[row])] for row in np.resize(rows, _BLOCK)])
        widths = np.resize([float(drawings[row].width) for row in rows], _BLOCK).astype(np.float32)
        images[rows] = np.asarray(_rasterise(block, widths, size))[: len(rows)]
    return images


def _segments(drawing: Drawing) -> np.ndarray:
    """All segments (x0, y0, x1, y1) of a drawing, [n, 4]."""
    return np.concatenate([np.concatenate([s[:-1], s[1:]], 1) for s in _lines(drawing)]).astype(np.float32)


def _lines(drawing: Drawing) -> list[np.ndarray]:
    """Its strokes; a dot is a line of no length."""
    return [s if len(s) > 1 else s[[0, 0]] for s in drawing.strokes]


@partial(jax.jit, static_argnames="size")
def _rasterise(
    segments: Float[Array, "n lines 4"], widths: Float[Array, " n"], size: int
) -> UInt8[Array, "n size size"]:
    """Ink by the distance of each pixel's centre to the nearest segment, softened over one pixel."""
    centres = (jnp.arange(size, dtype=jnp.float32) + 0.5) * (CANVAS / size)
    x, y = centres[None, None, None, :], centres[None, None, :, None]
    x0, y0, x1, y1 = (segments[:, :, i, None, None] for i in range(4))
    dx, dy = x1 - x0, y1 - y0
    along = jnp.clip(((x - x0) * dx + (y - y0) * dy) / jnp.maximum(dx * dx + dy * dy, 1e-6), 0.0, 1.0)
    squared = (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2
    distance = jnp.sqrt(squared.min(1))
    ink = jnp.clip(0.5 + (widths[:, None, None] / 2 - distance) * (size / CANVAS), 0.0, 1.0)
    return jnp.rint(ink * 255).astype(jnp.uint8)
