"""An image file's bytes -> a small bitmap with ink 255 on paper 0, whatever its size, mode and polarity."""

import io

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps


def read(data: bytes, size: int) -> UInt8[np.ndarray, "{size} {size}"]:
    """Decodes, finds the paper, centres on a square and shrinks without thinning a stroke below one pixel.

    Raises: OSError, ValueError or SyntaxError, as Pillow does, for bytes that are no image.
    """
    with Image.open(io.BytesIO(data)) as image:
        grey = _grey(image)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ink = 255 - grey if np.median(border) > 127 else grey  # paper is what lies around a drawing
    ink = ink - min(int(ink.min()), 254)
    ink = (ink.astype(np.uint16) * 255 // max(int(ink.max()), 1)).astype(np.uint8)
    return _shrink(ink, size)


def _grey(image: Image.Image) -> np.ndarray:
    """uint8 [height, width]; transparent pixels are white paper."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        deep = np.asarray(image, np.float32)
        return (255 * (deep - deep.min()) / max(float(np.ptp(deep)), 1e-6)).astype(np.uint8)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return np.asarray(image.convert("L"))


def _shrink(ink: np.ndarray, size: int) -> np.ndarray:
    """To a power of two times the size by Pillow, then halved by maxima: a line one pixel wide keeps its ink.

    The last halving is half a mean, for soft edges."""
    square = ImageOps.pad(Image.fromarray(ink), (max(ink.shape),) * 2, Image.Resampling.NEAREST, color=0)
    halvings = max(0, round(np.log2(square.width / size)))
    small = np.asarray(square.resize((size << halvings, size << halvings), Image.Resampling.BILINEAR))
    for left in reversed(range(halvings)):
        quarters = np.stack([small[::2, ::2], small[::2, 1::2], small[1::2, ::2], small[1::2, 1::2]])
        small = quarters.max(0)
        if left == 0:
            small = ((small.astype(np.uint16) + quarters.mean(0).astype(np.uint16)) // 2).astype(np.uint8)
    return small
