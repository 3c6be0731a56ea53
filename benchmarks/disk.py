"""Training from drawings on disk: ours against PyTorch fed by lightly's SimCLR views, and by OpenCV image by image.

  pip install -e '.[test,benchmarks]'
  python -m benchmarks.disk --config=configs/simclr.py:tu_berlin \
--config.data.root=../shared/data/tu_berlin/sketches_png.zip [--config.FIELD=VALUE ...] [--json=FILE]

Ours: the shipped step with the config's own augmentation, its drawings read once at the start. Theirs: the same
encoder, loss and optimizer in PyTorch (eager, channels_last), two workers that decode and augment; no drawing is seen
twice in a pass, and of lightly's three channels the step takes one. All on the CPU, in one process, by blocks of so
many steps in turn; the clock of theirs starts when each worker has delivered a batch. Prints of each side the sketches
per second and how many times faster ours was in the same round: median and quartiles; --json appends them as rows.
start_s is what comes before the first step (ours: reading and decoding all base drawings; theirs: the first batches).
"""

import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import torch

from benchmarks import loaders, measure
from benchmarks.twin import Twin, make_twin, make_update
from sketchjax import flags
from sketchjax.check import check
from sketchjax.config import Config, UserError
from sketchjax.data.batches import make_batches
from sketchjax.data.feed import make_feed
from sketchjax.data.record import Source
from sketchjax.data.sources import check_source, open_source
from sketchjax.mesh import make_mesh, replicate, replicated
from sketchjax.objectives import make_objective
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state
from sketchjax.training.step import make_train_step

_ROUNDS, _SECONDS, _LEAST = 7, 3.0, 4  # blocks of a side, their length, and the least steps of one


class Ours:
    """A run's step and its feed."""

    def __init__(self, config: Config, source: Source):
        started, mesh = time.perf_counter(), make_mesh()
        self.feed = make_feed(config, source, mesh)
        self.start_s = time.perf_counter() - started
        batches = make_batches(config, self.feed.labels)
        objective, optimizer = make_objective(config), make_optimizer(config, batches.updates_per_epoch)
        step: Any = make_train_step(config, objective, optimizer, config.epochs * batches.updates_per_epoch)
        self.step = jax.jit(step, donate_argnums=0, out_shardings=replicated(mesh))
        self.state = replicate(mesh, make_state(config, objective, optimizer))
        self.incoming = self.feed.batches(batches, 0, 1 << 30)

    def __call__(self) -> None:
        self.state, _ = self.step(self.state, self.feed.resident, next(self.incoming))

    def wait(self) -> None:
        jax.block_until_ready(self.state)


def unpack(root: str, classes: Iterable[str], out: Path) -> None:
    """The drawings of these classes, a folder each."""
    with zipfile.ZipFile(root) as archive:
        for name in archive.namelist():
            folder = Path(name).parent.name
            if name.endswith(".png") and folder in classes:
                (out / folder).mkdir(exist_ok=True)
                (out / folder / Path(name).name).write_bytes(archive.read(name))


def rate(loader: loaders.Loader, update: Callable[[torch.Tensor], Any], steps: int) -> float:
    """Steps a second of one pass over the loader."""
    incoming, started = loaders.started(loader, steps), time.perf_counter()
    for batch in incoming:
        update(loaders.views_of(batch).contiguous(memory_format=torch.channels_last))
    return steps / (time.perf_counter() - started)


def theirs(config: Config, twin: Twin, loader: loaders.Loader) -> Callable[[], float]:
    """A block of one side."""
    update = make_update(config, twin.to(memory_format=torch.channels_last), compiled=False)
    rate(loader, update, 2)
    steps = max(_LEAST, round(_SECONDS * rate(loader, update, 4)))
    return lambda: rate(loader, update, steps)


def measured(config: Config, folder: Path) -> list[measure.Row]:
    source, started, start = open_source(config.data), {}, {}
    check_source(source, config)
    unpack(config.data.root, source.counts["base"], folder)
    for name, make in loaders.SIDES.items():  # before anything starts threads
        clock = time.perf_counter()
        started[name] = make(folder, config.data.image_size, config.batch_size)
        start[name] = time.perf_counter() - clock
    torch.set_num_threads(measure.CORES)
    ours = Ours(config, source)
    start[measure.OURS] = ours.start_s
    params, stats = jax.tree.map(np.array, jax.device_get((ours.state.params, ours.state.stats)))
    measure.rate_of(ours, 2, ours.wait)
    steps = max(_LEAST, round(_SECONDS * measure.rate_of(ours, 3, ours.wait)))
    sides = {measure.OURS: lambda: measure.rate_of(ours, steps, ours.wait)}
    for name, loader in started.items():
        sides[name] = theirs(config, make_twin(config, params, stats), loader)
    name = f"{config.encoder.name} x{config.encoder.width:g} {config.data.image_size}px b{config.batch_size}"
    common = {"benchmark": "disk", "case": name, "unit": "sketches/s", "drawings": len(ours.feed.labels)}
    rows = measure.rows_of(measure.in_turns(sides, _ROUNDS), config.batch_size, common)
    return [row | {"start_s": round(start[row["side"]], 2)} for row in rows]


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv: 0 measured, 2 refused."""
    jax.config.update("jax_platforms", "cpu")
    try:
        config, extra = flags.parse(argv, str(__doc__), ("json",))
        check(config, 1)
        with tempfile.TemporaryDirectory() as folder:
            rows = measured(config, Path(folder))
    except (UserError, OSError, zipfile.BadZipFile) as error:
        print(error, file=sys.stderr)
        return 2
    measure.write(rows, extra["json"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
