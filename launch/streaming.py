"""Does memory stay flat where drawings do not fit, and does a step ever wait for them?

  python launch/streaming.py OUT        (a quarter of an hour on two cores; OUT takes half a gigabyte)

Sets of 100,000 and 1,000,000 drawings (the doodles' own base drawings, each moved by another few pixels) are written by
the builders and then streamed into SimCLR's training step; each in a process of its own, whose peak memory is printed.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sketchjax import flags
from sketchjax.config import Data
from sketchjax.data import sources
from sketchjax.data import write as writing
from sketchjax.data.record import Drawings, source_of

_CLASSES, _UPDATES = 100, 120


def many(data: Data, drawings: int) -> sources.Source:
    """So many drawings in _CLASSES base classes, and a few of validation and novel."""
    per_class = {"base": drawings // _CLASSES, "validation": 20, "novel": 20}
    counts = {part: {f"{part}{at:03}": n for at in range(_CLASSES)} for part, n in per_class.items()}
    images = sources.open_source(Data()).read("base").images

    def blocks(part: str, names: Sequence[str]) -> Iterator[Drawings]:
        for name in names:
            label, rng = int(name[-3:]), np.random.default_rng([len(part), int(name[-3:])])
            for at in range(0, per_class[part], 1000):
                count = min(1000, per_class[part] - at)
                chosen = np.roll(images[rng.integers(0, len(images), count)], tuple(rng.integers(-3, 4, 2)), (1, 2))
                yield Drawings(chosen, np.full(count, label, np.int32), tuple(counts[part]))

    return source_of("folder", counts, f"many-{drawings}", blocks)


def write(out: Path, drawings: int) -> None:
    data = Data("folder", str(out), judged_per_class=0)
    writing.open_source = lambda data: many(data, drawings)
    writing.prepare(data, out)


def train(out: Path, stream: str) -> None:
    """Prints the last lines' rate and wait for input, the first two excepted: they compile."""
    import jax

    from sketchjax.mesh import make_mesh
    from sketchjax.training import loop
    from sketchjax.training.checkpoint import Checkpoints
    from sketchjax.training.workdir import Workdir

    config, _ = flags.parse(["--config=configs/simclr.py"], "")
    config.data.source, config.data.root, config.data.stream = "folder", str(out), stream
    source = sources.open_source(config.data)
    config.workdir, config.epochs, config.checkpoint.every_epochs = str(out / f"run-{stream}"), 1, 100
    config.health.verdict, config.evaluate.query, make = "warn", 10, loop.make_batches
    config.evaluate.episodes = 100
    loop.make_batches = lambda *arguments: make(*arguments)._replace(updates_per_epoch=_UPDATES)  # a part of the epoch
    workdir = Workdir.claim(config)
    with Checkpoints(workdir.path) as checkpoints:
        loop.train(config, source, make_mesh(), workdir, checkpoints)
    lines = workdir.lines()[2:]
    rate, wait = (np.median([line[name] for line in lines]) for name in ("sketches_per_second", "input_wait"))
    print(json.dumps({"rate": rate, "wait": wait, "losses": [line["loss"] for line in lines], "jax": jax.__version__}))


def child(*arguments: str) -> tuple[float, float, str]:
    """(seconds, peak MiB, last line) of this script in a process of its own."""
    started = time.monotonic()
    done = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    *_, last, peak = done.stdout.strip().splitlines()
    return time.monotonic() - started, float(peak), last


def main(out: Path) -> None:
    print("| drawings | preparing, s | peak, MiB | on disk, MiB | streamed: peak, MiB | sketches/s | wait for input |")
    print("|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    for drawings in (100_000, 1_000_000):
        place = out / str(drawings)
        seconds, peak, _ = child("write", str(place), str(drawings))
        size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) / 2**20
        _, memory, last = child("train", str(place), "always")
        found = json.loads(last)
        print(
            f"| {drawings} | {seconds:.0f} | {peak:.0f} | {size:.0f} | {memory:.0f} | {found['rate']:.0f} "
            f"| {100 * found['wait']:.2f} % |",
            flush=True,
        )
    _, memory, last = child("train", str(out / "100000"), "never")
    same = json.loads(last)["losses"] == json.loads(child("train", str(out / "100000"), "always")[2])["losses"]
    print(
        f"\nall on the device, 100,000 drawings: {memory:.0f} MiB; losses {'equal' if same else 'DIFFER'}, bit for bit"
    )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", out, drawings]:
            write(Path(out), int(drawings))
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        case ["train", out, stream]:
            train(Path(out), stream)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        case [out]:
            main(Path(out))
        case _:
            sys.exit(__doc__)
