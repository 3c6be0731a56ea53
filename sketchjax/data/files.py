"""Sources whose drawings are image files: listed once, decoded when a part is read."""

import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple

import numpy as np

from sketchjax.config import Data, UserError
from sketchjax.data import archive, bitmap
from sketchjax.data.record import Drawings, Skip, Source, Unreadable, check_share, counted, source_of
from sketchjax.data.split import PARTS, digest_of, split_of, upright

DEPTH = {"omniglot": 2, "tu_berlin": 1, "folder": 1}  # source -> the last folders of a path that name the class


class Decoded(NamedTuple):
    """A file as a bitmap, and what it was."""

    image: np.ndarray
    facts: bitmap.Facts


def open_files(data: Data) -> Source:
    """Lists the files. Raises: UserError for a root or split that cannot be used, and from read for too many skips."""
    by_class, digest = classes_of(data)
    split = split_of(data, sorted(by_class))
    turned = {part: [upright(name) for name in names] for part, names in split.items()}
    counts = {part: {n: len(by_class[u[0]]) for n, u in zip(split[part], turned[part], strict=True)} for part in PARTS}

    counts = counted(counts, data)

    def blocks(part: str, names: Sequence[str]) -> Iterator[Drawings]:
        turns, labels = dict(zip(split[part], turned[part], strict=True)), {n: at for at, n in enumerate(split[part])}
        skipped, files = (), 0
        for folder, group in groupby(names, lambda name: turns[name][0]):  # a class and its rotations
            group = list(group)
            found = decode(by_class[folder][: counts[part][group[0]]], data.image_size)
            more = tuple(file for file in found if isinstance(file, Skip))
            skipped, files, images = skipped + more, files + len(found), _stacked(found, data.image_size)
            for name in group:
                which = np.full(len(images), labels[name], np.int32)
                yield Drawings(np.rot90(images, turns[name][1], (1, 2)), which, tuple(split[part]), more)
                more = ()
        check_share(skipped, files, part, data)

    return source_of(data.source, counts, f"{digest}-{digest_of(split)}", blocks)


def classes_of(data: Data) -> tuple[dict[str, list[archive.Entry]], str]:
    """The files of each class, which the last folders of their paths name, in Unicode's form C; the listing's digest.

    Raises: UserError where a file lies in no class, or two classes differ by case or Unicode form only."""
    found, depth = archive.entries(data.root), DEPTH[data.source]
    by_folder: dict[str, list[archive.Entry]] = {}
    for entry in found:
        folders = entry.path.split("/")[:-1]
        if len(folders) < depth:
            raise UserError(f"data.root={data.root}: {entry.path!r} lies in no class folder: arrange it as CLASS/IMAGE")
        by_folder.setdefault("/".join(folders[-depth:]), []).append(entry)
    seen: dict[str, str] = {}
    for name in by_folder:
        other = seen.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if other != name:
            raise UserError(
                f"data.root={data.root}: classes {other!a} and {name!a} differ by case or Unicode form only: "
                "merge them, or rename one"
            )
    return {unicodedata.normalize("NFC", name): files for name, files in by_folder.items()}, archive.digest(found)


def decode(files: Sequence[archive.Entry], size: int) -> list[Decoded | Skip]:
    """Every file as a bitmap, or the reason why it is none. Raises: UserError where the disk cannot be read."""

    def one(entry: archive.Entry) -> Decoded | Skip:
        try:
            found = Decoded(*bitmap.look(entry.read(), size))
        except Unreadable as error:
            return Skip(entry.path, str(error))
        except OSError as error:  # of the disk, not of the content: the next run might read it
            raise UserError(f"{entry.path!r}: {error.strerror or error}: it cannot be read, try again") from error
        return found if found.image.any() else Skip(entry.path, "blank")

    with bitmap.quietly(), ThreadPoolExecutor() as pool:
        return list(pool.map(one, files))


def _stacked(found: Sequence[Decoded | Skip], size: int) -> np.ndarray:
    kept = [file.image for file in found if isinstance(file, Decoded)]
    return np.stack(kept) if kept else np.zeros((0, size, size), np.uint8)
