"""Views: what is off changes nothing, what is on keeps the ink and the paper."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from sketchjax.config import Augment, Data
from sketchjax.data import doodles
from sketchjax.data.augment import _DRAWS, view_of, views_of
from sketchjax.data.chance import numbers
from sketchjax.data.likeness import ink_kept
from sketchjax.data.sources import open_source
from tests.conftest import SHARED, needs

OFF = Augment(**{name: type(strength)(0) for name, strength in dataclasses.asdict(Augment()).items()})
OPERATIONS = {
    "flip": {"flip": 1.0},
    "upside down": {"upside_down": 1.0},
    "rotate": {"rotate": 15.0},
    "scale": {"scale": 0.15},
    "shear": {"shear": 0.2},
    "translate": {"translate": 0.08},
    "crop": {"crop": 0.4},
    "elastic": {"elastic": 0.02},
    "thickness": {"thickness": 0.02},
    "patches": {"patches": 1, "patch_size": 0.3},
    "stroke_dropout": {"stroke_dropout": 0.2},
    "blur": {"blur": 0.05},
    "intensity": {"intensity": 0.3},
    "everything": dataclasses.asdict(Augment()),
}


def views(images, augment, seed=0):
    rows = jnp.arange(len(images), dtype=jnp.int32)
    return np.asarray(jax.jit(lambda i: views_of(i, rows, jax.random.key(seed), augment))(images))


def test_all_off_is_the_drawing_itself(images):
    for view in np.moveaxis(views(images, OFF), 1, 0):
        np.testing.assert_allclose(view, images / 255, atol=1e-5)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_changes_views_and_the_two_differ(images, operation):
    changed = views(images, dataclasses.replace(OFF, **OPERATIONS[operation]))
    assert changed.min() >= 0 and changed.max() <= 1 + 1e-5
    assert np.abs(changed - images[:, None] / 255).max() > 0.1
    mirrored_always = operation in ("flip", "upside down")
    assert (np.abs(changed[:, 0] - changed[:, 1]).max() > 0.1) != mirrored_always


def test_mirrors_are_mirrors(images):
    flipped = views(images, dataclasses.replace(OFF, flip=1.0))[:, 0]
    np.testing.assert_allclose(flipped, images[:, :, ::-1] / 255, atol=1e-5)
    turned = views(images, dataclasses.replace(OFF, upside_down=1.0))[:, 0]
    np.testing.assert_allclose(turned, images[:, ::-1] / 255, atol=1e-5)


def by_the_book(image: np.ndarray, key: jax.Array, augment: Augment) -> np.ndarray:
    """The warp as matrices in float64, read by SciPy; the elastic field enlarged by Pillow."""
    chance = {name: np.asarray(drawn, np.float64) for name, drawn in numbers(key, _DRAWS).items()}
    size, (area, aspect, left, top) = len(image), chance["crop"]
    area, aspect = 1 - augment.crop * area, (4 / 3) ** (2 * aspect - 1)
    wide, high = min(np.sqrt(area * aspect), 1), min(np.sqrt(area / aspect), 1)
    crop = [[wide, 0, (2 * left - 1) * (1 - wide)], [0, high, (2 * top - 1) * (1 - high)], [0, 0, 1]]
    turn, zoom, slope, right, down = 2 * chance["affine"] - 1
    turn, zoom = np.radians(turn * augment.rotate), 1 + zoom * augment.scale
    shear = [[zoom, zoom * slope * augment.shear, 0], [0, zoom, 0], [0, 0, 1]]
    rotation = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    x, y = np.where(chance["flip"] < [augment.flip, augment.upside_down], -1, 1)
    last = [[x, 0, 2 * augment.translate * right], [0, y, 2 * augment.translate * down], [0, 0, 1]]
    line = (np.arange(size) + 0.5) * 2 / size - 1
    page = np.stack([*np.meshgrid(line, line), np.ones((size, size))]).reshape(3, -1)
    at = (np.array(last) @ rotation @ shear @ crop @ page)[:2].reshape(2, size, size)
    push = (2 * augment.elastic * np.sqrt(3) * (2 * chance["elastic"] - 1)).astype(np.float32)
    at += [Image.fromarray(field).resize((size, size), Image.Resampling.BICUBIC) for field in push]
    return ndimage.map_coordinates(image, (at[::-1] + 1) * size / 2 - 0.5, order=1, cval=0.0, mode="grid-constant")


@pytest.mark.parametrize("size", [28, 64])
def test_one_reading_of_the_page_is_crop_shear_turn_mirror_and_elastic(size):
    off = {"thickness": 0.0, "patches": 0, "stroke_dropout": 0.0, "blur": 0.0, "intensity": 0.0}
    warps = dataclasses.replace(Augment(), upside_down=0.5, **off)
    drawings, keys = doodles.draw_classes(doodles.NAMES[::40], size)[::5] / 255, jax.random.split(jax.random.key(0), 40)
    found = jax.jit(jax.vmap(lambda image, key: view_of(image, key, warps)))(drawings.astype(np.float32), keys)
    expected = np.stack([by_the_book(image, key, warps) for image, key in zip(drawings, keys, strict=True)])
    assert np.abs(found - expected).max() < 2e-5
    assert np.abs(found - np.roll(expected, 1, 0)).max() > 0.9  # another drawing's


def test_a_view_depends_on_seed_and_row_only(images):
    """Bit for bit: the same drawings in another order, in the same program."""
    program = jax.jit(lambda i, rows, key: views_of(i, rows, key, Augment()))
    rows = jnp.arange(64, dtype=jnp.int32)
    turned = jnp.roll(rows, 5)
    whole = np.asarray(program(images, rows, jax.random.key(0)))
    np.testing.assert_array_equal(program(images[turned], turned, jax.random.key(0)), whole[turned])
    assert np.abs(np.asarray(program(images, rows, jax.random.key(1))) - whole).max() > 0.1
    assert np.abs(np.asarray(program(images, turned, jax.random.key(0))) - whole).max() > 0.1


def test_strength_zero_leaves_the_other_operations_their_numbers(images):
    """Switching blur off must not move the rotation."""
    with_blur = views(images, dataclasses.replace(OFF, rotate=15.0, blur=1e-6))
    np.testing.assert_allclose(views(images, dataclasses.replace(OFF, rotate=15.0)), with_blur, atol=1e-5)


def test_what_comes_from_outside_is_paper():
    full = jnp.ones((16, 16))
    shrunk = dataclasses.replace(OFF, translate=0.4, rotate=45.0)
    found = jax.vmap(lambda k: view_of(full, k, shrunk))(jax.random.split(jax.random.key(0), 32))
    corners = np.asarray(found)[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.min() == 0 and (corners < 0.01).mean() > 0.4


def test_thinning_keeps_the_finest_line():
    line = jnp.zeros((28, 28)).at[14, 4:24].set(1.0)
    thin = dataclasses.replace(OFF, thickness=0.1)
    found = jax.vmap(lambda k: view_of(line, k, thin))(jax.random.split(jax.random.key(0), 64))
    assert np.asarray(found)[:, 14, 4:24].min() == pytest.approx(1.0, abs=1e-5)
    assert np.asarray(found).sum((1, 2)).max() > 60  # and growing grows


@needs("tu_berlin")
@pytest.mark.slow
@pytest.mark.parametrize("size", [28, 64])
def test_every_operation_keeps_ink_on_thin_strokes(size):
    """TU-Berlin: about 1 % of a page is ink. The original augmentation erased 45 % of its views."""
    thin = _tu_berlin(size)
    for name, strength in OPERATIONS.items():
        kept = ink_kept(thin / 255, views(thin, dataclasses.replace(OFF, **strength)))
        assert np.median(kept) > 0.7, (name, np.median(kept))
        assert (kept < 0.2).mean() < 0.01, (name, (kept < 0.2).mean())
        assert kept.min() > 0, name


@pytest.mark.slow
@needs("tu_berlin")
def test_the_original_augmentation_would_be_caught():
    """Negative control of the test above: white dilated over the ink, as the first run's "thicken" did."""
    thin = _tu_berlin(64).astype(np.float32) / 255
    worn = -jax.lax.reduce_window(-thin, -jnp.inf, jax.lax.max, (1, 3, 3), (1, 1, 1), "SAME")
    kept = ink_kept(thin, np.stack([worn, worn], 1))
    assert np.median(kept) < 0.2


def _tu_berlin(size: int) -> np.ndarray:
    return open_source(Data("tu_berlin", str(SHARED / "tu_berlin"), size)).read("validation").images[::16]
