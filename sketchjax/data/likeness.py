"""What drawings have in common: how alike they look, which are copies, and what a view keeps of its drawing's ink."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int64, UInt8

from sketchjax.progress import watched

SAME = 0.9999  # cosine of looks, above which two drawings are one; different doodles reach 0.98
# From here on a person should look: saved again as JPEG a drawing keeps 0.9994 and more, at twice or half of its size
# 0.997 (median). Of Omniglot's drawings, the simplest of all, 73 of 32,460 have another this near.
NEAR = 0.995
_SIDE = 32  # positions at which a look is sampled: half its blur apart, closer ones say nothing more
_BLOCK = 2048  # drawings compared with as many at a time: 16 MiB of cosines


def ink_kept(drawings: Any, views: Any, fill: Any = 0.0) -> Float[np.ndarray, "n views"]:
    """Of the ink of drawings [n, size, size], what each of the views [n, views, size, size] shows: where it differs
    from fill, the same view of an empty page. All are from 0 to 1."""
    return np.abs(views - fill).sum((2, 3)) / np.maximum(drawings.sum((1, 2))[:, None], 1e-6)


def digests(images: UInt8[np.ndarray, "n size size"]) -> Int64[np.ndarray, " n"]:
    """Equal where all pixels are equal; of this process only."""
    return np.array([hash(image.tobytes()) for image in images], np.int64)


def looks(pages: Any) -> Float[np.ndarray, "n pixels"]:
    """Pages [n, size, size], blurred by a sixteenth of the side, without their mean, at length 1."""
    size = pages.shape[-1]
    count = min(size, _SIDE)
    at, places = np.arange(size), (np.arange(count) + 0.5) * (size / count) - 0.5
    weights = np.exp(-0.5 * ((places[:, None] - at[None]) / (size / 16)) ** 2).astype(np.float32)
    weights /= weights.sum(1, keepdims=True)
    found = (weights @ pages.astype(np.float32) @ weights.T).reshape(len(pages), -1)
    found -= found.mean(1, keepdims=True)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)


def copies(images: UInt8[np.ndarray, "n size size"]) -> list[list[int]]:
    """Groups of two and more drawings whose pixels are equal: their indices in order."""
    groups: dict[int, list[int]] = {}
    for index, digest in enumerate(digests(images).tolist()):
        groups.setdefault(digest, []).append(index)
    return [group for group in groups.values() if len(group) > 1]


def near_copies(images: UInt8[np.ndarray, "n size size"]) -> list[list[int]]:
    """Groups of two and more drawings that look the same, in the square of their number; blockwise, in constant memory.

    Each of a group but its first looks as an earlier one does. Equal drawings count once, by their first index."""
    _, first = np.unique(digests(images), return_index=True)
    rows = np.sort(first)
    group = np.arange(len(rows))
    for begin in watched(range(0, len(rows), _BLOCK), "looking for copies", -(-len(rows) // _BLOCK)):
        later = looks(images[rows[begin : begin + _BLOCK]])
        alike = np.full(len(later), len(rows))  # the first that looks as it does
        for at in range(0, begin + 1, _BLOCK):
            same = looks(images[rows[at : at + _BLOCK]]) @ later.T > NEAR
            same = np.triu(same, 1) if at == begin else same
            alike = np.where((alike == len(rows)) & same.any(0), at + same.argmax(0), alike)
        for index in np.flatnonzero(alike < len(rows)):
            group[begin + index] = group[alike[index]]  # which is settled, for it is earlier
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group, minlength=len(rows)))[:-1])
    return [rows[found].tolist() for found in members if len(found) > 1]
