"""Strokes become ink where they run, as wide as the pen, at any size."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.data import doodles
from sketchjax.data.simplify import _tolerances, simplify
from sketchjax.data.strokes import Drawing, bitmaps, draw, pack, rasterise
from tests.data.by_skia import rendered


def line(*points, width=16):
    return Drawing((np.array(points, np.uint8),), width)


@pytest.mark.parametrize("size", [16, 28, 64, 128])
def test_a_line_covers_its_length_times_its_width(size):
    image = draw([line((40, 128), (215, 128))], size)[0] / 255
    covered = image.sum() / size**2 * 255**2
    assert covered == pytest.approx(175 * 16 + np.pi * 8**2, rel=0.05)


def test_x_runs_right_and_y_runs_down():
    image = draw([line((0, 0), (255, 0))], 32)[0]
    assert image[0].min() > 0 and image[8:].max() == 0


def test_edges_are_soft_and_the_middle_is_black():
    image = draw([line((0, 100), (255, 120))], 64)[0]
    assert image.max() == 255
    assert ((image > 20) & (image < 235)).sum() > 30


def test_strokes_are_not_joined():
    apart = Drawing((np.array([[20, 20], [60, 20]], np.uint8), np.array([[20, 230], [60, 230]], np.uint8)), 8)
    assert draw([apart], 64)[0][20:44].max() == 0


def test_a_drawing_does_not_depend_on_its_neighbours():
    many = [line((10, 10), (200, 30 + i)) for i in range(70)] + [line(*[(i, 200 - i) for i in range(150)])]
    together = draw(many, 28)
    for index in (0, 69, 70):
        np.testing.assert_array_equal(draw([many[index]], 28)[0], together[index])


# Packed strokes ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def some():
    """60 doodles of 20 classes."""
    return [doodles.drawing(name, index) for name in doodles.NAMES[::4] for index in range(3)]


def textbook(drawing: Drawing, size: int) -> np.ndarray:
    """Each pixel's distance to each line by a loop in float64."""
    at, nearest = np.stack(np.meshgrid(*2 * [(np.arange(size) + 0.5) * 255 / size]), -1), np.inf
    for stroke in drawing.strokes:
        for start, end in zip(stroke[:-1].astype(float), stroke[1:].astype(float), strict=True):
            along = np.clip((at - start) @ (end - start) / max((end - start) @ (end - start), 1e-12), 0, 1)
            nearest = np.minimum(nearest, np.linalg.norm(at - start - along[..., None] * (end - start), axis=-1))
    return np.rint(255 * np.clip(0.5 + (drawing.width / 2 - nearest) * size / 255, 0, 1))


@pytest.mark.parametrize("size", [28, 64])
def test_ink_is_the_distance_to_the_nearest_line(some, size):
    packed = pack(some, size, 256)
    assert packed.points.shape[1] % 16 == 0 and packed.pen.sum() == sum(len(s) - 1 for d in some for s in d.strokes)
    off = np.abs(bitmaps(packed) - np.stack([textbook(drawing, size) for drawing in some]))
    assert off.max() <= 1 and (off > 0).mean() < 1e-4  # where float32 rounds the other way
    np.testing.assert_array_equal(draw(some, size), bitmaps(packed))


def test_strokes_are_gathered_and_zeros_are_empty_pages(some):
    packed = pack(some, 28)
    rows = np.array([7, 3, 3])
    np.testing.assert_array_equal(bitmaps(jax.tree.map(lambda a: a[rows], packed)), bitmaps(packed)[rows])
    assert bitmaps(jax.tree.map(np.zeros_like, packed)).max() == 0


def test_a_dot_is_drawn():
    dot = Drawing((np.array([[128, 128]], np.uint8), np.array([[20, 20], [20, 60]], np.uint8)), 20)
    for image in (draw([dot], 32)[0], bitmaps(pack([dot], 32))[0]):
        assert image[16, 16] == 255 and image[12:20, 12:20].sum() / 255 == pytest.approx(np.pi * (10 / 8) ** 2, rel=0.1)


def test_a_pen_may_vary_along_the_way():
    points = jnp.array([[40.0, 128.0], [215.0, 128.0]])
    wedge = np.asarray(rasterise(points, jnp.array([False, True]), jnp.array([4.0, 40.0]), 64))
    thickness = wedge.sum(0)[[12, 32, 52]] * 255 / 64
    np.testing.assert_allclose(thickness, 4 + 36 * (np.array([12.5, 32.5, 52.5]) * 255 / 64 - 40) / 175, atol=1)
    one = rasterise(points, jnp.array([False, True]), jnp.float32(10), 64)
    np.testing.assert_allclose(rasterise(points, jnp.array([False, True]), jnp.full(2, 10.0), 64), one, atol=1e-4)


def test_the_rasteriser_has_a_gradient():
    points, pen = jnp.array([[40.0, 100.0], [215.0, 128.0]]), jnp.array([False, True])
    slope = jax.jit(jax.grad(lambda p: rasterise(p, pen, jnp.float32(10), 16).sum()))(points)
    assert np.isfinite(slope).all() and np.abs(slope).max() > 0


def test_memory_does_not_grow_with_the_points(some):
    """All lines at once would need [drawings, points, 28, 28] floats."""
    need = []
    for longest in (16, 128):
        packed = pack(some, 28, longest)
        program = jax.jit(jax.vmap(lambda p, pen, w: rasterise(p, pen, w, 28)))
        compiled = program.lower(packed.points.astype(np.float32), packed.pen, packed.widths).compile()
        need.append(compiled.memory_analysis().temp_size_in_bytes)
    assert need[1] - need[0] < 0.1 * len(some) * 128 * 28 * 28 * 4


