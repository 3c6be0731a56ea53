"""An image file's bytes -> a small bitmap with ink 255 on paper 0, whatever its name, size, mode and polarity."""

import contextlib
import io
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from sketchjax.data.record import Unreadable

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")  # others start programs, or are no drawings
_LONGEST = 8192  # pixels a side: a page of A4 at 600 dpi has 7016; decoding such a square takes 0.4 GB
_LARGE = 2**22  # pixels from which images are decoded by one thread: each that has done so keeps 250 MB to itself
_CONTRAST = 16  # of 255: a page whose greys differ by less is blank, whatever noise a scanner or JPEG left on it
_large_ones = ThreadPoolExecutor(1)


class Facts(NamedTuple):
    """About the file, as it was."""

    format: str
    mode: str
    width: int
    height: int
    inverted: bool  # light ink on dark paper


def read(data: bytes, size: int) -> UInt8[np.ndarray, "{size} {size}"]:
    """Decodes, finds the paper, centres on a square and shrinks without thinning a stroke below one pixel.

    A blank page is all paper. Raises: Unreadable for bytes that are no image, or one that is too large."""
    return look(data, size)[0]


def look(data: bytes, size: int) -> tuple[np.ndarray, Facts]:
    """What read gives, and what the file was."""
    if not data:
        raise Unreadable("empty")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if max(image.size) > _LONGEST:
                raise Unreadable(f"more than {_LONGEST} pixels a side")
            facts = (str(image.format), image.mode, *image.size)
            large = image.width * image.height > _LARGE
            ink, inverted = _large_ones.submit(_inked, image, size).result() if large else _inked(image, size)
            return ink, Facts(*facts, inverted)
    except (Unreadable, MemoryError):  # what runs out of memory depends on the machine: no reason to skip a file
        raise
    except UnidentifiedImageError as error:
        raise Unreadable("no image") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(f"more than {_LONGEST} pixels a side") from error
    except Exception as error:  # Pillow's decoders raise anything on damaged bytes
        raise Unreadable(f"damaged ({' '.join(str(error).split()) or type(error).__name__})") from error


def of_image(image: Image.Image, size: int) -> UInt8[np.ndarray, "{size} {size}"]:
    """The same of an image in memory, of any mode and size."""
    return _shrink(_ink(_grey(image))[0], size)


def from_arrays(images: np.ndarray) -> Iterator[Image.Image]:
    """[height, width] or [batch, height, width], either with 1 to 4 channels at the end: numbers of 0 to 255, or
    all of 0 to 1.

    Raises: Unreadable for others."""
    channels = images.ndim > 2 and images.shape[-1] <= 4
    if images.ndim - channels not in (2, 3) or 0 in images.shape[-2 - channels :]:
        raise Unreadable(f"an array of shape {images.shape}: use [height, width] or [batch, height, width]")
    if images.size and not (images.min() >= 0 and images.max() <= 255):  # also refuses nan
        raise Unreadable(f"an array of {images.min()} to {images.max()}: use numbers of 0 to 255, or of 0 to 1")
    if images.max(initial=0) <= 1:
        images = images * 255.0
    images = np.rint(images).astype(np.uint8)
    for image in images if images.ndim - channels == 3 else images[None]:
        yield Image.fromarray(image[..., 0] if channels and image.shape[-1] == 1 else image)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Silences Pillow: it warns of metadata, which no drawing needs, and of sizes, which look refuses.

    Filters belong to the process: enter once, around the threads that decode."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="PIL")
        yield


def _inked(image: Image.Image, size: int) -> tuple[np.ndarray, bool]:
    grey = _grey(image)
    image.close()  # which frees its pixels
    ink, inverted = _ink(grey)
    return _shrink(ink, size), inverted


def _grey(image: Image.Image) -> np.ndarray:
    """uint8 [height, width]; transparent pixels are paper: white, or black where the ink is white."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        deep = np.asarray(image, np.float32)
        if not np.isfinite(deep).all():
            raise Unreadable("damaged (pixels that are no numbers)")
        deep = deep - min(float(deep.min()), 0.0)
        return np.rint(deep * (255 / max(float(deep.max()), 1e-6))).astype(np.uint8)
    if image.has_transparency_data:
        coloured = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
        luma, alpha = coloured.convert("L"), coloured.getchannel("A")
        for paper in (255, 0):
            grey = np.asarray(Image.composite(luma, Image.new("L", image.size, paper), alpha))
            if np.ptp(grey) >= _CONTRAST:
                break
        return grey
    return np.asarray(image.convert("L"))


def _ink(grey: np.ndarray) -> tuple[np.ndarray, bool]:
    """uint8 [height, width], from 0 on paper to 255 where it is darkest; whether the ink is the lighter of the two."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    inverted = bool(np.median(border) <= 127)  # paper is what lies around a drawing
    if np.ptp(grey) < _CONTRAST:
        return np.zeros_like(grey), inverted
    ink = grey if inverted else 255 - grey
    ink = ink - ink.min()
    return (ink.astype(np.uint16) * 255 // ink.max()).astype(np.uint8), inverted


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
