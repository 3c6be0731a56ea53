"""What `python -m sketchjax.demo` answers: a request's drawings -> names, by the prototypes of a few examples."""

import base64
import hashlib
import io
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import export
from PIL import Image
from scipy.special import softmax

from sketchjax.config import UserError
from sketchjax.data import bitmap
from sketchjax.data.record import Unreadable
from sketchjax.model.heads import normalise
from sketchjax.page import pictures

EXAMPLES, SIDE, NAME = 200, 512, 40  # at most: drawings, pixels a side, characters
_PNG = "data:image/png;base64,"
_SHAPE = f'{{"examples": [{{"name": "cat", "image": "{_PNG}..."}}], "query": "{_PNG}..."}}'
_BLOCK = 16  # drawings a call of the encoder, always: compiled once, and one drawing is answered while its owner looks
_KEPT = 2048  # drawings that are remembered, of all who draw: 10 to 100 MB
_SHOWN = 4  # examples beside a guess, the nearest first
_TEMPERATURE = 0.1  # as PrototypeClassifier has it


class Seen(NamedTuple):
    """A drawing: its bitmap, as an address for the page, and its features, of length 1."""

    picture: str
    features: np.ndarray


class Eye:
    """Drawings -> what the encoder sees and makes of them. The latest are remembered: examples come again and again."""

    def __init__(self, encoder: Any):
        program = export.deserialize(bytearray(encoder.exported((export.default_export_platform(),))))
        self._encode, self._size = jax.jit(lambda drawings: normalise(program.call(drawings))), encoder.image_size
        self._known: dict[bytes, Seen] = {}  # the one that was asked for last at the end
        self._lock = threading.Lock()
        self._features([np.zeros((self._size, self._size), np.uint8)])  # compiles

    def __call__(self, drawings: Mapping[str, bytes]) -> list[Seen]:
        """Of PNG files, by what an error calls them. Raises: UserError for one that is none, too large, or blank."""
        keys = {what: hashlib.sha256(png).digest() for what, png in drawings.items()}
        with self._lock:
            found = {key: self._known[key] for key in keys.values() if key in self._known}
        fresh = {keys[what]: self._bitmap(what, png) for what, png in drawings.items() if keys[what] not in found}
        addresses = [pictures.address(ink) for ink in fresh.values()]
        with self._lock:
            found |= zip(fresh, map(Seen, addresses, self._features(list(fresh.values()))), strict=True)
            for key, seen in found.items():
                self._known.pop(key, None)
                self._known[key] = seen
            while len(self._known) > _KEPT:
                del self._known[next(iter(self._known))]
        return [found[key] for key in keys.values()]

    def _features(self, bitmaps: Sequence[np.ndarray]) -> list[np.ndarray]:
        found: list[np.ndarray] = []
        for at in range(0, len(bitmaps), _BLOCK):
            some = np.stack(bitmaps[at : at + _BLOCK])
            filled = np.resize(some, (_BLOCK, *some.shape[1:]))
            found += [row.copy() for row in np.asarray(self._encode(filled))[: len(some)]]  # not the whole block
        return found

    def _bitmap(self, what: str, png: bytes) -> np.ndarray:
        try:
            with Image.open(io.BytesIO(png), formats=("PNG",)) as image:  # its size: nothing is decoded yet
                width, height = image.size
            if max(width, height) > SIDE:
                raise Unreadable(f"{width} x {height} pixels: send at most {SIDE} a side")
            ink = bitmap.read(png, self._size)
            if not ink.any():
                raise Unreadable("blank: draw something")
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise UserError(f"{what}: too many pixels: send at most {SIDE} a side") from error
        except Exception as error:  # Pillow raises anything on damaged bytes
            why = error if isinstance(error, Unreadable) else "no PNG image: send what canvas.toDataURL() gives"
            raise UserError(f"{what}: {why}") from error
        return ink


def ranked(names: Sequence[str], examples: Sequence[Seen], query: Seen) -> list[dict[str, Any]]:
    """The names, likeliest first: name, share (all sum to 1), number of examples, pictures of the nearest of them.

    Shares are a softmax over squared distances to each name's prototype, the mean of its examples (Snell et al. 2017).
    """
    far = [float(np.square(example.features - query.features).sum()) for example in examples]
    own = {name: [row for row, other in enumerate(names) if other == name] for name in names}
    prototypes = np.array([np.mean([examples[row].features for row in rows], 0) for rows in own.values()])
    shares = softmax(-np.square(prototypes - query.features).sum(1) / _TEMPERATURE)
    guesses = [
        {
            "name": name,
            "share": float(share),
            "count": len(rows),
            "examples": [examples[row].picture for row in sorted(rows, key=far.__getitem__)[:_SHOWN]],
        }
        for (name, rows), share in zip(own.items(), shares, strict=True)
    ]
    return sorted(guesses, key=lambda guess: -guess["share"])


def read(body: bytes) -> tuple[list[str], dict[str, bytes]]:
    """What a request asks: the examples' names; their PNG files, the query's last, by what an error calls them.

    Raises: UserError for anything else than such a request."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UserError(f"the body is no JSON ({type(error).__name__}): send {_SHAPE}") from error
    match asked:
        case {"examples": list(examples), "query": query}:
            if len(examples) > EXAMPLES:
                raise UserError(f"examples: {len(examples)} are too many: send at most {EXAMPLES}")
            named = [_example(example, f"examples[{row}]") for row, example in enumerate(examples)]
        case _:
            raise UserError(f"the body is {_short(asked)}: send {_SHAPE}")
    files = {f"examples[{row}].image": image for row, (_, image) in enumerate(named)}
    return [name for name, _ in named], files | {"query": _file(query, "query")}


def _example(example: Any, what: str) -> tuple[str, bytes]:
    match example:
        case {"name": str(name), "image": image} if 1 <= len(name.strip()) <= NAME:
            return name.strip(), _file(image, f"{what}.image")
        case _:
            raise UserError(f"{what} is {_short(example)}: give a name of 1 to {NAME} characters and an image")


def _file(image: Any, what: str) -> bytes:
    try:
        if isinstance(image, str) and image.startswith(_PNG):
            return base64.b64decode(image.removeprefix(_PNG), validate=True)
    except ValueError:
        pass
    raise UserError(f"{what} is {_short(image)}: send an image as {_PNG}...")


def _short(value: Any) -> str:
    return ascii(value)[:60]
