"""What is in a source: counts, sizes, ink, copies, leaks across the split, what is odd; as numbers and as a page.

Only here are novel drawings looked at before a score is asked for; nothing that is found reaches a training."""

import base64
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import jinja2
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from sketchjax.config import Data, UserError
from sketchjax.data import bitmap, files, likeness, prepared
from sketchjax.data.record import Skip, summary
from sketchjax.data.sources import open_source
from sketchjax.data.split import PARTS, split_of, upright

_SHOWN = 24  # drawings of a contact sheet, groups of copies, rows of a table
_TINY = 16  # pixels of the longer side, below which a drawing is worth a look
_COMPARED = 40_000  # drawings; near copies are looked for in the square of their number, 1 minute for so many
_PAGES = jinja2.Environment(loader=jinja2.PackageLoader("sketchjax.data", "templates"), autoescape=True)
_INK = (0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)  # edges of the histogram


class Drawing(NamedTuple):
    """One drawing of the survey: a file, or the n-th drawing of a class where there is none."""

    part: str
    label: str
    path: str
    facts: bitmap.Facts | None


class Found(NamedTuple):
    """All drawings of all parts; a turned class is the upright one's."""

    drawings: list[Drawing]
    images: UInt8[np.ndarray, "drawings size size"]
    skipped: list[tuple[str, Skip]]  # part, file


def find(data: Data) -> Found:
    """Reads everything. Raises: UserError as open_source does; a file that is no drawing is listed, never an error."""
    drawings, images, skipped = [], [np.zeros((0, data.image_size, data.image_size), np.uint8)], []
    if data.source in files.DEPTH and not prepared.folder_of(data):
        by_class, _ = files.classes_of(data)
        for part, names in split_of(data, sorted(by_class)).items():
            listed = [(name, entry) for name in dict.fromkeys(upright(n)[0] for n in names) for entry in by_class[name]]
            for (name, entry), file in zip(listed, files.decode([e for _, e in listed], data.image_size), strict=True):
                if isinstance(file, Skip):
                    skipped.append((part, file))
                else:
                    drawings.append(Drawing(part, name, entry.path, file.facts))
                    images.append(file.image[None])
        if not drawings:
            raise UserError(f"data.root={data.root}: no file is a drawing: {summary(tuple(s for _, s in skipped))}")
        return Found(drawings, np.concatenate(images), skipped)
    source = open_source(data)
    for part in PARTS:
        read, seen = source.read(part), Counter()
        for label in read.labels:
            name = read.classes[label]
            drawings.append(Drawing(part, name, f"{name} {seen[name]}", None))
            seen[name] += 1
        images.append(read.images)
        skipped += [(part, skip) for skip in read.skipped]
    return Found(drawings, np.concatenate(images), skipped)


def report(found: Found, data: Data) -> dict[str, Any]:
    """Everything that report.json says; `sheets` name drawings by their index in found."""
    ink = found.images.mean((1, 2)) / 255
    exact, near, compared = _copies(found.images)
    return {
        "source": data.source,
        "root": data.root,
        "image_size": data.image_size,
        "drawings": len(found.drawings),
        "parts": {part: _part(found, part) for part in PARTS},
        "files": _files([d for d in found.drawings if d.facts]),
        "ink": {
            "percentiles": dict(zip(("1", "50", "99"), np.percentile(ink, [1, 50, 99]).tolist(), strict=True)),
            "histogram": [
                {"from": low, "to": high, "drawings": int(number)}
                for low, high, number in zip(_INK[:-1], _INK[1:], np.histogram(ink, _INK)[0], strict=True)
            ],
        },
        "copies": {
            "compared": compared,
            "exact": _groups(found.drawings, exact),
            "near": _groups(found.drawings, near),
        },
        "skipped": [{"part": part, "path": skip.path, "reason": skip.reason} for part, skip in found.skipped],
        "sheets": dict(_sheets(found, ink, exact + near)),
    }


def _part(found: Found, part: str) -> dict[str, Any]:
    """Classes are those of which a drawing is left."""
    counts = Counter(d.label for d in found.drawings if d.part == part)
    numbers = list(counts.values()) or [0]
    return {
        "classes": len(counts),
        "drawings": sum(numbers),
        "skipped": sum(of == part for of, _ in found.skipped),
        "per_class": {"min": min(numbers), "median": float(np.median(numbers)), "max": max(numbers)},
        "fewest": [{"class": name, "drawings": n} for name, n in sorted(counts.items(), key=lambda c: c[::-1])[:5]],
    }


