"""Writes a source's drawings as a TFDS dataset of array_record files: whole, or not at all."""

import io
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from rich.console import Console
from rich.progress import track

from sketchjax import interrupt, lock
from sketchjax.config import Data, UserError
from sketchjax.data import official
from sketchjax.data.prepared import VERSION, name_of, open_prepared
from sketchjax.data.record import Skip, Source, summary
from sketchjax.data.sources import open_source
from sketchjax.data.split import PARTS


def prepare(data: Data, out: Path) -> Path:
    """Writes the set unless it is there; returns its folder. Raises: UserError; nothing half-written stays."""
    source, folder = open_source(data), out / data.source / name_of(data) / VERSION
    if folder.is_dir():
        if open_prepared(data, folder).digest != source.digest:
            raise UserError(f"{folder} was prepared from other drawings: remove it, or choose another --out")
        print(f"{folder} is prepared already")
        return folder
    if bad := [name for part in PARTS for name in source.counts[part] if not name.isprintable()]:
        raise UserError(f"class {bad[0]!r} cannot be named in a TFDS dataset, which lists names by line: rename it")
    if data.strokes and data.source != "quickdraw":
        raise UserError(f"--strokes: {data.source} is not prepared as strokes: leave it off")
    for warning in official.differences(data):
        print(warning, file=sys.stderr)
    _hold(folder.parent)
    with interrupt.deferred():
        _write(data, source, out)
    return folder


def _write(data: Data, source: Source, out: Path) -> None:
    import tensorflow_datasets as tfds

    from sketchjax.data.builders import BUILDERS

    started, total = time.monotonic(), sum(sum(source.counts[part].values()) for part in PARTS)
    blocks, ticks = source.blocks, iter(track(range(total), f"preparing {data.source}", console=Console(stderr=True)))

    skipped: list[Skip] = []

    def watched(part: str, names: Sequence[str]) -> Iterator:
        for block in blocks(part, names):
            interrupt.check()
            yield block
            skipped.extend(block.skipped)
            for _ in block.labels:
                next(ticks, None)

    tfds.disable_progress_bar()  # ours counts drawings, not splits
    logging.getLogger("absl").setLevel(logging.ERROR)
    builder = BUILDERS[data.source](data=data, source=source._replace(blocks=watched), data_dir=out)
    with tempfile.TemporaryDirectory() as downloads, redirect_stdout(io.StringIO()):  # it says that it downloads
        builder.download_and_prepare(download_dir=downloads)
    next(ticks, None)
    if skipped:
        print(f"skipped {summary(tuple(skipped))}")
    size = sum(file.stat().st_size for file in Path(builder.data_dir).iterdir()) / 2**20
    written = open_prepared(data, Path(builder.data_dir)).counts
    total = sum(sum(part.values()) for part in written.values())
    print(f"{builder.data_dir}: {total} drawings, {size:.1f} MiB, {time.monotonic() - started:.0f} s")


def _hold(place: Path) -> None:
    """No other process prepares here meanwhile; what a killed one has left is removed."""
    place.mkdir(parents=True, exist_ok=True)
    lock.hold(place)
    for left in place.glob("incomplete.*"):
        print(f"removed {left}, half-written by an interrupted run")
        shutil.rmtree(left)
