"""Sources of drawings: what they are called, how their classes are split, and how a part of them is read."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from sketchjax.config import Config, Data, Evaluate, UserError
from sketchjax.data import doodles, files, prepared, quickdraw
from sketchjax.data.doodles import kept
from sketchjax.data.record import Drawings, Skip, Source, check_share, counted, most_of, source_of
from sketchjax.data.split import PARTS, digest_of, groups_of, split_of
from sketchjax.data.strokes import Drawing, bitmaps, pack

_BLOCK = 4096  # drawings read at once


def open_source(data: Data) -> Source:
    """Lists the configured source. Raises: UserError for a root or split that cannot be used."""
    if folder := prepared.folder_of(data):
        return prepared.open_prepared(data, folder)
    match data.source:
        case "doodles":
            split = split_of(data, doodles.NAMES)
            counts = counted({part: dict.fromkeys(names, doodles.PER_CLASS) for part, names in split.items()}, data)

            def blocks(part: str, names: Sequence[str]) -> Iterator[Drawings]:
                packed = None
                if data.strokes:
                    drawings = [d for name in names for d in doodles.drawings([name])[: counts[part][name]]]
                    packed = pack(drawings, data.image_size)
                labels = np.repeat([split[part].index(n) for n in names], [counts[part][n] for n in names])
                pages = zip(names, kept.bitmaps(names, data.image_size), strict=True)
                images = np.concatenate([own[: counts[part][name]] for name, own in pages])
                yield Drawings(images, labels.astype(np.int32), tuple(split[part]), strokes=packed)

            return source_of("doodles", counts, f"{doodles.DIGEST}-{digest_of(split)}", blocks)
        case "omniglot" | "tu_berlin" | "folder":
            return files.open_files(data)
        case "quickdraw":
            return _quickdraw(data)
    raise AssertionError(data.source)


def _quickdraw(data: Data) -> Source:
    """The official files, one a class."""
    found = quickdraw.class_files(data.root)
    if data.strokes and any(file.path.endswith(".npy") for file in found.values()):
        raise UserError(f"data.root={data.root} holds bitmaps only: set data.strokes=False, or give CLASS.ndjson files")
    split = split_of(data, list(found))
    counts = {p: {name: quickdraw.count(found[name], data, most_of(p, data)) for name in split[p]} for p in PARTS}

    def blocks(part: str, names: Sequence[str]) -> Iterator[Drawings]:
        skipped, lines, most = (), 0, most_of(part, data)
        for name in names:
            file, label, classes = found[name], split[part].index(name), tuple(split[part])
            if file.path.endswith(".npy"):
                for at in range(0, counts[part][name], _BLOCK):
                    images = quickdraw.read_bitmaps(file, data.image_size, at, min(at + _BLOCK, counts[part][name]))
                    yield Drawings(images, np.full(len(images), label, np.int32), classes)
                continue
            read = quickdraw.read_lines(name, file, data, most)
            while some := list(itertools.islice(read, _BLOCK)):
                drawings = [line for line in some if isinstance(line, Drawing)]
                bad = (line for line in some if isinstance(line, str) and line != quickdraw.UNRECOGNISED)
                more = tuple(Skip(file.path, why) for why in bad)
                skipped, lines = skipped + more, lines + len(drawings) + len(more)
                packed = pack(drawings, data.image_size)
                strokes = packed if data.strokes else None
                yield Drawings(bitmaps(packed), np.full(len(drawings), label, np.int32), classes, more, strokes)
        check_share(skipped, lines, part, data, "lines")

    return source_of("quickdraw", counts, f"{quickdraw.digest(found)}-{digest_of(split)}", blocks)


def check_source(source: Source, config: Config) -> None:
    """Raises UserError with a line for everything in the source that the configured run cannot do with it."""
    drawings, evaluate = sum(source.counts["base"].values()), config.evaluate
    problems = []
    if drawings < config.batch_size:
        problems.append(
            f"batch_size={config.batch_size} is more than the {drawings} base drawings of {source.name}: "
            f"use a batch_size of at most {drawings}"
        )
    if config.data.stream == "always" and source.records is None:
        problems.append(
            f"data.stream=always reads a prepared set, data.root={config.data.root} holds none: write one with "
            "python -m sketchjax.data.prepare"
        )
    if config.method.name == "prototypical":
        method = config.method
        problems += _too_few(source, "base", method.way, method.shot, method.query, "method")
    problems += _too_few(source, "validation", evaluate.way[0], evaluate.shot[0], evaluate.query)
    problems += _too_few(source, "novel", max(evaluate.way), max(evaluate.shot), evaluate.query)
    problems += _too_small(source, "novel", evaluate)
    if problems:
        raise UserError("\n".join(problems))


def check_episodes(source: Source, part: str, evaluate: Evaluate) -> None:
    """Raises UserError where a part of the source has too few classes or drawings for the episodes."""
    problems = _too_few(source, part, max(evaluate.way), max(evaluate.shot), evaluate.query)
    if problems := problems or _too_small(source, part, evaluate):
        raise UserError(problems[0])


def _too_small(source: Source, part: str, evaluate: Evaluate) -> list[str]:
    """Where an episode's classes are of one group."""
    sizes, way = np.bincount(groups_of(list(source.counts[part]))), max(evaluate.way)
    if not evaluate.within or (len(sizes) > 1 and sizes.max() >= way):
        return []
    if len(sizes) < 2:
        return [f"evaluate.within=True: the classes of {source.name} lie in no groups: leave it off"]
    most = int(sizes.max())
    return [
        f"evaluate.within=True: no group of {source.name}'s {part} classes has {way} classes, the largest {most}: "
        f"use --config.evaluate.way={max(2, most)}, or leave it off"
    ]


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
