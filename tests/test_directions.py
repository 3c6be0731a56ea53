"""What an encoder tells drawings apart by."""

import numpy as np
import pytest

from launch.directions import directions, measures


@pytest.fixture(scope="module")
def drawings():
    """600 pages of 16 px, each with one bar somewhere."""
    rng = np.random.default_rng(0)
    pages = np.zeros((600, 16, 16), np.uint8)
    for page in pages:
        top, left, high, wide = rng.integers(1, 8, 4)
        page[top : top + high, left : left + wide] = rng.integers(50, 256)
    return pages


def test_measures_of_a_bar():
    page = np.zeros((1, 8, 8), np.uint8)
    page[0, 2:4, 1:7] = 255
    np.testing.assert_allclose(measures(page)[0], [12, 12, 3.5, 3**0.5, 2.5, 3**-0.5, np.log(3)])


def test_the_amount_and_the_shape_of_the_ink_are_found_and_noise_is_not(drawings):
    """Three directions of falling length: two made of ink, one of nothing that is on the page."""
    known, rng = measures(drawings), np.random.default_rng(1)
    known = (known - known.mean(0)) / known.std(0)
    ink, aspect = known[:, 0], known[:, 6]
    made = np.stack([3 * ink, 2 * (aspect - ink * (ink @ aspect) / 600), rng.normal(size=600)], 1)
    h = made @ np.linalg.qr(rng.normal(size=(8, 8)))[0][:3]
    rank, ((first, fits), (second, fits_too), (third, does_not), *_) = directions(h, drawings)
    assert first > second > third > 0.05 and 2 < rank < 3
    assert fits > 0.98 and fits_too > 0.98 and does_not < 0.1
