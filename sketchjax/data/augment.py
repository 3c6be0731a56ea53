"""One sketch -> one view, on the device. Ink is 1, paper is 0, and whatever comes from outside the page is paper."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.ndimage import map_coordinates
from jaxtyping import Array, Float, Int32, Key, UInt8

from sketchjax.config import Augment
from sketchjax.data.chance import numbers
from sketchjax.data.pen_moves import KEEP, moved
from sketchjax.data.strokes import Strokes, rasterise

_GRID = {"elastic": 5, "stroke_dropout": 7}  # control points a side of the two smooth random fields
_DRAWS = {
    "flip": (2,),
    "affine": (5,),
    "crop": (4,),
    "elastic": (2, _GRID["elastic"], _GRID["elastic"]),
    "thickness": (),
    "stroke_dropout": (1 + _GRID["stroke_dropout"] ** 2,),
    "patches": (8, 3),
    "blur": (),
    "intensity": (),
}


def views_of(
    pages: UInt8[Array, "n size size"] | Strokes,
    rows: Int32[Array, " n"],
    key: Key[Array, ""],
    augment: Augment,
    count: int = 2,
) -> Float[Array, "n count size size"]:
    """Views of each drawing, a bitmap or strokes. A view depends on (key, row, its number) only, not on its neighbours
    or its device; what moves bitmaps moves both alike."""

    def view(page: Any, row: jax.Array, number: jax.Array) -> jax.Array:
        own = jax.random.fold_in(jax.random.fold_in(key, row), number)
        return view_of(_drawn(page, own, augment) if isinstance(page, Strokes) else page, own, augment)

    drawings = pages if isinstance(pages, Strokes) else pages.astype(jnp.float32) / 255
    both = jax.vmap(view, (None, None, 0))
    return jax.vmap(both, (0, 0, None))(drawings, rows, jnp.arange(count))


def _drawn(page: Strokes, key: Key[Array, ""], augment: Augment) -> jax.Array:
    """One drawing's strokes, moved by numbers of their own and drawn."""
    own = jax.random.fold_in(key, 1)
    points, pen, widths = moved(page.points.astype(jnp.float32), page.pen, page.widths, own, augment)
    return rasterise(points, pen, widths, page.size)


def view_of(image: Float[Array, "size size"], key: Key[Array, ""], augment: Augment) -> Float[Array, "size size"]:
    """One view. An operation whose strength is 0 is not compiled."""
    chance = numbers(key, _DRAWS)
    view = _warp(image, chance, augment)
    if augment.thickness:
        view = _thickness(view, (2 * chance["thickness"] - 1) * augment.thickness * len(image), augment, len(image))
    kept = view
    if augment.stroke_dropout:
        kept = kept * _blobs(chance["stroke_dropout"], augment.stroke_dropout, len(image))
    if augment.patches:
        kept = kept * _patches(chance["patches"][: augment.patches], augment.patch_size, len(image))
    view = jnp.where(kept.sum() >= KEEP * view.sum(), kept, view)
    if augment.blur:
        view = _blur(view, chance["blur"] * augment.blur * len(image))
    if augment.intensity:
        view = view * (1 - chance["intensity"] * augment.intensity)
    return view


