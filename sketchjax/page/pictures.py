"""What a page shows beyond the run's other files, views, nearest neighbours, a map: kept, to make the page again."""

import base64
import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from sketchjax.data.record import Drawings

FILE = "page.npz"
_PAIRS, _QUERIES, _NEAREST, _MAPPED = 24, 12, 6, 300
Pictures = dict[str, np.ndarray]


def of_views(drawings: np.ndarray, views: np.ndarray, kept: np.ndarray) -> Pictures:
    """Drawings [n, size, size] beside two views of each, and the share of ink that each keeps [n, 2]."""
    some = slice(_PAIRS)
    return {
        "drawings": _bytes(drawings[some]),
        "views": _bytes(views[some]),
        "kept": np.asarray(kept[some], np.float32),
    }


def of_features(drawings: Drawings, features: Float[np.ndarray, "n features"], seed: int) -> Pictures:
    """The nearest neighbours (cosine) of some drawings by chance, and a map of some."""
    if not np.isfinite(features).all():  # of a run that went on where it had better been stopped
        return {}
    rng, names = np.random.default_rng(seed), np.array(drawings.classes)
    some = rng.permutation(len(features))
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    queries, mapped = some[:_QUERIES], np.sort(some[:_MAPPED])
    cosines = unit[queries] @ unit.T
    cosines[np.arange(len(queries)), queries] = np.inf  # itself first
    rows = np.argsort(-cosines, axis=1)[:, : _NEAREST + 1]
    found = {"neighbours": drawings.images[rows], "neighbour_names": names[drawings.labels[rows]]}
    if (at := _map(unit[mapped], seed)) is not None:
        found |= {"map": drawings.images[mapped], "map_at": at, "map_names": names[drawings.labels[mapped]]}
    return found


def _map(unit: np.ndarray, seed: int) -> np.ndarray | None:
    """t-SNE (van der Maaten and Hinton 2008), 0 to 1; None without scikit-learn, the extra `sklearn`."""
    try:
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits  # which scikit-learn needs
    except ImportError:
        return None
    if len(unit) < 10:
        return None
    with threadpool_limits(1):  # beside other work its threads wait for each other: three times as long
        at = TSNE(perplexity=min(20, len(unit) / 4), init="pca", metric="cosine", random_state=seed).fit_transform(unit)
    return ((at - at.min(0)) / np.maximum(np.ptp(at, axis=0), 1e-6)).astype(np.float32)


def save(folder: Path, pictures: Pictures) -> None:
    """Whole or not at all."""
    draft, named = folder / f".{FILE}.tmp", dict[str, Any](pictures)
    with draft.open("wb") as file:
        np.savez_compressed(file, **named)
    draft.replace(folder / FILE)


def load(folder: Path) -> Pictures:
    """None where there are none yet, or they are damaged: a page does without."""
    try:
        with (folder / FILE).open("rb") as file, np.load(file) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
        return {}


def address(image: UInt8[np.ndarray, "height width"]) -> str:
    """Ink 255 on paper 0, as a PNG in a data: address; paper is transparent, so that it is the page's."""
    page = Image.fromarray(np.stack([np.zeros_like(image), image], -1))
    file = io.BytesIO()
    page.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _bytes(images: Any) -> np.ndarray:
    return np.rint(np.asarray(images) * 255).clip(0, 255).astype(np.uint8)
