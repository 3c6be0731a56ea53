"""What a source of drawings is, whatever it reads."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, UInt8

from sketchjax.config import Data, UserError
from sketchjax.data.strokes import Strokes, joined
from sketchjax.progress import watched

Pages = np.ndarray | Strokes  # uint8 [n, size, size], or as many drawings by the pen


class Unreadable(ValueError):
    """Content that is no drawing: its message is the reason of a Skip."""


class Skip(NamedTuple):
    """A file that is left out, by a rule that depends on its content only."""

    path: str
    reason: str


class Drawings(NamedTuple):
    """Drawings in memory: ink 255 on paper 0; a label is an index of classes."""

    images: UInt8[np.ndarray, "drawings size size"]
    labels: Int32[np.ndarray, " drawings"]
    classes: tuple[str, ...]
    skipped: tuple[Skip, ...] = ()
    strokes: Strokes | None = None  # where data.strokes is on

    @property
    def pages(self) -> Pages:
        """What views are made of."""
        return self.images if self.strokes is None else self.strokes


class Records(NamedTuple):
    """Drawings on disk, of which any may be taken at any time, by several threads."""

    labels: Int32[np.ndarray, " drawings"]
    classes: tuple[str, ...]
    take: Callable[[Int32[np.ndarray, " n"]], Pages]


class Source(NamedTuple):
    """Where drawings come from. Nothing is decoded or drawn before blocks or read is called with one of PARTS."""

    name: str
    counts: dict[str, dict[str, int]]  # part -> class -> number of drawings, or of files that may turn out to be none
    digest: str  # of the listing and the class split
    blocks: Callable[[str, Sequence[str]], Iterator[Drawings]]  # of these classes of a part, some at a time, in order
    read: Callable[[str], Drawings]  # a whole part
    records: Callable[[str], Records] | None  # where they are prepared: the same drawings in the same order


def source_of(
    name: str,
    counts: dict[str, dict[str, int]],
    digest: str,
    blocks: Callable[[str, Sequence[str]], Iterator[Drawings]],
    records: Callable[[str], Records] | None = None,
) -> Source:
    """A source that reads a part by its blocks."""

    def read(part: str) -> Drawings:
        each = blocks(part, list(counts[part]))
        total = sum(counts[part].values())
        found = list(
            watched(each, f"reading {name}, {part}", total, lambda block: len(block.labels) + len(block.skipped))
        )
        images, labels = (np.concatenate(column) for column in list(zip(*found, strict=True))[:2])
        strokes = [block.strokes for block in found if block.strokes is not None]
        return Drawings(
            images,
            labels,
            found[0].classes,
            sum((block.skipped for block in found), ()),
            joined(strokes) if strokes else None,
        )

    return Source(name, counts, digest, blocks, read, records)


def most_of(part: str, data: Data) -> int:
    """Drawings of a class that are read."""
    limits = [data.per_class] if part == "base" else [data.per_class, data.judged_per_class]
    return min((limit for limit in limits if limit), default=sys.maxsize)


def counted(counts: dict[str, dict[str, int]], data: Data) -> dict[str, dict[str, int]]:
    """What is read of what there is."""
    return {part: {name: min(n, most_of(part, data)) for name, n in of.items()} for part, of in counts.items()}


def remaining(source: Source, read: dict[str, Drawings]) -> Source:
    """The source with the counts of what is left of the parts that have been read."""
    found = {part: np.bincount(d.labels, minlength=len(d.classes)).tolist() for part, d in read.items() if d.skipped}
    left = {part: dict(zip(read[part].classes, numbers, strict=True)) for part, numbers in found.items()}
    return source._replace(counts=source.counts | left)


def summary(skipped: tuple[Skip, ...]) -> str:
    """ "3 files: 2 blank; 1 empty, such as 'cat/3.png'", on one line."""
    reasons = Counter(skip.reason for skip in skipped).most_common()
    said = "; ".join(f"{number} {reason}" for reason, number in reasons[:3])
    more = f"; {len(reasons) - 3} other reasons" if len(reasons) > 3 else ""
    return f"{len(skipped)} file{'s' * (len(skipped) > 1)}: {said}{more}, such as {skipped[0].path!r}"


def check_share(skipped: tuple[Skip, ...], files: int, part: str, data: Data, what: str = "files") -> None:
    """Raises UserError where more of a part is no drawing than data.max_skipped allows."""
    if skipped and (len(skipped) > data.max_skipped * files or len(skipped) == files):
        first = ", ".join(f"{skip.path!r} ({skip.reason})" for skip in skipped[:3])
        raise UserError(
            f"data.root={data.root}: {len(skipped)} of {files} {part} {what} are no drawings, more than "
            f"data.max_skipped={data.max_skipped:g} of them ({first}): mend or remove them, or allow a larger share"
        )
