"""Sources of drawings: what they are called, how their classes are split, and how a part of them is read."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, UInt8

from sketchjax.config import Config, Data, Evaluate, UserError
from sketchjax.data import archive, bitmap, doodles
from sketchjax.data.split import PARTS, digest_of, split_of, upright


class Drawings(NamedTuple):
    """Drawings in memory: ink 255 on paper 0; a label is an index of classes."""

    images: UInt8[np.ndarray, "drawings size size"]
    labels: Int32[np.ndarray, " drawings"]
    classes: tuple[str, ...]


class Source(NamedTuple):
    """Where drawings come from. Nothing is decoded or drawn before read is called with one of PARTS."""

    name: str
    counts: dict[str, dict[str, int]]  # part -> class -> number of drawings
    digest: str  # of the listing and the class split
    read: Callable[[str], Drawings]


def open_source(data: Data) -> Source:
    """Lists the configured source. Raises: UserError for a root or split that cannot be used."""
    match data.source:
        case "doodles":
            split = split_of(data, doodles.NAMES)
            counts = {part: dict.fromkeys(names, doodles.PER_CLASS) for part, names in split.items()}

            def read(part: str) -> Drawings:
                images = doodles.draw_classes(split[part], data.image_size)
                labels = np.repeat(np.arange(len(split[part]), dtype=np.int32), doodles.PER_CLASS)
                return Drawings(images, labels, tuple(split[part]))

            return Source("doodles", counts, f"{doodles.DIGEST}-{digest_of(split)}", read)
        case "omniglot":
            return _files(data, depth=2)
        case "tu_berlin" | "folder":
            return _files(data, depth=1)
    raise AssertionError(data.source)


def _files(data: Data, depth: int) -> Source:
    """A source of image files whose class is named by the last `depth` folders of their path."""
    found = archive.entries(data.root)
    by_class: dict[str, list[archive.Entry]] = {}
    for entry in found:
        folders = entry.path.split("/")[:-1]
        if len(folders) < depth:
            raise UserError(f"data.root={data.root}: {entry.path} lies in no class folder: arrange it as CLASS/IMAGE")
        by_class.setdefault("/".join(folders[-depth:]), []).append(entry)
    split = split_of(data, sorted(by_class))
    turned = {part: [upright(name) for name in names] for part, names in split.items()}
    counts = {part: {n: len(by_class[u[0]]) for n, u in zip(split[part], turned[part], strict=True)} for part in PARTS}

    def read(part: str) -> Drawings:
        upright = {name: at for at, name in enumerate(dict.fromkeys(name for name, _ in turned[part]))}
        images = _decode([e for name in upright for e in by_class[name]], data.image_size)
        rows = np.split(np.arange(len(images)), np.cumsum([len(by_class[name]) for name in upright])[:-1])
        blocks = [np.rot90(images[rows[upright[name]]], turns, (1, 2)) for name, turns in turned[part]]
        labels = np.repeat(np.arange(len(blocks), dtype=np.int32), [len(b) for b in blocks])
        return Drawings(np.concatenate(blocks), labels, tuple(split[part]))

    return Source(data.source, counts, f"{archive.digest(found)}-{digest_of(split)}", read)


def _decode(files: Sequence[archive.Entry], size: int) -> np.ndarray:
    def one(entry: archive.Entry) -> np.ndarray:
        try:
            return bitmap.read(entry.read(), size)
        except (OSError, ValueError, SyntaxError) as error:
            raise UserError(f"{entry.path}: not a readable image ({error}): mend or remove it") from error

    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(one, files)))


def check_source(source: Source, config: Config) -> None:
    """Raises UserError with a line for everything in the source that the configured run cannot do with it."""
    drawings, evaluate = sum(source.counts["base"].values()), config.evaluate
    problems = []
    if drawings < config.batch_size:
        problems.append(
            f"batch_size={config.batch_size} is more than the {drawings} base drawings of {source.name}: "
            f"use a batch_size of at most {drawings}"
        )
    if config.method.name == "prototypical":
        method = config.method
        problems += _too_few(source, "base", method.way, method.shot, method.query, "method")
    problems += _too_few(source, "validation", evaluate.way[0], evaluate.shot[0], evaluate.query)
    problems += _too_few(source, "novel", max(evaluate.way), max(evaluate.shot), evaluate.query)
    if problems:
        raise UserError("\n".join(problems))


def check_episodes(source: Source, part: str, evaluate: Evaluate) -> None:
    """Raises UserError where a part of the source has too few classes or drawings for the episodes."""
    if problems := _too_few(source, part, max(evaluate.way), max(evaluate.shot), evaluate.query):
        raise UserError(problems[0])


def _too_few(source: Source, part: str, way: int, shot: int, query: int, of: str = "evaluate") -> list[str]:
    counts = source.counts[part]
    if len(counts) < way:
        return [
            f"{source.name} has {len(counts)} {part} classes, {way}-way episodes need {way}: "
            f"use a smaller --config.{of}.way, more classes, or a splits.json with more of them there"
        ]
    name = min(counts, key=lambda n: counts[n])
    if counts[name] < shot + query:
        return [
            f"class {name!r} ({part}) of {source.name} has {counts[name]} drawings, {shot} shots + {query} queries "
            f"need {shot + query}: add drawings, remove the class, or use a smaller --config.{of}.query"
        ]
    return []
