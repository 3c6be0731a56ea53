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
_BLOCK = 256  # drawings rasterised at once
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


def draw(drawings: Sequence[Drawing], size: int) -> UInt8[np.ndarray, "drawings size size"]:
    """Anti-aliased bitmaps of size x size pixels, ink 255 on paper 0, of all points of the drawings."""
    return bitmaps(pack(drawings, size, 1 << 20))


def bitmaps(strokes: Strokes) -> UInt8[np.ndarray, "drawings size size"]:
    """Packed drawings as they are, ink 255 on paper 0: what a view shows of them with all augmentation off."""
    images = np.empty((len(strokes.pen), strokes.size, strokes.size), np.uint8)
    for at in range(0, len(images), _BLOCK):
        rows = np.resize(np.arange(at, min(at + _BLOCK, len(images))), _BLOCK)  # one shape, one compilation
        drawn = _drawn(jax.tree.map(lambda part, rows=rows: part[rows], strokes))
        images[at : at + _BLOCK] = np.asarray(drawn)[: len(images) - at]
    return images


@jax.jit
def _drawn(strokes: Strokes) -> jax.Array:
    one = partial(rasterise, size=strokes.size)
    ink = jax.vmap(one)(strokes.points.astype(jnp.float32), strokes.pen, strokes.widths)
    return jnp.rint(ink * 255).astype(jnp.uint8)


def _lines(drawing: Drawing) -> list[np.ndarray]:
    """Its strokes; a dot is a line of no length."""
    return [s if len(s) > 1 else s[[0, 0]] for s in drawing.strokes]
