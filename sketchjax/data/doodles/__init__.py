"""The embedded drawings: 80 everyday things, each a short program of pen strokes. No files, no download."""

import zlib
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from sketchjax.data import strokes
from sketchjax.data.doodles import belongings, creatures, household, outdoors
from sketchjax.data.doodles.pen import Pen

PER_CLASS = 100
DIGEST = "f7936dfaa6c75991"  # of every stroke of every class; tests/data/test_doodles.py recomputes it
_PROGRAMS = {p.__name__: p for m in (outdoors, creatures, household, belongings) for p in m.PROGRAMS}
NAMES = tuple(sorted(_PROGRAMS))


def drawing(name: str, index: int) -> strokes.Drawing:
    """Drawing number index of a class: the same on every machine, whatever else is drawn."""
    pen = Pen(np.random.default_rng([zlib.crc32(name.encode()), index]))
    _PROGRAMS[name](pen)
    return pen.finish()


def drawings(names: Sequence[str]) -> list[strokes.Drawing]:
    """PER_CLASS drawings of each class, one class after the other."""
    return [drawing(name, index) for name in names for index in range(PER_CLASS)]


def draw_classes(names: Sequence[str], size: int) -> UInt8[np.ndarray, "drawings {size} {size}"]:
    """Their bitmaps, ink 255 on paper 0."""
    return strokes.draw(drawings(names), size)
