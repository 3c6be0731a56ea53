"""QuickDraw's official files, one a class: simplified drawings (`<class>.ndjson`) or bitmaps (`<class>.npy`).

Files are streamed: of the 50 million drawings only those that are kept are ever in memory. What a line must be stands
in `parse`; lines that are not are skipped, counted and reported. Bitmaps hold the unrecognised drawings too."""

import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from sketchjax.config import Data, UserError
from sketchjax.data.strokes import CANVAS, Drawing

UNRECOGNISED = "not recognised"
LONGEST_LINE = 1 << 18  # bytes; the official drawings' lines have a few thousand
MOST_POINTS = 10_000  # of a drawing; the official ones have up to about a thousand
# The official bitmaps were drawn with a pen of 16 and a margin of 16 around a page of 256, the drawing in the middle
# (github.com/googlecreativelab/quickdraw-dataset, issue 19). Here that whole page is the canvas.
_PAGE, _PEN, _MARGIN = 256, 16, 16
_SCALE = CANVAS / (_PAGE + _PEN + 2 * _MARGIN)
_PREFIX = re.compile(r"^full_(simplified|numpy_bitmap)_")  # as some download tools name the files
_RECOGNIZED = re.compile(rb'"recognized"\s*:\s*true')


class ClassFile(NamedTuple):
    """One class: its file's path, size and how to open it."""

    path: str
    mark: int
    open: Callable[[], IO[bytes]]


def class_files(root: str) -> dict[str, ClassFile]:
    """Class -> its ndjson file under root, a folder (with any zip archives directly in it) or one zip archive; where
    there is none, its npy file. Raises: UserError where root has neither."""
    place = Path(root).expanduser()
    if not place.exists():
        raise UserError(f"data.root={root} does not exist: give a folder or a zip archive")
    zips = [place] if place.is_file() else sorted(place.glob("*.zip"))
    found = [file for path in zips for file in _in_zip(path)]
    if place.is_dir():
        for path in sorted([*place.rglob("*.ndjson"), *place.rglob("*.npy")]):
            found.append(ClassFile(str(path), path.stat().st_size, partial(path.open, "rb")))
    for ending in (".ndjson", ".npy"):
        named = {_PREFIX.sub("", Path(f.path).stem): f for f in found if f.path.endswith(ending)}
        if named := {name: file for name, file in named.items() if not name.startswith(".")}:
            return dict(sorted(named.items()))
    raise UserError(f"data.root={root} holds no CLASS.ndjson or CLASS.npy, nor does a zip archive in it")


def _in_zip(path: Path) -> list[ClassFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(f"{path}: {error}: fetch the archive again") from error
    infos = [i for i in archive.infolist() if i.filename.endswith(".ndjson") and "__MACOSX" not in i.filename]
    return [ClassFile(i.filename, i.CRC, partial(archive.open, i)) for i in infos]


def digest(files: dict[str, ClassFile]) -> str:
    """Names the listing: classes and their files' sizes or checksums."""
    total = 0
    for name, file in files.items():
        total = zlib.crc32(f"{name}\0{file.mark}\n".encode(), total)
    return f"{len(files)}-{total:08x}"


def count(file: ClassFile, data: Data, most: int) -> int:
    """Drawings that will be read, at most so many, unless lines are damaged."""
    if file.path.endswith(".npy"):
        found = len(_mapped(file))
        return min(found, most)
    wanted = _RECOGNIZED if data.recognized else re.compile(rb"\S")
    found = 0
    for line in _lines(file):
        found += line is not None and bool(wanted.search(line))
        if found == most:
            break
    return found


def read_lines(name: str, file: ClassFile, data: Data, most: int) -> Iterator[Drawing | str]:
    """The first drawings of a class in the file's order, at most so many, and why each line between them is none.

    Raises: UserError for a file that cannot be read, or of which nothing is left."""
    drawings, skipped = 0, Counter[str]()
    for line in _lines(file):
        found = "too long" if line is None else parse(line, name, data.recognized)
        if isinstance(found, str):
            skipped[found] += 1
        else:
            drawings += 1
        yield found
        if drawings == most:
            break
    if not drawings:
        why = ", ".join(f"{number} {reason}" for reason, number in skipped.most_common())
        raise UserError(f"{file.path} holds no drawing ({why or 'it is empty'}): fetch it again")


def parse(line: bytes, name: str, recognized: bool = True) -> Drawing | str:
    """A line's drawing, or in a word or two why it is none: decided by what the line says only."""
    try:
        stored = json.loads(line)
    except (ValueError, RecursionError):
        return "no json"
    if not isinstance(stored, dict) or not isinstance(stored.get("drawing"), list):
        return "no drawing"
    if stored.get("word", name) != name:
        return "of another class"
    if recognized and stored.get("recognized") is not True:
        return UNRECOGNISED
    strokes = stored["drawing"]
    if not strokes or not all(_is_stroke(stroke) for stroke in strokes):
        return "bad strokes"
    if sum(len(x) for x, _ in strokes) > MOST_POINTS:
        return "too long"
    return _placed([np.array(stroke, float).T for stroke in strokes])


def _is_stroke(stroke: object) -> bool:
    """[[x, ...], [y, ...]] of equally many whole numbers of the canvas, at least one; times would be a third list."""
    if not isinstance(stroke, list) or len(stroke) != 2 or not all(isinstance(s, list) for s in stroke):
        return False
    x, y = stroke
    return 0 < len(x) == len(y) and all(type(v) is int and 0 <= v <= CANVAS for v in (*x, *y))


def _placed(strokes: list[np.ndarray]) -> Drawing:
    """In the middle of the canvas, as the official bitmaps show it."""
    points = np.concatenate(strokes)
    middle = (points.min(0) + points.max(0)) / 2
    placed = [np.rint((s - middle) * _SCALE + CANVAS / 2).astype(np.uint8) for s in strokes]
    return Drawing(tuple(placed), _PEN * _SCALE)


def _lines(file: ClassFile) -> Iterator[bytes | None]:
    """The lines that are not blank; None for one that is longer than a drawing can be, which is never held whole."""
    try:
        with file.open() as stream:
            while line := stream.readline(LONGEST_LINE):
                rest = line
                while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
                    rest = stream.readline(LONGEST_LINE)
                if rest is not line:
                    yield None
                elif line.strip():
                    yield line
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UserError(f"{file.path}: {error}: fetch it again") from error


def read_bitmaps(file: ClassFile, size: int, first: int, last: int) -> UInt8[np.ndarray, "drawings {size} {size}"]:
    """Bitmaps of a class, ink 255 on paper 0, resized where the size is not the official 28."""
    pages = np.array(_mapped(file)[first:last]).reshape(-1, 28, 28)
    if size == 28:
        return pages
    side = (size, size)
    return np.stack([np.asarray(Image.fromarray(p).resize(side, Image.Resampling.BILINEAR)) for p in pages])


def _mapped(file: ClassFile) -> np.ndarray:
    """uint8 [n, 784], on disk. Raises: UserError for another file."""
    try:
        pages = np.lib.format.open_memmap(file.path, "r")  # never a pickle
    except (OSError, ValueError, EOFError, TypeError, OverflowError, MemoryError, SyntaxError) as error:
        raise UserError(f"{file.path} is no array of bitmaps ({error}): fetch it again") from error
    if pages.dtype != np.uint8 or pages.ndim != 2 or pages.shape[1] != 784 or not len(pages):
        raise UserError(f"{file.path} is {pages.dtype} {list(pages.shape)}, not uint8 [n, 784]: fetch it again")
    return pages
