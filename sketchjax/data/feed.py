"""Base drawings on their way to the step: all of them on the device, or streamed to it, in the same order."""

import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Int32

from sketchjax.config import Config
from sketchjax.data.batches import Batches
from sketchjax.data.prepared import drawings_of
from sketchjax.data.record import Drawings, Source
from sketchjax.data.strokes import MOST
from sketchjax.mesh import from_processes, least, own_rows, replicate, split_rows

_AHEAD, _THREADS = 4, 2  # batches that wait on the host, and what decodes them
_SHARE = 0.25  # of the device's memory: what drawings may take for good
_GLANCE, _GLANCE_EACH = 20_000, 100  # drawings, and of a class


class Batch(NamedTuple):
    """The drawings of one step: which they are and, where they are streamed, they themselves."""

    rows: Int32[Array, "*parts micro_batch"]
    pages: Any = None  # uint8 [*parts, micro_batch, size, size], or as many Strokes


class Feed(NamedTuple):
    """Where the steps' drawings come from. (seed, step) is the only position: batches starts at any step."""

    labels: Int32[np.ndarray, " drawings"]
    resident: Any  # all pages on every device; None where they are streamed
    batches: Callable[[Batches, int, int], Iterator[Batch]]  # from one step up to another


def make_feed(config: Config, source: Source, mesh: Mesh) -> Feed:
    """Resident or streamed, as is_streamed says. Each process reads its own rows only."""
    if is_streamed(config, source):
        assert source.records  # check_source
        records = source.records("base")

        def streamed(batches: Batches, first: int, last: int) -> Iterator[Batch]:
            import grain  # a second, which only streaming pays

            def load(step: int) -> tuple[np.ndarray, Any]:
                rows = batches.batch_at(step)
                rows = rows[..., own_rows(mesh, rows.shape[-1])]
                pages = records.take(rows.ravel())
                return rows, jax.tree.map(lambda part: part.reshape(*rows.shape, *part.shape[1:]), pages)

            ahead = grain.ReadOptions(num_threads=_THREADS, prefetch_buffer_size=_AHEAD)
            for batch in grain.MapDataset.range(first, last).map(load).to_iter_dataset(ahead):
                yield Batch(*jax.tree.map(lambda part, axis=batch[0].ndim - 1: from_processes(mesh, part, axis), batch))

        return Feed(records.labels, None, streamed)
    base = source.read("base")

    def resident(batches: Batches, first: int, last: int) -> Iterator[Batch]:
        for step in range(first, last):
            rows = batches.batch_at(step)
            yield Batch(split_rows(mesh, rows, axis=rows.ndim - 1))

    return Feed(base.labels, replicate(mesh, base.pages), resident)


def is_streamed(config: Config, source: Source) -> bool:
    """Whether drawings are too many to stay on the device, or it is asked for; the numbers are the same either way."""
    return config.data.stream == "always" or (
        config.data.stream == "auto" and source.records is not None and size_of(config, source) > _SHARE * memory()
    )


def bytes_of(config: Config) -> int:
    """Of a drawing on the device; of strokes at most."""
    return 3 * MOST + 4 if config.data.strokes else config.data.image_size**2


def size_of(config: Config, source: Source) -> int:
    """Bytes of the base drawings on the device."""
    return sum(source.counts["base"].values()) * bytes_of(config)


def memory() -> float:
    """Bytes of one device, of the smallest where processes differ."""
    limit = (jax.local_devices()[0].memory_stats() or {}).get("bytes_limit")
    return least(limit or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def room(config: Config, source: Source) -> str:
    """The arithmetic of the choice."""
    where = "streamed from disk" if is_streamed(config, source) else "on the device"
    return (
        f"{sum(source.counts['base'].values())} base drawings, {size_of(config, source) / 2**20:.1f} MiB: {where} "
        f"(data.stream={config.data.stream}; auto keeps up to {_SHARE * memory() / 2**20:.0f} MiB on it)"
    )


def glance(config: Config, source: Source, part: str) -> Drawings:
    """All drawings of a part, or where they are streamed some of some classes, enough of each for an episode: what
    preflight looks at."""
    if not is_streamed(config, source):
        return source.read(part)
    assert source.records  # check_source
    records = source.records(part)
    each, classes = max(_GLANCE_EACH, config.method.shot + config.method.query), len(records.classes)
    some = np.linspace(0, classes - 1, min(classes, max(config.method.way, _GLANCE // each))).astype(np.int32)
    spans = zip(*(np.searchsorted(records.labels, some, side) for side in ("left", "right")), strict=True)
    return drawings_of(records, np.concatenate([np.arange(first, min(first + each, last)) for first, last in spans]))
