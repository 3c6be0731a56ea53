"""The image files under a folder or in its zip archives, without unpacking anything."""

import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sketchjax.config import UserError

_IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")


class Entry(NamedTuple):
    """One file: its path with forward slashes, what names its content (size or checksum), and how to read it."""

    path: str
    mark: int
    read: Callable[[], bytes]


def entries(root: str) -> list[Entry]:
    """Every image under root, a folder (with any zip archives directly in it) or one zip archive; sorted by path.

    What operating systems leave behind (`__MACOSX`, names that begin with a dot) is left out.
    Raises: UserError where root is missing, is neither, or holds no image.
    """
    place = Path(root).expanduser()
    if not place.exists():
        raise UserError(f"data.root={root} does not exist: give a folder or a zip archive")
    if place.is_file() and not zipfile.is_zipfile(place):
        raise UserError(f"data.root={root} is neither a folder nor a zip archive")
    zips = [place] if place.is_file() else sorted(place.glob("*.zip"))
    listed = [entry for path in zips for entry in _in_zip(path)]
    listed += [] if place.is_file() else _in_folder(place)
    found = {entry.path: entry for entry in listed}  # an archive beside its unpacked copy counts once
    if not found:
        raise UserError(f"data.root={root} holds no image ({', '.join(_IMAGES)}), nor does a zip archive in it")
    return [found[path] for path in sorted(found)]


def _in_folder(folder: Path) -> list[Entry]:
    paths = ((p.relative_to(folder).as_posix(), p) for p in folder.rglob("*"))
    return [Entry(name, p.stat().st_size, p.read_bytes) for name, p in paths if _is_image(name) and p.is_file()]


def _in_zip(path: Path) -> list[Entry]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(f"{path}: {error}: fetch the archive again") from error
    files = [info for info in archive.infolist() if _is_image(info.filename)]
    return [Entry(info.filename, info.CRC, partial(archive.read, info)) for info in files]


def _is_image(path: str) -> bool:
    parts = path.split("/")
    return path.lower().endswith(_IMAGES) and not any(p.startswith(".") or p == "__MACOSX" for p in parts)


def digest(found: list[Entry]) -> str:
    """Names the listing: paths and marks."""
    total = 0
    for entry in found:
        total = zlib.crc32(f"{entry.path}\0{entry.mark}\n".encode(), total)
    return f"{len(found)}-{total:08x}"
