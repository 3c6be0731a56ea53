"""What killed the run that started it all? design.md's controlled trial, in sketchjax's own terms.

  python launch/trial.py        (half an hour on two cores; reads ../shared/data/tu_berlin, else the doodles)

The original augmentation (white dilated over thin black strokes, black corners, random inversion) at its own batch 32
and temperature 0.5, the same with the recommended cure, batch 128 and 0.07, and the mended augmentation at 32 and 0.5;
the first two also on drawings shrunk as the original did, by a plain resize that leaves thin strokes pale, where our
reader keeps a stroke's ink. A squeeze-and-excitation ResNet of a quarter of the width, 64 px, AdamW at 0.001, one seed,
four epochs of 4,800 drawings or 250 updates, whatever is more. Nothing is stopped: the table says when and as what it
would have been.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent))

from sketchjax.data import bitmap
from sketchjax.health import gauge
from tests.failures import runs

SAME = (("encoder.name", "sketch_cnn"), ("data.image_size", 64), ("optim.lr", 0.001), ("optim.lr_scaling", "none"))


def thumbnail(ink: np.ndarray, size: int) -> np.ndarray:
    """A plain resize."""
    return np.asarray(Image.fromarray(ink).resize((size, size), Image.Resampling.BILINEAR))


def main() -> None:
    source = "tu_berlin" if Path(runs.ROOTS["tu_berlin"]).exists() else "doodles"
    print(f"{source}; few-shot is 5-way 1-shot on validation classes, %\n")
    columns = ("drawings, views", "batch, temperature", "chance", "loss, last 50", "gauge", "few-shot (before)")
    print("|", " | ".join((*columns, "preflight", "verdict")), "|")
    print("|---|---|--:|--:|--:|--:|---|---|", flush=True)
    for drawings, views, batch, temperature in (
        ("plain resize", "original", 32, 0.5),
        ("plain resize", "original", 128, 0.07),
        ("ours", "original", 32, 0.5),
        ("ours", "original", 128, 0.07),
        ("ours", "mended", 32, 0.5),
    ):
        settings = (*SAME, ("batch_size", batch), ("method.temperature", temperature))
        trial = runs.Trial("original_augmentation" * (views == "original"), "simclr", 0, source, settings)
        runs._drawings.cache_clear()
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            if drawings != "ours":
                patch.setattr(bitmap, "_shrink", thumbnail)
            row = runs.carry_out(trial, Path(folder), updates=250, quiet=True)
        chance = gauge.nt_xent(batch, temperature).chance
        word = f"{row['stopped_as']}, from update {row['stopped_at']}" if row["stopped_at"] else row["ended_as"]
        print(
            f"| {drawings}, {views} | {batch}, {temperature} | {chance:.3f} | {row['loss']:.3f} | {row['gauge']:.1f} % "
            f"| {row['accuracy']:.1f} ({row['untrained']:.1f}) | {row['refused'] or 'passes'} | {word} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
