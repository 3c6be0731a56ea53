"""What killed the run that started it all? design.md's controlled trial, in sketchjax's own terms.

  python launch/trial.py        (half an hour on two cores; reads ../shared/data/tu_berlin, else the embedded doodles)

The original augmentation (white dilated over thin black strokes, black corners, random inversion) at its own batch 32
and temperature 0.5, the same with the recommended cure, batch 128 and 0.07, and the mended augmentation at 32 and 0.5.
A squeeze-and-excitation ResNet of a quarter of the width, 64 px, AdamW at 0.001, 250 updates, one seed. Nothing is
stopped: the table says when and as what it would have been.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from sketchjax.health import gauge
from tests.failures import runs

SAME = (("encoder.name", "sketch_cnn"), ("data.image_size", 64), ("optim.lr", 0.001), ("optim.lr_scaling", "none"))


def main() -> None:
    source = "tu_berlin" if Path(runs.ROOTS["tu_berlin"]).exists() else "doodles"
    print(f"{source}; few-shot is 5-way 1-shot on validation classes, %\n")
    print("| views | batch, temperature | chance | loss, last 50 | gauge | few-shot (before) | preflight | verdict |")
    print("|---|---|--:|--:|--:|--:|---|---|", flush=True)
    for views, fault, batch, temperature in (
        ("original", "original_augmentation", 32, 0.5),
        ("original", "original_augmentation", 128, 0.07),
        ("mended", "", 32, 0.5),
    ):
        settings = (*SAME, ("batch_size", batch), ("method.temperature", temperature))
        trial = runs.Trial(fault, "simclr", 0, source, settings)
        with tempfile.TemporaryDirectory() as folder:
            row = runs.carry_out(trial, Path(folder), updates=250, quiet=True)
        chance = gauge.nt_xent(batch, temperature).chance
        word = f"{row['stopped_as']}, from update {row['stopped_at']}" if row["stopped_at"] else row["ended_as"]
        print(
            f"| {views} | {batch}, {temperature} | {chance:.3f} | {row['loss']:.3f} | {row['gauge']:.1f} % "
            f"| {row['accuracy']:.1f} ({row['untrained']:.1f}) | {row['refused'] or 'passes'} | {word} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
