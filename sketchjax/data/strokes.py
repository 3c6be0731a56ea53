"""Drawings as pen strokes, and strokes as bitmaps."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

CANVAS = 255  # strokes live on a grid of 0 to 255, x right and y down, as QuickDraw's "simplified" drawings do
_BLOCK = 64  # drawings rasterised at once


class Drawing(NamedTuple):
    """One drawing: its strokes in the order they were made, each uint8 points [n, 2], and the pen's width."""

    strokes: tuple[np.ndarray, ...]
    width: int  # in canvas units


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
    return np.concatenate([np.concatenate([s[:-1], s[1:]], 1) for s in drawing.strokes]).astype(np.float32)


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
