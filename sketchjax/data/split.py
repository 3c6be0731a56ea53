"""Which classes are base, validation and novel: files of names, so that a score can say what it was measured on."""

import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from unicodedata import normalize

import numpy as np
from jaxtyping import Int

from sketchjax.config import Data, UserError

PARTS = ("base", "validation", "novel")


def split_of(data: Data, present: Sequence[str]) -> dict[str, list[str]]:
    """The classes of each part: from a file of names, or for a folder without one by a hash of the name.

    Raises: UserError for a split that is unknown, broken, or names classes that are not present."""
    own = {"doodles": "doodles", "omniglot": "omniglot_vinyals", "tu_berlin": "tu_berlin", "quickdraw": "quickdraw"}
    beside = Path(data.root) / "splits.json"
    if data.split.endswith(".json"):
        text, where = _read_text(Path(data.split)), data.split
    elif data.source == "folder" and not data.split:
        text, where = (_read_text(beside), str(beside)) if beside.is_file() else (json.dumps(_hashed(present)), "")
    else:
        where = f"{data.source}_{data.split}" if data.split else own[data.source]
        folder = resources.files("sketchjax.data") / "splits"
        file = folder / f"{where}.json"
        if not file.is_file():
            raise UserError(
                f"data.split={data.split} is unknown to {data.source}: leave it out, or {_known(data.source)}"
            )
        text = file.read_text()
        if other := json.loads(text).get("like"):  # the same classes, turned or not
            text = json.dumps(json.loads((folder / f"{other}.json").read_text()) | json.loads(text))
    return _checked(text, where, set(present), data)


def _checked(text: str, where: str, present: set[str], data: Data) -> dict[str, list[str]]:
    try:
        stored = json.loads(text)
        split = {part: [normalize("NFC", str(name)) for name in stored[part]] for part in PARTS}
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f'{where}: a class split is {{"base": [names], "validation": [...], "novel": [...]}}'
        ) from error
    if repeated := sum(map(len, split.values())) - len(set().union(*split.values())):
        raise UserError(f"{where}: {repeated} class names stand in it twice: each belongs to one part only")
    if data.source == "tu_berlin" and "present" not in present:  # public copies lack this class
        split["base"] = [name for name in split["base"] if name != "present"]
    if (
        data.source == "quickdraw" and not data.split
    ):  # few fetch all 345; by hash, a class stays when others are absent
        split = {part: [name for name in split[part] if name in present] for part in PARTS}
        if not any(split.values()):
            raise UserError(f"data.root={data.root} holds none of QuickDraw's 345 classes: name its files CLASS.ndjson")
    missing = [name for names in split.values() for name in names if name not in present]
    if missing:
        raise UserError(
            f"data.root={data.root} lacks {len(missing)} classes of the split, such as {missing[0]!r}: "
            f"is it {data.source}?"
        )
    if stored.get("rotations"):  # each class four times, turned: Omniglot as Vinyals et al. (2016) use it
        split = {p: [f"{name}/rot{turn:03}" for name in split[p] for turn in (0, 90, 180, 270)] for p in PARTS}
    return split


def _known(source: str) -> str:
    found = sorted(f.name for f in (resources.files("sketchjax.data") / "splits").iterdir())
    names = [name.removeprefix(f"{source}_").removesuffix(".json") for name in found if name.startswith(f"{source}_")]
    return f"use {', '.join(names)} or a JSON file" if names else "name a JSON file"


def _hashed(names: Sequence[str]) -> dict[str, list[str]]:
    """60 % base, 20 % validation, 20 % novel by a hash of the name: a class stays when others come or go."""
    split: dict[str, list[str]] = {part: [] for part in PARTS}
    for name in names:
        share = hashlib.sha256(name.encode()).digest()[0] / 256
        split["base" if share < 0.6 else "validation" if share < 0.8 else "novel"].append(name)
    return split


def digest_of(split: dict[str, list[str]]) -> str:
    """Names the split."""
    return hashlib.sha256(json.dumps(split, sort_keys=True).encode()).hexdigest()[:8]


def _read_text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise UserError(f"data.split={path}: {error.strerror}: name a JSON file of class names") from error


def groups_of(names: Sequence[str]) -> Int[np.ndarray, " names"]:
    """A number for each class, the same for all of one folder: an alphabet of Omniglot."""
    folders = [upright(name)[0].rpartition("/")[0] for name in names]
    return np.unique(folders, return_inverse=True)[1]


def upright(name: str) -> tuple[str, int]:
    """Omniglot's "alphabet/character/rot090" -> the character's folder and its quarter turns."""
    folder, _, turn = name.rpartition("/rot")
    return (folder, int(turn) // 90) if folder else (name, 0)
