"""Every mode and polarity of an image file becomes the same ink on the same paper."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from sketchjax.data import bitmap


def page(side: int = 112, line: int = 4) -> Image.Image:
    """A black square outline on white paper."""
    image = Image.new("L", (side, side), 255)
    ImageDraw.Draw(image).rectangle((side // 4, side // 4, 3 * side // 4, 3 * side // 4), outline=0, width=line)
    return image


def encoded(image: Image.Image, kind: str = "png", **options) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def transparent(image: Image.Image) -> Image.Image:
    """Black ink on nothing."""
    empty = Image.new("RGBA", image.size, (0, 0, 0, 0))
    empty.paste((0, 0, 0, 255), mask=ImageOps.invert(image))
    return empty


VARIANTS = {
    "grey": lambda i: encoded(i),
    "rgb": lambda i: encoded(i.convert("RGB")),
    "palette": lambda i: encoded(i.convert("P")),
    "1-bit": lambda i: encoded(i.convert("1")),
    "16-bit": lambda i: encoded(Image.fromarray(np.asarray(i).astype(np.uint16) * 257)),
    "transparent paper": lambda i: encoded(transparent(i)),
    "cmyk jpeg": lambda i: encoded(i.convert("CMYK"), "jpeg", quality=100),
    "bmp": lambda i: encoded(i, "bmp"),
    "white on black": lambda i: encoded(ImageOps.invert(i)),
    "faint": lambda i: encoded(i.point(lambda v: 200 + v * 55 // 255)),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_agree(variant):
    expected = bitmap.read(encoded(page()), 28)
    assert expected.max() == 255 and expected[0].max() == 0
    found = bitmap.read(VARIANTS[variant](page()), 28)
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found.astype(int), expected, atol=12 if "jpeg" in variant else 2)


@pytest.mark.parametrize("side", [20, 28, 105, 224, 1111])
@pytest.mark.parametrize("size", [28, 64])
def test_any_size_keeps_thin_lines(side, size):
    ink = bitmap.read(encoded(page(side, 1)), size)
    row = ink[size // 2]
    assert row[: size // 2].max() > 90 and row[size // 2 :].max() > 90
    assert ink.mean() / 255 < 0.35


def test_a_wide_page_is_not_stretched():
    wide = Image.new("L", (200, 100), 255)
    ImageDraw.Draw(wide).rectangle((75, 25, 125, 75), fill=0)
    ys, xs = np.nonzero(bitmap.read(encoded(wide), 40) > 128)
    assert abs(np.ptp(ys) - np.ptp(xs)) <= 1


def test_a_blank_page_is_blank():
    assert bitmap.read(encoded(Image.new("L", (50, 50), 255)), 28).max() == 0


@pytest.mark.parametrize("data", [b"", b"no image", encoded(page())[:100]])
def test_broken_files_raise(data):
    with pytest.raises((OSError, ValueError, SyntaxError)):
        bitmap.read(data, 28)
