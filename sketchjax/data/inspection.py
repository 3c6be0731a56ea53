"""What inspect writes: a contact sheet of augmented views, or a report on the drawings."""

import dataclasses
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from sketchjax.config import Config, Data
from sketchjax.data import survey
from sketchjax.data.augment import views_of
from sketchjax.data.likeness import ink_kept
from sketchjax.data.sources import open_source

_ROWS, _COLUMNS = 12, 6
_FRAME = 90  # grey of the lines between drawings


def contact_sheet(images: UInt8[np.ndarray, "n size size"], views: Float[np.ndarray, "n 2 size size"]) -> Image.Image:
    """Triples of a drawing and its two views, ink black on white paper."""
    ink = np.concatenate([images[:, None], np.rint(views * 255).astype(np.uint8)], 1)
    tiles = np.pad(255 - ink, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=_FRAME)
    triples = np.pad(np.concatenate(np.moveaxis(tiles, 1, 0), 2), ((0, 0), (0, 0), (0, 4)), constant_values=255)
    rows = [np.concatenate(triples[at : at + _COLUMNS], 1) for at in range(0, len(triples), _COLUMNS)]
    sheet = Image.fromarray(np.concatenate(rows))
    return sheet.resize((1400, round(1400 * sheet.height / sheet.width)), Image.Resampling.NEAREST)


def write_views(config: Config, out: str) -> None:
    """Writes the sheet of drawings chosen by the seed and prints the ink that 2000 views keep."""
    base = open_source(config.data).read("base")
    chosen = np.random.default_rng(config.seed).permutation(len(base.images))[:1000].astype(np.int32)
    images, key = base.images[chosen], jax.random.fold_in(jax.random.key(config.seed), 0)
    pages = jax.tree.map(lambda part: part[chosen], base.pages)
    views = np.asarray(jax.jit(lambda p, r: views_of(p, r, key, config.augment))(pages, jnp.asarray(chosen)))
    kept = 100 * ink_kept(images / 255, views)
    contact_sheet(images[: _ROWS * _COLUMNS], views[: _ROWS * _COLUMNS]).save(out)
    low, middle, high = np.percentile(kept, [1, 50, 99])
    print(
        f"{out}: ink a view keeps: median {middle:.0f} %, 1st percentile {low:.0f} %, 99th {high:.0f} % (n={kept.size})"
    )


def write_report(data: Data, folder: Path) -> None:
    """Surveys the source; writes report.json and report.html."""
    found = survey.find(dataclasses.replace(data, judged_per_class=0))
    said = survey.report(found, data)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    (folder / "report.html").write_text(survey.page(said, found), encoding="utf-8")
    exact, near = (said["copies"][kind]["groups"] for kind in ("exact", "near"))
    leaks = sum(sum(said["copies"][kind]["leaks"].values()) for kind in ("exact", "near"))
    print(
        f"{folder / 'report.html'}: {len(found.drawings)} drawings, {len(found.skipped)} files skipped, "
        f"{exact} groups of copies, {near} of near copies, {leaks} of these across the split"
    )
