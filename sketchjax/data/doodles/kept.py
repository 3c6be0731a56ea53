"""The doodles' bitmaps, kept beside what XLA compiles: a run like one that was started before need not draw them again.

A file a class: a SHA-256 and the pixels. What does not agree with it is drawn anew. The folder is named after the
programs, the pen and the versions that drew them, and how many of what size; it may be removed at any time.
"""

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
from jaxtyping import UInt8

from sketchjax.data import doodles, strokes


def bitmaps(names: Sequence[str], size: int) -> UInt8[np.ndarray, "classes drawings {size} {size}"]:
    """Of every drawing of these classes: as draw_classes makes them."""
    shape = doodles.PER_CLASS, size, size
    folder = _folder(shape)
    found = {name: pages for name in names if (pages := _read(folder, name, shape)) is not None}
    absent = [name for name in names if name not in found]
    for name, pages in zip(absent, doodles.draw_classes(absent, size).reshape(-1, *shape), strict=True):
        found[name] = pages
        _keep(folder, name, pages)
    return np.stack([found[name] for name in names])


def _folder(shape: tuple[int, ...]) -> Path | None:
    """None where nothing is kept."""
    compiled = jax.config.values["jax_compilation_cache_dir"]
    if not compiled or "://" in compiled:
        return None
    programs = [*sorted(Path(__file__).parent.glob("*.py")), Path(str(strokes.__file__))]
    made_by = hashlib.sha256(f"{jax.__version__} {np.__version__}".encode())
    for file in programs:
        made_by.update(file.read_bytes())
    return Path(compiled) / "doodles" / f"{made_by.hexdigest()[:16]}-{'x'.join(map(str, shape))}"


def _read(folder: Path | None, name: str, shape: tuple[int, ...]) -> np.ndarray | None:
    if folder is None:
        return None
    try:
        told = (folder / name).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(told[32:]).digest() != told[:32]:
        return None
    return np.frombuffer(told[32:], np.uint8).reshape(shape)


def _keep(folder: Path | None, name: str, pages: np.ndarray) -> None:
    if folder is None:
        return
    with contextlib.suppress(OSError):  # a full disk, or another's folder: the next run draws again
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{name}.{os.getpid()}"
        partial.write_bytes(hashlib.sha256(pages.tobytes()).digest() + pages.tobytes())
        partial.replace(folder / name)
