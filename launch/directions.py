"""What an encoder tells drawings apart by: its main directions, and how far the mere amount, place and shape of the ink
explain each.

  python launch/directions.py WORKDIR... [--classes=validation]

Prints for every run the effective rank of its embeddings and, of its first directions (principal components), the share
of the variance and R^2 of a regression on seven measures of the bitmap and their squares: the sum of ink, its centre,
its extent either way (standard deviations), the ratio of both, and the number of pixels with any. An encoder whose
variance lies in directions that these explain has found out how much was drawn, not what.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from sketchjax import load_encoder
from sketchjax.data.sources import open_source
from sketchjax.data.split import PARTS
from sketchjax.flags import Parser

_FIRST = 4


def measures(images: np.ndarray) -> np.ndarray:
    """[drawings, 7] of uint8 bitmaps [drawings, size, size], ink 255."""
    ink, at = images / 255.0, np.arange(images.shape[-1])
    total = ink.sum((1, 2))
    found = [total, (images > 0).sum((1, 2))]
    for axis in (1, 2):
        line = ink.sum(axis) / total[:, None]
        centre = line @ at
        found += [centre, np.sqrt((line * (at - centre[:, None]) ** 2).sum(1) + 1 / 12)]  # a pixel has a width, too
    return np.stack([*found, np.log(found[3] / found[5])], 1)


def directions(h: np.ndarray, images: np.ndarray) -> tuple[float, list[tuple[float, float]]]:
    """The effective rank, and of the first directions (share of the variance, R^2)."""
    along, scale, _ = np.linalg.svd(h - h.mean(0), full_matrices=False)
    shares = scale**2 / (scale**2).sum()
    known = measures(images)
    known = (known - known.mean(0)) / known.std(0)
    known = np.concatenate([known, known**2], 1)
    known -= known.mean(0)
    along = along[:, :_FIRST]
    rest = along - known @ np.linalg.lstsq(known, along, rcond=None)[0]
    explained = 1 - (rest**2).sum(0)  # each direction has length 1
    rank = np.exp(-(shares * np.log(np.maximum(shares, 1e-12))).sum())
    return float(rank), list(zip(shares[:_FIRST].tolist(), explained.tolist(), strict=True))


def main(argv: Sequence[str]) -> None:
    parser = Parser("launch/directions.py", __doc__)
    parser.add_argument("workdirs", nargs="+")
    parser.add_argument("--classes", choices=PARTS, default="validation")
    asked = parser.parse_args(argv)
    for workdir in asked.workdirs:
        encoder = load_encoder(workdir)
        images = open_source(encoder.config.data).read(asked.classes).images
        rank, first = directions(encoder.of_bitmaps(images), images)
        cells = ", ".join(f"{100 * share:.0f} % (R2 {fit:.2f})" for share, fit in first)
        print(f"{Path(workdir).name}: effective rank {rank:.1f}; {cells}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
