"""Look at the augmented views that training will see: a contact sheet of drawings, each beside two views of it.

  python -m sketchjax.data.inspect --config=configs/simclr.py --out=views.png
  python -m sketchjax.data.inspect --config=configs/simclr.py:tu_berlin --config.data.root=DIR --out=views.png

It also prints how much of its ink a view keeps. Exit code: 0 written, 2 refused.
"""

import sys
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from sketchjax import flags
from sketchjax.check import check
from sketchjax.config import Config, UserError
from sketchjax.data.augment import views_of
from sketchjax.data.sources import open_source

_ROWS, _COLUMNS = 12, 6
_FRAME = 90  # grey of the lines between drawings


def ink_kept(
    images: UInt8[np.ndarray, "n size size"], views: Float[np.ndarray, "n 2 size size"]
) -> Float[np.ndarray, "n 2"]:
    """The ink of each view as a share of its drawing's."""
    return views.sum((2, 3)) / np.maximum(images.sum((1, 2))[:, None] / 255, 1e-6)


def contact_sheet(images: UInt8[np.ndarray, "n size size"], views: Float[np.ndarray, "n 2 size size"]) -> Image.Image:
    """Triples of a drawing and its two views, ink black on white paper."""
    ink = np.concatenate([images[:, None], np.rint(views * 255).astype(np.uint8)], 1)
    tiles = np.pad(255 - ink, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=_FRAME)
    triples = np.pad(np.concatenate(np.moveaxis(tiles, 1, 0), 2), ((0, 0), (0, 0), (0, 4)), constant_values=255)
    rows = [np.concatenate(triples[at : at + _COLUMNS], 1) for at in range(0, len(triples), _COLUMNS)]
    sheet = Image.fromarray(np.concatenate(rows))
    return sheet.resize((1400, round(1400 * sheet.height / sheet.width)), Image.Resampling.NEAREST)


def run(config: Config, out: str) -> None:
    """Writes the sheet of drawings chosen by the seed and prints the ink that 2000 views keep."""
    check(config, 1)
    base = open_source(config.data).read("base")
    chosen = np.random.default_rng(config.seed).permutation(len(base.images))[:1000].astype(np.int32)
    images, key = base.images[chosen], jax.random.fold_in(jax.random.key(config.seed), 0)
    views = np.asarray(jax.jit(lambda i, r: views_of(i, r, key, config.augment))(images, jnp.asarray(chosen)))
    kept = 100 * ink_kept(images, views)
    contact_sheet(images[: _ROWS * _COLUMNS], views[: _ROWS * _COLUMNS]).save(out)
    low, middle, high = np.percentile(kept, [1, 50, 99])
    print(
        f"{out}: ink a view keeps: median {middle:.0f} %, 1st percentile {low:.0f} %, 99th {high:.0f} % (n={kept.size})"
    )


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        config, extra = flags.parse(argv, str(__doc__), ("out",))
        if not extra["out"].endswith(".png"):
            raise UserError(f"--out={extra['out']!r}: say where to write with --out=FILE.png")
        run(config, extra["out"])
    except (UserError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
