"""Sources that python -m sketchjax.data.prepare has written: array_record files, read at any row."""

import json
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sketchjax.config import Data, UserError
from sketchjax.data.record import Drawings, Pages, Records, Source, counted, source_of
from sketchjax.data.strokes import Strokes, bitmaps

VERSION = "1.0.0"
_BLOCK = 4096  # drawings read at once


def name_of(data: Data) -> str:
    """Of the set's TFDS config, such as "28px", "28px-lake" or "strokes": what a set depends on, beside its source."""
    split = data.split.replace("\\", "/").rpartition("/")[2].removesuffix(".json")
    everything = "-unrecognized" if data.source == "quickdraw" and not data.recognized else ""
    return ("strokes" if data.strokes else f"{data.image_size}px") + f"-{split}" * bool(split) + everything


def folder_of(data: Data) -> Path | None:
    """Where data.root holds the source prepared as asked, if it does.

    Raises: UserError where it is prepared, but otherwise."""
    place = Path(data.root).expanduser() / data.source
    if not data.root or not (found := sorted(path.parts[-3] for path in place.glob(f"*/{VERSION}/dataset_info.json"))):
        return None
    if (folder := place / name_of(data) / VERSION).is_dir():
        return folder
    raise UserError(
        f"data.root={data.root} holds {data.source} prepared as {', '.join(found)}, not as {name_of(data)}: "
        "set data.image_size, strokes, recognized and split so, or prepare it again (python -m sketchjax.data.prepare)"
    )


def open_prepared(data: Data, folder: Path) -> Source:
    """Nothing but metadata is read. Raises: UserError where these are damaged."""
    try:
        about = json.loads((folder / "metadata.json").read_text())
        written: dict[str, dict[str, int]] = about["counts"]
        digest, points = str(about["digest"]), dict(about["points"])
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{folder}: not a prepared set ({error}): remove the folder and prepare it again") from error

    counts = counted(written, data)

    @cache
    def records(part: str) -> Records:
        return _capped(_records(folder, part, written[part], points[part], data.image_size), counts[part])

    def blocks(part: str, names: Sequence[str]) -> Iterator[Drawings]:
        stored = records(part)
        rows = np.flatnonzero(np.isin(stored.labels, [stored.classes.index(name) for name in names]))
        for at in range(0, len(rows), _BLOCK):
            yield drawings_of(stored, rows[at : at + _BLOCK])

    return source_of(data.source, counts, digest, blocks, records)


def drawings_of(stored: Records, rows: np.ndarray) -> Drawings:
    """Those of these rows, drawn where they are strokes."""
    pages = stored.take(rows)
    images, strokes = (bitmaps(pages), pages) if isinstance(pages, Strokes) else (pages, None)
    return Drawings(images, stored.labels[rows], stored.classes, strokes=strokes)


def _capped(stored: Records, counts: dict[str, int]) -> Records:
    """The first drawings of each class, so many as are read."""
    if sum(counts.values()) == len(stored.labels):
        return stored
    starts = np.searchsorted(stored.labels, np.arange(len(counts)))
    rows = np.concatenate([start + np.arange(count) for start, count in zip(starts, counts.values(), strict=True)])
    return Records(stored.labels[rows], stored.classes, lambda some: stored.take(rows[some]))


def _records(folder: Path, part: str, counts: dict[str, int], points: int, size: int) -> Records:
    import tensorflow_datasets as tfds  # half a second, which only prepared sets pay

    try:
        builder: Any = tfds.builder_from_directory(builder_dir=str(folder))
        names = [name for name in builder.info.splits if name == part or name.startswith(f"{part}_")]
        drawings = builder.as_data_source("+".join(sorted(names, key=lambda n: int(n.partition("_")[2] or 0))))
        if len(drawings) != sum(counts.values()):
            raise ValueError(f"{len(drawings)} drawings where {sum(counts.values())} were written")
    except (OSError, ValueError, AssertionError) as error:
        raise UserError(f"{folder}: {error}: remove the folder and prepare it again") from error

    def take(rows: np.ndarray) -> Pages:
        try:
            found = drawings.__getitems__(rows.tolist())
        except (OSError, ValueError, IndexError, RuntimeError, zlib.error) as error:
            why = str(error).partition("\n")[0]
            raise UserError(f"{folder}: damaged ({why}): remove the folder and prepare it again") from error
        if not points:
            return np.stack([drawing["image"] for drawing in found])
        columns = [np.zeros((len(rows), points, 2), np.uint8), np.zeros((len(rows), points), bool)]
        for row, drawing in enumerate(found):
            columns[0][row, : len(drawing["pen"])] = drawing["points"]
            columns[1][row, : len(drawing["pen"])] = drawing["pen"]
        widths = np.array([drawing["width"] for drawing in found], np.float32)
        return Strokes(columns[0], columns[1], widths, size)

    labels = np.repeat(np.arange(len(counts), dtype=np.int32), list(counts.values()))
    return Records(labels, tuple(counts), take)
