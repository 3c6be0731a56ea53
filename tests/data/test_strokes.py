"""Strokes become ink where they run, as wide as the pen, at any size."""

import numpy as np
import pytest

from sketchjax.data.strokes import Drawing, draw


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
