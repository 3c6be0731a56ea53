"""Findings about data as augmented: each fault of the data or of the views is found, sound ones have none."""

import dataclasses

import numpy as np
import pytest
from PIL import Image, ImageFilter

from configs import byol, prototypical, simclr
from sketchjax.config import Augment, Config, Data
from sketchjax.data import doodles
from sketchjax.data.sources import open_source
from sketchjax.health import views
from sketchjax.health.preflight import ERROR, WARNING
from tests.conftest import SHARED, needs

OFF = Augment(**{name: type(strength)(0) for name, strength in dataclasses.asdict(Augment()).items()})


@pytest.fixture(scope="module")
def drawings() -> np.ndarray:
    """600 doodles of 28 px in 24 classes."""
    return doodles.draw_classes(doodles.NAMES[:24], 28)[::4][:600]


def found(drawings, config=None, view=None, validation=None) -> dict[str, str]:
    """what -> grade"""
    config = config or Config(batch_size=32)
    validation = drawings[:0] if validation is None else validation
    sample = views.sample(drawings, view or views.viewer(config), config)
    return {f.what: f.grade for f in views.findings(drawings, validation, sample, config)}


def original(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The augmentation of the run that failed (peers.md, section 0): black on white, rotated with black corners, then
    dilated (white over the strokes) or eroded by up to three pixels, or neither; here inverted one time in five."""
    out = np.empty((len(images), 2, *images.shape[1:]), np.float32)
    for i, row in enumerate(rows):
        for number in (0, 1):
            rng = np.random.default_rng([row, number])
            grey = Image.fromarray(255 - images[i]).rotate(rng.uniform(-30, 30), Image.Resampling.BILINEAR, fillcolor=0)
            thicker = int(rng.integers(-2, 4)) if rng.random() < 0.9 else 0
            for _ in range(abs(thicker)):
                grey = grey.filter(ImageFilter.MaxFilter(3) if thicker > 0 else ImageFilter.MinFilter(3))
            ink = 1 - np.asarray(grey, np.float32) / 255
            out[i, number] = 1 - ink if rng.random() < 0.2 else ink
    return out


def plain(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.stack([images / np.float32(255)] * 2, 1)


@pytest.mark.parametrize("recipe", [simclr, byol, prototypical])
def test_sound_drawings_and_views_have_none(drawings, recipe):
    assert found(drawings, recipe.get_config("doodles"), validation=255 - drawings) == {}


@needs("tu_berlin")
@pytest.mark.slow
@pytest.mark.parametrize("source", ["omniglot", "tu_berlin"])
def test_real_ones_have_none(source):
    """Read once in each size that the recipes take them in."""
    configs = [recipe.get_config(source) for recipe in (simclr, byol, prototypical)]
    read = {}
    for config in configs:
        if (size := config.data.image_size) not in read:
            opened = open_source(dataclasses.replace(config.data, root=str(SHARED / source)))
            read[size] = opened.read("base").images, opened.read("validation").images
        base, validation = read[size]
        sample = views.sample(base, views.viewer(config), config)
        assert views.findings(base, validation, sample, config) == [], config.method.name


@pytest.mark.slow
@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Augment)])
def test_twice_as_strong_is_no_error(drawings, name):
    config = Config(batch_size=32)
    strength = getattr(config.augment, name)
    setattr(config.augment, name, min(2 * strength, 1.0) if isinstance(strength, float) else 2 * strength)
    assert ERROR not in found(drawings, config).values()


def test_the_original_augmentation_is_an_error(drawings):
    grades = found(drawings[::4], view=original)
    assert {"fill", "polarity of the views", "erased views"} <= set(grades) and ERROR in grades.values()


@pytest.mark.slow
@needs("tu_berlin")
def test_the_original_augmentation_erases_thin_drawings():
    """As published: 45 % of views, 68 % of pairs (peers.md, section 0), at the size at which it was done."""
    thin = open_source(Data("tu_berlin", str(SHARED / "tu_berlin"), 224)).read("validation").images[::25]
    assert found(thin, view=original)["erased views"] == ERROR
    erased = views.ink_kept(views.sample(thin, original, Config())) < 0.1
    assert erased.mean() == pytest.approx(0.45, abs=0.08) and erased.any(1).mean() == pytest.approx(0.68, abs=0.08)


def test_one_mended_fault_at_a_time(drawings):
    """Wedges alone, inversion alone, erasing alone: each has its own finding and no other's."""
    wedge = np.tri(28, dtype=np.float32)[::-1, ::-1] * 0
    wedge[:10, :10] = np.tri(10)[::-1]
    on = lambda images, rows: np.maximum(plain(images, rows), wedge)  # noqa: E731
    assert set(found(drawings, view=lambda i, r: jitter(on(i, r)))) == {"fill"}
    turned = lambda images, rows: jitter(np.abs(plain(images, rows) - (rows % 3 == 0)[:, None, None, None]))  # noqa: E731
    assert found(drawings, view=turned) == {"polarity of the views": WARNING}
    erased = lambda images, rows: jitter(plain(images, rows) * (rows % 4 > 0)[:, None, None, None])  # noqa: E731
    assert found(drawings, view=erased) == {"erased views": WARNING, "identical views": WARNING}


def jitter(shown: np.ndarray) -> np.ndarray:
    """The second view a pixel aside."""
    return np.stack([shown[:, 0], np.roll(shown[:, 1], 1, 2)], 1)


def test_blank_views(drawings):
    assert found(drawings, view=lambda i, r: plain(i, r) * 0)["erased views"] == ERROR


def test_augmentation_off(drawings):
    config = Config(batch_size=32, augment=OFF)
    assert found(drawings, config) == {"identical views": ERROR}
    config.method.name = "prototypical"
    assert found(drawings, config) == {}, "labels say what belongs together"


@pytest.mark.parametrize(("share", "grade"), [(1.0, ERROR), (0.7, WARNING)])
def test_views_of_other_drawings(drawings, share, grade):
    def view(images, rows):
        shown = jitter(plain(images, rows))
        moved = np.arange(len(rows)) < share * len(rows)
        shown[moved, 1] = np.roll(shown[moved, 1], 7, 0)
        return shown

    assert found(drawings, view=view) == {"unrelated views (number 1)": grade}


@pytest.mark.parametrize("wrong", [np.nan, -1.0, 255.0])
def test_views_that_are_not_ink(drawings, wrong):
    assert found(drawings, view=lambda i, r: plain(i, r) * wrong) == {"values of the views": ERROR}


def test_constant_drawings(drawings):
    assert found(np.repeat(drawings[:1], 600, 0))["exact duplicates"] == ERROR


def test_ten_drawings_repeated(drawings):
    assert found(np.tile(drawings[:10], (60, 1, 1)))["exact duplicates"] == ERROR


def test_a_few_copies_are_a_note_at_most(drawings):
    some = np.concatenate([drawings, drawings[:3]])
    assert set(found(some).values()) <= {"note"}


def test_near_copies(drawings):
    """Ten drawings, each repeated with one pixel a shade darker."""
    near = np.tile(drawings[:10], (60, 1, 1))
    near[np.arange(600), np.arange(600) % 28, np.arange(600) // 28] |= 3
    grades = found(near)
    assert grades.get("near duplicates") in (ERROR, WARNING)


def test_leaks_of_validation(drawings):
    grade = lambda share: found(drawings, validation=np.concatenate([drawings[:share], 255 - drawings[share:100]]))  # noqa: E731
    assert grade(60) == {"split leakage": ERROR} and grade(20) == {"split leakage": WARNING} and grade(0) == {}


def test_blank_and_inverted_drawings(drawings):
    some = drawings.copy()
    some[::4] = 255 - some[::4]
    assert found(some)["inverted drawings"] == WARNING
    assert found(255 - drawings)["inverted drawings"] == ERROR
    assert found(np.where(np.arange(600)[:, None, None] % 4 > 0, drawings, 0))["blank drawings"] == WARNING


def test_ink_kept_is_what_the_page_shows(drawings):
    """Neither fill nor inversion counts as ink."""
    ink = drawings[:8].astype(np.float32) / 255
    half = ink * 0.5
    shown, fill = np.stack([half, 1 - half], 1), np.stack([0 * ink, 0 * ink + 1], 1)
    np.testing.assert_allclose(views.ink_kept(views.Sample(ink, shown, fill)), 0.5, rtol=1e-4)