def _files(drawings: Sequence[Drawing]) -> dict[str, Any] | None:
    facts = [d.facts for d in drawings if d.facts]
    if not facts:
        return None
    known = Image.registered_extensions()
    wrong = [d.path for d, f in zip(drawings, facts, strict=True) if known.get(_suffix(d.path)) != f.format]
    sides = [max(f.width, f.height) for f in facts]
    return {
        "formats": _counted(f.format for f in facts),
        "wrong_extension": {"files": len(wrong), "such_as": wrong[:_SHOWN]},
        "modes": _counted(f.mode for f in facts),
        "polarity": _counted("light ink on dark paper" if f.inverted else "dark ink on light paper" for f in facts),
        "sizes": _counted(f"{f.width} x {f.height}" for f in facts),
        "longer_side": {"min": min(sides), "median": float(np.median(sides)), "max": max(sides)},
    }


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def _counted(values: Iterator[str]) -> dict[str, int]:
    return dict(Counter(values).most_common(_SHOWN))


def _copies(images: np.ndarray) -> tuple[list[list[int]], list[list[int]], int]:
    """Groups of equal drawings, groups of nearly equal ones, and among how many these were looked for."""
    rows = np.arange(len(images))
    if len(rows) > _COMPARED:
        rows = np.sort(np.random.default_rng(0).permutation(len(images))[:_COMPARED])
    near = [rows[group].tolist() for group in likeness.near_copies(images[rows])]
    return likeness.copies(images), near, len(rows)


def _groups(drawings: Sequence[Drawing], groups: list[list[int]]) -> dict[str, Any]:
    """How many there are; which of them leak from one part into another; the first of them, leaks first."""
    parts = [sorted({drawings[i].part for i in group}, key=PARTS.index) for group in groups]
    classes = [len({drawings[i].label for i in group}) for group in groups]
    order = sorted(range(len(groups)), key=lambda at: (-len(parts[at]), -classes[at]))
    return {
        "groups": len(groups),
        "drawings": sum(map(len, groups)),
        "across_classes": sum(number > 1 for number in classes),
        "leaks": _counted(" and ".join(of) for of in parts if len(of) > 1),
        "such_as": [[{"part": drawings[i].part, "path": drawings[i].path} for i in groups[at][:8]] for at in order][
            :_SHOWN
        ],
    }


def _sheets(found: Found, ink: np.ndarray, groups: list[list[int]]) -> Iterator[tuple[str, list[int]]]:
    """Title -> the drawings to look at."""
    order = np.argsort(ink, kind="stable")
    yield "some of all", np.random.default_rng(0).permutation(len(ink))[: 2 * _SHOWN].tolist()
    yield "least ink", order[:_SHOWN].tolist()
    yield "most ink", order[::-1][:_SHOWN].tolist()
    inverted = np.array([bool(d.facts and d.facts.inverted) for d in found.drawings])
    odd = inverted if inverted.mean() <= 0.5 else ~inverted
    yield "the rarer polarity", np.flatnonzero(odd)[:_SHOWN].tolist() if inverted.any() else []
    tiny = [at for at, d in enumerate(found.drawings) if d.facts and max(d.facts.width, d.facts.height) < _TINY]
    yield f"smaller than {_TINY} pixels", tiny[:_SHOWN]
    leaks = [group for group in groups if len({found.drawings[at].part for at in group}) > 1]
    yield "copies across the split", [at for group in leaks for at in group[:4]][:_SHOWN]
    within = [group for group in groups if group not in leaks]
    yield "copies within a part", [at for group in within for at in group[:4]][:_SHOWN]


def page(said: dict[str, Any], found: Found) -> str:
    """The report as HTML that needs no other file."""
    sheets = {
        title: [{"png": _png(found.images[at]), "of": found.drawings[at]} for at in rows]
        for title, rows in said["sheets"].items()
        if rows
    }
    return _PAGES.get_template("survey.html").render(said=said, sheets=sheets, shown=_SHOWN)


def _png(image: np.ndarray) -> str:
    data = io.BytesIO()
    Image.fromarray(255 - image).save(data, "png")
    return base64.b64encode(data.getvalue()).decode()
