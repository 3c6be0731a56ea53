"""Methods x encoders x accumulations: two updates, one compile. So do the published large batches.

SKETCHJAX_TABLE=FILE python -m pytest -m "slow or not slow" tests/test_matrix.py    runs all and writes a Markdown table
"""

import os
import time
from pathlib import Path

import jax
import numpy as np
import pytest

from sketchjax import flags
from sketchjax.config import ACCUMULATIONS, ENCODERS, METHODS
from sketchjax.data.batches import make_batches
from sketchjax.data.feed import Batch
from sketchjax.mesh import replicate, split_rows
from sketchjax.training.optim import make_optimizer
from tests.conftest import ROOT, as_method
from tests.training.steps import step_of


def two_updates(config, images, mesh):
    """The losses of two updates, and how often the step was compiled."""
    batches = make_batches(config, np.repeat(np.arange(len(images) // 8, dtype=np.int32), 8))
    state, step = step_of(config, make_optimizer(config, 4), mesh, updates=2)
    drawings, losses = replicate(mesh, images), []
    for at in range(2 * config.steps_per_update):
        rows = batches.batch_at(at)
        state, report = step(state, drawings, Batch(split_rows(mesh, rows, axis=rows.ndim - 1)))
        losses.append(float(report["loss"]))
    assert int(state.skipped) == 0
    return losses[config.steps_per_update - 1 :: config.steps_per_update], step._cache_size()


ALL = [(m, e, a) for m in METHODS for e in ENCODERS for a in ACCUMULATIONS]
# What no other test trains: test_golden.py has Conv-4 by all methods, SimCLR also in parts, test_resume.py BYOL in
# parts, test_proof.py losses and gradients of the other encoders. All 45 where a table is asked for.
FEW = {
    ("simclr", "conv4", "none"),
    ("prototypical", "conv4", "multisteps"),
    ("byol", "conv4", "cached"),
    ("prototypical", "conv4", "cached"),
    ("simclr", "sketch_cnn", "none"),
    ("prototypical", "resnet34", "multisteps"),
}
CHOSEN = [one for one in ALL if "SKETCHJAX_TABLE" in os.environ or one in FEW]
AT_ONCE = (("simclr", "conv4", "none"), ("prototypical", "conv4", "multisteps"))


@pytest.mark.parametrize(
    ("method", "encoder", "accumulation"),
    [pytest.param(*c, marks=[] if c in AT_ONCE else pytest.mark.slow) for c in CHOSEN],
)
def test_two_updates(config, images, one_device, method, encoder, accumulation):
    as_method(config, method)
    config.batch_size, config.encoder.name, config.encoder.width = 32, encoder, 1 / 16
    config.accumulation, config.accumulate = accumulation, 1 if accumulation == "none" else 2
    started = time.monotonic()
    losses, compiled = two_updates(config, images, one_device)
    assert np.isfinite(losses).all() and compiled == 1
    assert losses[0] != losses[1]
    if table := os.environ.get("SKETCHJAX_TABLE"):
        row = f"| {method} | {encoder} | {accumulation} | {losses[0]:.3f} | {losses[1]:.3f} | {compiled} |"
        with Path(table).open("a") as file:
            file.write(f"{row} {time.monotonic() - started:.1f} |\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["simclr", "byol"])
def test_published_large_batches(name, one_device, monkeypatch):
    """The papers' recipes, LARS and 4096 sketches an update, with an encoder that these cores can train."""
    monkeypatch.chdir(ROOT)
    small = ["encoder.name=conv4", "encoder.width=0.0625", "data.image_size=16", "accumulate=8", "epochs=2"]
    config, _ = flags.parse([f"--config=configs/{name}.py:doodles,paper", *(f"--config.{s}" for s in small)], "")
    images = np.random.default_rng(0).integers(0, 256, (4096, 16, 16)).astype(np.uint8)
    losses, compiled = two_updates(config, images, one_device)
    assert np.isfinite(losses).all() and compiled == 1
    if name == "simclr":
        assert losses[0] == pytest.approx(np.log(2 * 4096 - 1), abs=4)
    jax.clear_caches()