def _warp(image: jax.Array, chance: dict[str, jax.Array], augment: Augment) -> jax.Array:
    """Mirror, crop, affine and elastic in one bilinear reading of the page."""
    size = len(image)
    line = (jnp.arange(size, dtype=jnp.float32) + 0.5) * (2 / size) - 1
    y, x = jnp.meshgrid(line, line, indexing="ij")  # of the view, -1 to 1
    if augment.crop:
        area, aspect, left, top = chance["crop"]
        area, aspect = 1 - augment.crop * area, jnp.exp((2 * aspect - 1) * jnp.log(4 / 3))
        wide, high = jnp.minimum(jnp.sqrt(area * aspect), 1), jnp.minimum(jnp.sqrt(area / aspect), 1)
        x, y = x * wide + (2 * left - 1) * (1 - wide), y * high + (2 * top - 1) * (1 - high)
    mirror = jnp.where(chance["flip"] < jnp.array([augment.flip, augment.upside_down]), -1.0, 1.0)
    turn, zoom, slope, right, down = 2 * chance["affine"] - 1
    turn, slope, zoom = turn * np.deg2rad(augment.rotate), slope * augment.shear, 1 + zoom * augment.scale
    x, y = (x + slope * y) * zoom, y * zoom
    x, y = jnp.cos(turn) * x - jnp.sin(turn) * y, jnp.sin(turn) * x + jnp.cos(turn) * y
    x, y = mirror[0] * x + 2 * augment.translate * right, mirror[1] * y + 2 * augment.translate * down
    if augment.elastic:  # the standard deviation of a uniform number on -1 to 1 is 1 / sqrt(3)
        push = (2 * chance["elastic"] - 1) * (2 * augment.elastic * np.sqrt(3.0).astype(np.float32))
        push = jax.image.resize(push, (2, size, size), "cubic")
        x, y = x + push[0], y + push[1]
    return map_coordinates(image, [(y + 1) * (size / 2) - 0.5, (x + 1) * (size / 2) - 0.5], order=1, cval=0.0)


def _thickness(view: jax.Array, pixels: jax.Array, augment: Augment, size: int) -> jax.Array:
    """Grows the ink by so many pixels, or (negative) thins it: a ridge keeps its ink, so the finest line survives."""
    for ring in range(int(np.ceil(augment.thickness * size))):
        amount = jnp.clip(jnp.abs(pixels) - ring, 0, 1)
        thick = _dilate(view)
        thin = view * view / jnp.maximum(thick, 1e-6)
        view = view + amount * (jnp.where(pixels > 0, thick, thin) - view)
    return view


def _dilate(view: jax.Array) -> jax.Array:
    """The largest of the 3 x 3 neighbourhood, along columns, then along rows. Written with shifts and maximum, XLA CPU
    fuses the warp into each of nine readings and computes it as often: 5 times slower at 28 px, 20 times at 64."""
    for window in ((3, 1), (1, 3)):
        view = jax.lax.reduce_window(view, -jnp.inf, jax.lax.max, window, (1, 1), "SAME")
    return view


def _blobs(numbers: jax.Array, share: float, size: int) -> jax.Array:
    """A mask whose smooth holes cover up to `share` of the page: strokes end there as if the pen had been lifted."""
    grid = _GRID["stroke_dropout"]
    field = jax.image.resize(2 * numbers[1:].reshape(grid, grid) - 1, (size, size), "cubic")
    level = jax.scipy.special.ndtri(jnp.maximum(numbers[0] * share, 1e-6)) * 0.5  # the field's deviation is about 0.5
    return jnp.clip((field - level) * (size / 2) + 0.5, 0, 1)


def _patches(numbers: jax.Array, side: float, size: int) -> jax.Array:
    """A mask with one square hole for each (centre x, centre y, side) in numbers."""
    line = (jnp.arange(size, dtype=jnp.float32) + 0.5) / size
    half = numbers[:, 2, None] * (side / 2)
    inside_x, inside_y = (jnp.abs(line[None] - numbers[:, i, None]) < half for i in (0, 1))
    return 1.0 - (inside_y[:, :, None] & inside_x[:, None, :]).any(0).astype(jnp.float32)


def _blur(view: jax.Array, deviation: jax.Array) -> jax.Array:
    """Gaussian, as one matrix for rows and columns."""
    at = jnp.arange(len(view), dtype=jnp.float32)
    weights = jnp.exp(-0.5 * ((at[:, None] - at[None, :]) / jnp.maximum(deviation, 0.1)) ** 2)
    weights = weights / weights.sum(1, keepdims=True)
    return weights @ view @ weights.T
