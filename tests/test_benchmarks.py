"""benchmarks/: its page says what was stored, and what it compares computes the same."""

import subprocess
import sys

import pytest

from benchmarks import growth, tables
from sketchjax import flags
from sketchjax.check import check
from sketchjax.config import Config
from tests.conftest import ROOT


def test_the_page_is_that_of_the_stored_rows():
    command = [sys.executable, "-m", "benchmarks.tables"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.count("\n") > 20 and printed.strip() in (ROOT / "benchmarks" / "RESULTS.md").read_text()


def test_growth_is_of_whole_configs(monkeypatch):
    """Each of its configs is one that the flags take, and each of its tables is one that is printed."""
    monkeypatch.chdir(ROOT)
    assert set(growth.CASES) <= set(tables.TABLES)
    for cases in growth.CASES.values():
        for recipe, *fields in cases.values():
            config, _ = flags.parse([f"--config=configs/{recipe}.py", *(f"--config.{f}" for f in fields)], "")
            check(config, 1)


@pytest.mark.slow
def test_both_sides_of_a_step_compute_the_same():
    """The sample of the benchmark that CI runs: one update of ours and of PyTorch's, not timed; the control is another
    temperature."""
    pytest.importorskip("torch")
    import jax
    import numpy as np

    from benchmarks import pytorch
    from benchmarks.twin import gradient_norm, make_twin, make_update

    config = Config(batch_size=16)
    config.data.image_size, config.encoder.width, config.method.hidden_features = 16, 1 / 8, 16
    views = pytorch.views_for(config)
    ours = pytorch.Ours(config, views)
    params, stats = jax.tree.map(np.array, jax.device_get((ours.state.params, ours.state.stats)))
    ours()
    said = {name: float(ours.report[name]) for name in ("loss", "grad_norm")} | {"parameters": 0}

    def compared():
        twin = make_twin(config, params, stats)
        given = pytorch.torch.from_numpy(views.reshape(-1, 1, *views.shape[2:]))
        loss = make_update(config, twin, compiled=False)(given).item()
        return pytorch.compare(said, {"loss": loss, "grad_norm": gradient_norm(twin), "parameters": 0}, exact=True)

    compared()
    config.method.temperature *= 2
    with pytest.raises(AssertionError):
        compared()
