"""Moves of the pen: what is off changes nothing, what is on does what it says and leaves at least half of the ink."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.data import doodles
from sketchjax.data.augment import views_of
from sketchjax.data.pen_moves import moved
from sketchjax.data.strokes import MOST, Drawing, Strokes, bitmaps, lengthened, pack
from tests.data.test_augment import OFF

MOVES = {
    "smooth": {"smooth": 0.8},
    "jitter": {"jitter": 0.01},
    "cut_ends": {"cut_ends": 0.3},
    "drop_strokes": {"drop_strokes": 0.3},
    "unfinished": {"unfinished": 0.6},
    "pen_width": {"pen_width": 0.4},
    "pen_vary": {"pen_vary": 0.4},
}
ALL = {name: strength for move in MOVES.values() for name, strength in move.items()}
LINES = ([(20, 20), (120, 20), (120, 120)], [(40, 200), (200, 200)], [(220, 40)], [(230, 100), (230, 180)])


@pytest.fixture(scope="module")
def packed() -> Strokes:
    """32 doodles of 16 classes, a lone dot and a drawing of LINES."""
    some = [doodles.drawing(name, index) for name in doodles.NAMES[::5] for index in range(2)]
    lines = Drawing(tuple(np.array(line, np.uint8) for line in LINES), 10)
    return pack([*some, Drawing((np.array([[128, 128]], np.uint8),), 10), lines], 28)


def paths(packed: Strokes, number: int = 0, **strengths: float) -> tuple[np.ndarray, ...]:
    """(points, pen, widths) of each drawing, moved."""
    keys = jax.random.split(jax.random.key(number), len(packed.pen))
    augment = dataclasses.replace(OFF, **strengths)
    move = jax.jit(jax.vmap(lambda p, pen, w, k: moved(p, pen, w, k, augment)))
    return tuple(map(np.asarray, move(packed.points.astype(np.float32), packed.pen, packed.widths, keys)))


def lengths(points: np.ndarray, pen: np.ndarray) -> np.ndarray:
    """Of each line, 0 where there is none."""
    steps = np.linalg.norm(points - np.roll(points, 1, 1).astype(np.float32), axis=2)
    return np.where(pen, steps, 0)


def strokes_of(pen: np.ndarray) -> list[list[int]]:
    """The rows of points that each stroke of one drawing has."""
    found: list[list[int]] = []
    for at in np.flatnonzero(pen):
        if pen[at - 1] and found:
            found[-1].append(int(at))
        else:
            found.append([int(at) - 1, int(at)])
    return found


def test_all_off_is_the_path_itself(packed):
    points, pen, widths = paths(packed)
    np.testing.assert_array_equal(points, packed.points)
    np.testing.assert_array_equal(pen, packed.pen)
    np.testing.assert_array_equal(widths, packed.widths)


def test_unmoved_views_are_the_bitmaps(packed):
    """So a bitmap operation does the same to both, with the same numbers: only a rounding of 1/255 lies between."""
    rows = jnp.arange(len(packed.pen), dtype=jnp.int32)
    program = jax.jit(lambda pages: views_of(pages, rows, jax.random.key(3), dataclasses.replace(OFF, rotate=15.0)))
    np.testing.assert_allclose(program(packed), program(bitmaps(packed)), atol=0.004)
    assert np.abs(np.asarray(program(packed)) - np.asarray(program(np.roll(bitmaps(packed), 1, 2)))).max() > 0.5


@pytest.mark.parametrize("name", [*(pytest.param(name, marks=pytest.mark.slow) for name in MOVES), "everything"])
def test_a_move_changes_views_and_the_two_differ_and_half_the_ink_stays(packed, name):
    strengths = MOVES.get(name, ALL)
    rows = jnp.arange(len(packed.pen), dtype=jnp.int32)
    augment = dataclasses.replace(OFF, **strengths)
    views = np.asarray(jax.jit(lambda pages: views_of(pages, rows, jax.random.key(0), augment, 4))(packed))
    still = bitmaps(packed)[:, None] / 255
    assert views.min() >= 0 and views.max() <= 1 and np.isfinite(views).all()
    assert (np.abs(views - still).max((2, 3)) > 0.1).mean() > 0.4
    assert (np.abs(views[:, 0] - views[:, 1]).max((1, 2)) > 0.1).mean() > 0.4
    kept = views.sum((2, 3)) / still.sum((2, 3))
    thinner = strengths.keys() & {"pen_width", "pen_vary"}  # of a dot, a pen of 0.6 the width draws 0.36
    assert kept.min() > (0.25 if thinner else 0.45)


@pytest.mark.parametrize("name", ["cut_ends", "drop_strokes", "unfinished"])
def test_strong_erasing_still_leaves_half_of_the_lines(packed, name):
    """Negative control: without the rule, so strong a move leaves less of many drawings."""
    whole = lengths(packed.points.astype(np.float32), packed.pen).sum(1) + packed.widths
    moves = [paths(packed, n, **{name: 1.0})[:2] for n in range(3)]
    fewest = np.min([lengths(*move).sum(1) for move in moves], 0)
    assert all(pen.any(1).all() for _, pen in moves) and (fewest >= 0.4 * whole - packed.widths * 14).all()
    if name == "drop_strokes":
        gone = np.random.default_rng(0).random(packed.pen.shape) < 0.7
        assert (lengths(packed.points.astype(np.float32), packed.pen & ~gone).sum(1) < 0.4 * whole).any()


def test_dropped_strokes_are_whole_strokes(packed):
    points, pen, _ = paths(packed, 1, drop_strokes=0.4)
    np.testing.assert_array_equal(points, packed.points)
    gone = 0
    for before, after in zip(packed.pen, pen, strict=True):
        left = strokes_of(after)
        assert all(stroke in strokes_of(before) for stroke in left)
        gone += len(strokes_of(before)) - len(left)
    assert 0.1 < gone / sum(len(strokes_of(p)) for p in packed.pen) < 0.4


def test_an_unfinished_drawing_is_its_first_strokes(packed):
    _, pen, _ = paths(packed, 2, unfinished=0.9)
    shares = []
    for before, after in zip(packed.pen, pen, strict=True):
        left = strokes_of(after)
        assert left == strokes_of(before)[: len(left)] and left
        shares.append(len(left) / len(strokes_of(before)))
    assert min(shares) < 0.5 and max(shares) == 1


def test_cut_ends_shorten_strokes_from_their_ends(packed):
    points, pen, _ = paths(packed, 3, cut_ends=0.4)
    start = packed.points.astype(np.float32)
    shares = []
    for row in range(len(pen)):
        before, after = strokes_of(packed.pen[row]), strokes_of(pen[row])
        assert len(before) == len(after)
        for whole, left in zip(before, after, strict=True):
            assert set(left) <= set(whole)
            np.testing.assert_array_equal(points[row, left[1:-1]], start[row, left[1:-1]])  # inner points stay
            length = [
                np.linalg.norm(np.diff(p[row, at], axis=0), axis=1).sum() for p, at in ((start, whole), (points, left))
            ]
            shares.append(length[1] / max(length[0], 1e-6) if length[0] else 1.0)
    assert min(shares) > 0.599 and max(shares) <= 1.0001 and np.mean(shares) == pytest.approx(0.8, abs=0.05)
    for at in (1, 3):  # of LINES, the straight ones: a cut end lies on its line
        stroke = strokes_of(pen[-1])[at]
        assert np.ptp(points[-1, stroke], axis=0).min() == 0


def test_smoothing_shortens_and_spares_the_ends(packed):
    points, _, _ = paths(packed, 4, smooth=1.0)
    before, after = (lengths(p.astype(np.float32), packed.pen).sum(1) for p in (packed.points, points))
    assert (after <= before + 1e-3).all() and after.sum() < 0.99 * before.sum()
    ends = ~(packed.pen & np.roll(packed.pen, -1, 1))
    np.testing.assert_array_equal(points[ends], packed.points[ends])


def test_jitter_has_its_deviation_and_is_smooth(packed):
    points, _, _ = paths(packed, 5, jitter=0.02)
    pushes = points - packed.points
    assert pushes.std() == pytest.approx(0.02 * 255, rel=0.05)
    assert np.abs(pushes.mean()) < 0.2
    assert (pushes[:, 1:] * pushes[:, :-1]).mean() > 0.5 * pushes.var()


def test_the_pen_widens_and_thins(packed):
    _, _, widths = paths(packed, 6, pen_width=0.4)
    change = widths / packed.widths
    assert change.min() > 0.59 and change.max() < 1.41 and np.ptp(change) > 0.6
    _, _, along = paths(packed, 6, pen_vary=0.4)
    change = along / packed.widths[:, None]
    assert along.shape == packed.pen.shape and change.min() > 0.59 and change.max() < 1.41
    assert np.ptp(change[:32], axis=1).min() > 0.2


def test_a_view_depends_on_seed_and_row_only(packed):
    """Bit for bit: the same drawings in another order, in the same program."""
    augment = dataclasses.replace(OFF, **ALL)
    program = jax.jit(lambda pages, rows: views_of(pages, rows, jax.random.key(0), augment))
    rows = np.arange(len(packed.pen), dtype=np.int32)
    turned = np.roll(rows, 5)
    whole = np.asarray(program(packed, rows))
    again = program(jax.tree.map(lambda a: a[turned], packed), turned)
    np.testing.assert_array_equal(again, whole[turned])
    assert np.abs(np.asarray(program(packed, turned)) - whole).max() > 0.1


def test_empty_pages_stay_empty(packed):
    empty = jax.tree.map(np.zeros_like, packed)
    points, pen, widths = paths(empty, 0, **ALL)
    assert not pen.any() and np.isfinite(points).all() and np.isfinite(widths).all()
    assert bitmaps(empty).max() == 0


def test_padding_changes_no_view():
    """So that a drawing's views do not depend on how long the longest of its set is."""
    short = Drawing(tuple(np.array(line, np.uint8) for line in LINES), 10)
    few, rows = pack([short] * 4, 28), jnp.arange(4, dtype=jnp.int32)
    assert few.pen.shape[1] < MOST
    program = jax.jit(lambda pages: views_of(pages, rows, jax.random.key(0), dataclasses.replace(OFF, **ALL)))
    np.testing.assert_allclose(program(few), program(lengthened(few, MOST)), atol=1e-4)