# Simplified drawings -------------------------------------------------------------------------------------------------


def wave(points: int, noise: float = 0.0) -> np.ndarray:
    x = np.linspace(10, 240, points)
    bumps = noise * np.random.default_rng(0).standard_normal(points)
    return np.rint(np.stack([x, 128 + 60 * np.sin(x / 30) + bumps], 1)).astype(np.uint8)


def test_a_long_drawing_is_simplified_until_it_fits():
    long = Drawing((wave(300), wave(200)[:, ::-1]), 10)
    packed = pack([long], 28, 64)
    assert packed.points.shape[1] == 64
    assert np.abs(bitmaps(packed).astype(int) - draw([long], 28)).mean() / 255 < 0.01
    for stroke, short in zip(long.strokes, simplify([long.strokes], 64)[0], strict=True):
        assert {tuple(p) for p in short} <= {tuple(p) for p in stroke}  # its own points, and its ends
        np.testing.assert_array_equal(short[[0, -1]], stroke[[0, -1]])


def test_keeping_every_nth_point_would_be_worse():
    """Negative control: what the rule is for."""
    long = Drawing((wave(240, noise=8),), 10)
    true = draw([long], 28).astype(int)
    thinned = Drawing((long.strokes[0][:: 240 // 32],), 10)
    error, naive = (np.abs(images - true).mean() for images in (bitmaps(pack([long], 28, 32)), draw([thinned], 28)))
    assert error < 0.8 * naive


def test_a_drawing_that_fits_is_left_alone_and_one_of_too_many_strokes_keeps_the_longest(some):
    strokes = some[0].strokes
    assert simplify([strokes], 512)[0] is strokes
    many = [np.array([[0, at], [at, at]], np.uint8) for at in range(100)]
    left = simplify([many], 32)[0]
    assert [int(s[1, 0]) for s in left] == list(range(84, 100))


@pytest.mark.parametrize("most", [32, 64, 128])
def test_all_lines_split_at_once_are_douglas_and_peuckers(some, most):
    """The textbook's recursion keeps the same points at the tolerance that the rule stopped at."""

    def textbook(points: np.ndarray, tolerance: float) -> np.ndarray:
        chord, reach = points[-1] - points[0], points[1:-1] - points[0]
        if not len(reach):
            return points
        share = np.clip(reach @ chord / max(chord @ chord, 1e-9), 0, 1)
        distances = np.hypot(*(reach - share[:, None] * chord).T)
        at = int(distances.argmax()) + 1
        if distances[at - 1] < tolerance:
            return points[[0, -1]]
        return np.concatenate([textbook(points[: at + 1], tolerance)[:-1], textbook(points[at:], tolerance)])

    for drawing in some[:10]:
        ranks = np.split(_tolerances(drawing.strokes), np.cumsum([len(s) for s in drawing.strokes])[:-1])
        for stroke, rank in zip(drawing.strokes, ranks, strict=True):
            for tolerance in np.unique(rank[np.isfinite(rank) & (rank > 0)])[::5]:
                np.testing.assert_array_equal(stroke[rank >= tolerance], textbook(stroke.astype(float), tolerance))


# Against Skia --------------------------------------------------------------------------------------------------------
# A pixel's ink is its covered area; ours is its centre's distance to the edge, softened over one pixel. Of a straight
# edge through a pixel the two differ by at most (sqrt(2) - 1)^2 / 4 = 0.0429, at 45 degrees; a line has two edges, and
# one thinner than a pixel is (1 - width) / 2 too dark in its middle.
_EDGE = (np.sqrt(2) - 1) ** 2 / 4


@pytest.mark.parametrize("size", [28, 64])
def test_a_line_is_the_area_it_covers(size):
    """Pixel by pixel, at any angle. (Skia is up to 0.10 off here: it looks at four rows a pixel.)"""
    thick, fine = 3 * 255 / size, 32  # both edges lie in different pixels
    at = (np.arange(size * fine) + 0.5) * (255 / size / fine)
    for turn in np.radians(np.arange(0, 180, 11.25)):
        way = np.array([np.cos(turn), np.sin(turn)])
        apart = np.abs((at[None, :] - 127.5) * way[1] - (at[:, None] - 127.5) * way[0])
        area = (apart < thick / 2).reshape(size, fine, size, fine).mean((1, 3))
        points = jnp.asarray(127.5 + np.outer([-400, 400], way), jnp.float32)  # off the page: no caps
        ours = np.asarray(rasterise(points, jnp.array([False, True]), jnp.float32(thick), size))
        assert np.abs(ours - area).max() < _EDGE + 1 / fine


@pytest.mark.parametrize("size", [28, 64])
def test_drawings_are_skias(some, size):
    """Mean absolute difference within the bound above on the pixels that an edge touches, and far from a shift's."""
    pytest.importorskip("skia")
    ours = bitmaps(pack(some, size, 256)) / 255
    skias = np.stack([rendered(drawing, size) for drawing in some])
    touched = (((ours > 0) & (ours < 1)) | ((skias > 0) & (skias < 1))).mean((1, 2))
    thin = np.array([max(0.0, 1 - d.width * size / 255) / 2 for d in some])
    error, bound = np.abs(ours - skias).mean((1, 2)), (touched * (2 * _EDGE + thin)).mean()
    assert error.mean() < bound
    shifted = np.abs(np.roll(ours, 1, 2) - skias).mean((1, 2))  # negative control: by one pixel
    assert shifted.mean() > 2 * bound and (shifted > 2 * error).all()
