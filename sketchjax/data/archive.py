"""The image files under a folder or in its zip archives, without unpacking anything.

Names are only ever names: nothing is written, and nothing outside the root is read."""

import os
import posixpath
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PureWindowsPath
from threading import Lock
from typing import NamedTuple

from sketchjax.config import UserError
from sketchjax.data.record import Unreadable

_IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_MOST = 64 * 2**20  # bytes that are read of a file: a page of A4 at 600 dpi, uncompressed in 8 bit, has 33 MiB
# What zipfile raises on damaged or hostile bytes (found by tests/data/test_archive.py).
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OverflowError, struct.error)


class Entry(NamedTuple):
    """One file: its path with forward slashes, what names its content (size or checksum), and how to read it.

    read may be called from threads. Raises: Unreadable where the content is damaged or too much, else OSError."""

    path: str
    mark: int
    read: Callable[[], bytes]


def entries(root: str) -> list[Entry]:
    """Every image under root, a folder (with any zip archives directly in it) or one zip archive; sorted by path.

    An image is known by its extension or, failing that, by its first bytes. What operating systems leave behind
    (`__MACOSX`, names that begin with a dot) is left out.
    Raises: UserError where root is missing, is neither, holds no image, or something that could lead out of it.
    """
    place = Path(root).expanduser()
    if not place.exists():
        raise UserError(f"data.root={root} does not exist: give a folder or a zip archive")
    if place.is_file() and not zipfile.is_zipfile(place):
        raise UserError(f"data.root={root} is neither a folder nor a zip archive")
    listed = list(_in_zip(place) if place.is_file() else _in_folder(place))
    found = {entry.path: entry for entry in listed}  # an archive beside its unpacked copy counts once
    if not found:
        raise UserError(f"data.root={root} holds no image ({', '.join(_IMAGES)}), nor does a zip archive in it")
    return [found[path] for path in sorted(found)]


def _in_folder(folder: Path) -> Iterator[Entry]:
    archives, files = [], []
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not _is_debris(name)]
        for name in (*folders, *names):
            path = Path(place, name)
            zipped = Path(place) == folder and name.lower().endswith(".zip") and not _is_debris(name)
            if path.is_symlink() and (name in folders or zipped or name.lower().endswith(_IMAGES)):
                _check_link(path, folder)
            if zipped and path.is_file():
                archives.append(path)
            elif name in names and not _is_debris(name) and _is_image(name, partial(_head_of_file, path)):
                files.append(path)
    for path in sorted(archives):
        yield from _in_zip(path)
    for path in files:
        name = _checked_name(path.relative_to(folder).as_posix(), folder)
        yield Entry(name, path.stat().st_size, partial(_read_file, path))


def _in_zip(path: Path) -> Iterator[Entry]:
    try:
        archive, lock = zipfile.ZipFile(path), Lock()
    except (*_DAMAGE, OSError) as error:
        raise UserError(f"{path}: {error}: fetch the archive again") from error
    infos = archive.infolist()
    if sum(info.compress_size for info in infos) > path.stat().st_size:
        raise UserError(f"{path}: its members overlap, as those of a zip bomb do: fetch the archive again")
    for info in infos:
        name = _checked_name(info.filename.replace("\\", "/"), path)
        if PureWindowsPath(name).anchor or ".." in name.split("/"):
            raise UserError(f"{path}: member {name!r} points out of the archive: it is hostile, do not use it")
        name, head = posixpath.normpath(name), partial(_head_of_member, archive, info)
        if info.filename.endswith("/") or _is_debris(name) or not _is_image(name, head):
            continue
        if info.flag_bits & 1:
            raise UserError(f"{path}: member {name!r} is encrypted: unpack the archive with its password")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others decompress without bounds
            method = {9: "deflate64", 12: "bzip2", 14: "lzma"}.get(info.compress_type, f"method {info.compress_type}")
            raise UserError(f"{path}: member {name!r} is compressed by {method}: pack it again with deflate")
        yield Entry(name, info.CRC, partial(_read_member, archive, lock, info))


def _is_debris(path: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.split("/"))


def _is_image(name: str, head: Callable[[], bytes]) -> bool:
    if name.lower().endswith(_IMAGES):
        return True
    start = head()
    return start.startswith(_BEGINNINGS) or start[8:12] == b"WEBP"


def _head_of_file(path: Path) -> bytes:
    if not stat.S_ISREG(path.lstat().st_mode):
        return b""  # neither a link nor a pipe is opened on suspicion
    with open(path, "rb") as file:
        return file.read(12)


def _head_of_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return b""
    try:
        with archive.open(info) as member:
            return member.read(12)
    except (*_DAMAGE, OSError):
        return b""


def _read_file(path: Path) -> bytes:
    with open(path, "rb") as file:
        return _bounded(file.read(_MOST + 1))


def _read_member(archive: zipfile.ZipFile, lock: Lock, info: zipfile.ZipInfo) -> bytes:
    try:
        with lock, archive.open(info) as member:  # the count of its open members is not guarded by zipfile
            return _bounded(member.read(min(info.file_size, _MOST) + 1))  # a declared size can lie
    except Unreadable:
        raise
    except _DAMAGE as error:
        raise Unreadable(f"damaged in its archive ({' '.join(str(error).split()) or type(error).__name__})") from error


def _bounded(data: bytes) -> bytes:
    if len(data) > _MOST:
        raise Unreadable(f"more than {_MOST >> 20} MiB")
    return data


def _check_link(path: Path, folder: Path) -> None:
    """A link to a file of the root is a name like any other."""
    inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    if not inside or not path.is_file():
        where = "leaves data.root" if not inside else "leads to a folder" if path.is_dir() else "leads nowhere"
        name = path.relative_to(folder).as_posix()
        raise UserError(f"data.root={folder}: {name!r} is a symbolic link that {where}: put what it names in its place")


def _checked_name(name: str, place: Path) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise UserError(f"{place}: the name {name!r} is not UTF-8: rename it") from error
    return name


def _refuse(error: OSError) -> None:
    raise UserError(f"{error.filename!r}: {error.strerror}: give leave to list it") from error


def digest(found: list[Entry]) -> str:
    """Names the listing: paths and marks."""
    total = 0
    for entry in found:
        total = zlib.crc32(f"{entry.path}\0{entry.mark}\n".encode(), total)
    return f"{len(found)}-{total:08x}"
