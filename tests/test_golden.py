"""The first 20 losses of every shipped config on the embedded drawings. A refactoring must not move them.

Kept for each version of jax: their rounding differs, and training magnifies it (0.10 and 0.12 agree to 1e-4
for 8 updates, to 1e-3 for 20). An unlisted version is held to the first five.
"""

import json
import os
from pathlib import Path

import jax
import numpy as np
import pytest

from sketchjax import flags
from sketchjax.data import doodles
from sketchjax.data.record import Drawings
from sketchjax.data.sources import open_source
from sketchjax.mesh import make_mesh
from sketchjax.training import loop
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.workdir import Workdir
from tests.conftest import ROOT

GOLDEN = Path(__file__).parent / "golden"
CHANGED = """{name}: the losses of the first 20 updates are not those of tests/golden/{name}.json.
If you did not mean to change what is trained (a refactoring, say), this is a bug.
If you did, say so in the CHANGELOG and renew: SKETCHJAX_RENEW_GOLDEN=1 python -m pytest tests/test_golden.py"""


def drawn(names: list[str]) -> Drawings:
    """The first of the embedded drawings of a few classes, 640 at most."""
    images, labels = doodles.draw_classes(names, 16), np.repeat(np.arange(len(names), dtype=np.int32), 100)
    return Drawings(images[: 20 * 32], labels[: 20 * 32], tuple(names))


RUNS = {
    "simclr": [],
    "simclr-multisteps": ["accumulate=2", "accumulation=multisteps"],
    "simclr-cached": ["accumulate=2"],
    "byol": [],
    "prototypical": ["method.way=4", "method.shot=1", "method.query=3"],
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n == "simclr" else pytest.mark.slow) for n in RUNS])
def test_first_twenty_losses(name, tmp_path, monkeypatch):
    """The shipped recipe at batch 32, 16 px and an eighth of its width, on one device."""
    monkeypatch.chdir(ROOT)
    small = ["batch_size=32", "epochs=1", "encoder.width=0.125", "data.image_size=16", "log_every_updates=1"]
    recipe = f"--config=configs/{name.partition('-')[0]}.py"
    config, _ = flags.parse([recipe, *(f"--config.{field}" for field in (*small, *RUNS[name]))], "")
    config.workdir = str(tmp_path)
    source = open_source(config.data)
    few = {part: drawn(list(source.counts[part])[:classes]) for part, classes in (("base", 7), ("validation", 5))}
    workdir, mesh = Workdir.claim(config), make_mesh(jax.devices()[:1])
    with Checkpoints(tmp_path) as checkpoints:
        loop.train(config, source._replace(read=few.__getitem__), mesh, workdir, checkpoints)
    losses = [json.loads(line)["loss"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert len(losses) == 20
    file, version = GOLDEN / f"{name}.json", ".".join(jax.__version__.split(".")[:2])
    golden = json.loads(file.read_text()) if file.exists() else {}
    if os.environ.get("SKETCHJAX_RENEW_GOLDEN"):
        golden[version] = [round(loss, 6) for loss in losses]
        file.write_text(json.dumps(golden, sort_keys=True).replace("],", "],\n") + "\n")
    expected, count = (golden[version], 20) if version in golden else (next(iter(golden.values())), 5)
    assert losses[:count] == pytest.approx(expected[:count], rel=1e-4), CHANGED.format(name=name)
