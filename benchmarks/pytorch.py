"""Our training step against the same one in PyTorch: one encoder, one batch of views that are made already, one loss.

  pip install -e '.[test,benchmarks]'
  python -m benchmarks.pytorch --config=configs/simclr.py --config.encoder.width=1 [--config.FIELD=VALUE ...] \
[--json=benchmarks/results.jsonl]

Ours is the shipped step, with all that it watches; only what makes the views is taken out. Theirs is forward, backward
and a fused AdamW: eager or torch.compile (forward and backward), contiguous or channels_last. Both on the CPU with all
cores, in one process, by blocks of a second in turn. Checked first: as many parameters, and, from our weights, in
eager contiguous PyTorch the same loss (to 1e-4) and gradient norm (to 1 %). The other three are the same program by
other kernels: how far their loss and gradient norm are from ours stands in their rows (loss_apart, grad_norm_apart).
PyTorch 2.13's eager channels_last BatchNorm is less exact on CPU: on ink 4.7e-5 off float64 where contiguous is 1.1e-7.
Prints of each side the sketches per second and how many times faster ours was in the same round: median and quartiles;
--json appends them as rows.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any
from unittest import mock

os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # first_s is of a first run

import jax
import numpy as np
import torch

from benchmarks import measure
from benchmarks.twin import Twin, gradient_norm, make_twin, make_update
from sketchjax import flags
from sketchjax.check import check
from sketchjax.config import Config, UserError
from sketchjax.data import doodles
from sketchjax.data.augment import views_of
from sketchjax.data.feed import Batch
from sketchjax.objectives import make_objective
from sketchjax.training import step as step_module
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import TrainState, make_state

_ROUNDS, _SECONDS = 7, 1.0
Update = Callable[[], Any]
Said = dict[str, float]


def views_for(config: Config) -> np.ndarray:
    """Two views of each sketch of a batch, by the config's own augmentation. [sketches, 2, size, size]"""
    drawn = doodles.draw_classes(doodles.NAMES[::8], config.data.image_size)
    drawn = drawn[np.linspace(0, len(drawn) - 1, config.batch_size).astype(int)]
    rows = np.arange(config.batch_size, dtype=np.int32)
    views = jax.jit(lambda pages, rows: views_of(pages, rows, jax.random.key(0), config.augment))
    return np.array(views(drawn, rows))


class Ours:
    """The compiled step and its state."""

    def __init__(self, config: Config, views: np.ndarray):
        self.config, objective, optimizer = config, make_objective(config), make_optimizer(config, 100)
        self.state: TrainState = make_state(config, objective, optimizer)
        rows = np.arange(config.batch_size, dtype=np.int32)
        self.batch, self.report = jax.device_put(Batch(rows, views)), {}
        step: Any = step_module.make_train_step(config, objective, optimizer, 100 * config.epochs)
        started = time.perf_counter()
        with mock.patch.object(step_module, "views_of", lambda pages, *_: pages):
            self.step = jax.jit(step, donate_argnums=0).lower(self.state, None, self.batch).compile()
        self.first_s = time.perf_counter() - started

    def __call__(self) -> None:
        self.state, self.report = self.step(self.state, None, self.batch)

    def wait(self) -> None:
        jax.block_until_ready((self.state, self.report))


def theirs(twin: Twin, config: Config, views: np.ndarray, compiled: bool, layout: torch.memory_format) -> Update:
    twin = twin.to(memory_format=layout)
    given = torch.from_numpy(views.reshape(-1, 1, *views.shape[2:])).contiguous(memory_format=layout)
    update = make_update(config, twin, compiled)
    return lambda: update(given)


def compare(ours: Said, other: Said, exact: bool) -> Said:
    """How far apart the first update's numbers are. Refuses to time what does not compute the same, if exact."""
    loss, norm = other["loss"] - ours["loss"], other["grad_norm"] / ours["grad_norm"] - 1
    assert ours["parameters"] == other["parameters"]
    assert not exact or (abs(loss) < 1e-4 and abs(norm) < 0.01), (ours, other)
    return {"loss_apart": float(f"{loss:.2g}"), "grad_norm_apart": float(f"{norm:.2g}")}


def measured(config: Config) -> list[measure.Row]:
    torch.set_num_threads(measure.CORES)
    views = views_for(config)
    ours = Ours(config, views)
    params, stats = jax.tree.map(np.array, jax.device_get((ours.state.params, ours.state.stats)))
    ours()
    said = {name: float(ours.report[name]) for name in ("loss", "grad_norm")}
    said |= {"parameters": sum(leaf.size for leaf in jax.tree.leaves(params))}
    sides, more = {}, {measure.OURS: {"first_s": ours.first_s}}
    for how in ("eager", "compile"):
        for layout in (torch.contiguous_format, torch.channels_last):
            twin = make_twin(config, params, stats)
            update, name = theirs(twin, config, views, how == "compile", layout), f"torch {how} {str(layout)[6:]}"
            started = time.perf_counter()
            loss = update().item()
            more[name], count = {"first_s": time.perf_counter() - started}, sum(p.numel() for p in twin.parameters())
            found = {"loss": loss, "grad_norm": gradient_norm(twin), "parameters": count}
            more[name] |= compare(said, found, name == "torch eager contiguous_format")
            print(name, more[name], flush=True)
            steps = measure.steps_in(_SECONDS, update)
            sides[name] = lambda update=update, steps=steps: measure.rate_of(update, steps)
    steps = max(1, round(_SECONDS * measure.rate_of(ours, 3, ours.wait)))
    sides = {measure.OURS: lambda: measure.rate_of(ours, steps, ours.wait)} | sides
    name = f"{config.encoder.name} x{config.encoder.width:g} {config.data.image_size}px b{config.batch_size}"
    common = {"benchmark": "step", "case": name, "unit": "sketches/s"}
    rows = measure.rows_of(measure.in_turns(sides, _ROUNDS), config.batch_size, common)
    return [row | more[row["side"]] for row in rows]


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv: 0 measured, 2 refused."""
    try:
        config, extra = flags.parse(argv, str(__doc__), ("json",))
        check(config, 1)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    jax.config.update("jax_platforms", "cpu")
    measure.write(measured(config), extra["json"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
