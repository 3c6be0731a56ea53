"""The bench measures what the run would do, stores it, and compares."""

import json

import jax
import numpy as np
import pytest

from sketchjax import bench, flags
from sketchjax.check import check
from sketchjax.mesh import replicated, split_rows
from sketchjax.training import speed
from tests.conftest import ROOT


def flags_of(folder, *more):
    small = {"data.root": folder, "data.image_size": 16, "encoder.width": 0.125, "batch_size": 16, "evaluate.query": 5}
    small |= {"evaluate.way": 5, "evaluate.shot": 1}
    fields = (f"--config.{name}={value}" for name, value in small.items())
    return [f"--config={ROOT / 'configs' / 'simclr.py'}:folder", *fields, *more]


@pytest.mark.slow
def test_measures_stores_and_compares(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(speed, "BLOCKS", 2)
    monkeypatch.setattr(speed, "_SECONDS", 0.05)
    out = tmp_path / "found.json"
    assert bench.main(flags_of(folder, f"--json={out}", f"--trace={tmp_path / 'trace'}")) == 0
    assert len(list((tmp_path / "trace").rglob("perfetto_trace.json.gz"))) == 1
    assert " x " not in capsys.readouterr().out.split("step_s")[1]
    found = json.loads(out.read_text())
    fewer = [f"step_s_on_{devices}" for devices in (1, 2, 4)]  # of the 8 devices that tests have
    for name in ("step_s", "training_s", "sketches_per_second", "views_s", *fewer):
        low, middle, high = found[name]
        assert 0 < low <= middle <= high
    assert found["sketches_per_second"][1] == pytest.approx(16 / found["training_s"][1])
    assert found["compile_s"] > 0 and found["flops"] > 1e6 and found["step_bytes"] > 1e5
    assert found["collectives"] > 0 and found["collective_bytes"] > 4 * 3 * 3 * 8  # gradients, at least
    assert found["share_of_peak"] > 0 and 0 <= found["input_wait"][0] < 1
    out.write_text(json.dumps(found | {"step_s": [1e3, 2e3, 4e3]}))
    monkeypatch.setattr(speed, "measure", lambda *_: found)  # the same again, to be compared
    assert bench.main(flags_of(folder, f"--compare={out}")) == 0
    assert "  x 0.000" in next(line for line in capsys.readouterr().out.splitlines() if line.startswith("step_s"))


def test_what_devices_say_to_each_other_is_counted(mesh):
    """Of a program whose collectives one knows: a sum of 24 numbers, and none."""
    x = split_rows(mesh, np.ones((8, 4, 6), np.float32))
    program = jax.jit(lambda x: x.sum(0), out_shardings=replicated(mesh)).lower(x).compile()
    assert speed.collectives(program.as_text()) == (1, 4 * 24)
    program = jax.jit(lambda x: x + 1, out_shardings=x.sharding).lower(x).compile()
    assert speed.collectives(program.as_text()) == (0, 0)


def test_bad_input_is_one_line(folder, tmp_path, capsys):
    (tmp_path / "broken.json").write_text("{")
    for name in ("broken.json", "missing.json"):
        assert bench.main(flags_of(folder, f"--compare={tmp_path / name}")) == 2
        assert "name a file that --json has written" in capsys.readouterr().err
    assert bench.main(flags_of(folder, "--config.batch_size=7")) == 2
    assert bench.main(["--jsn=x", *flags_of(folder)]) == 2
    assert "did you mean json" in capsys.readouterr().err


@pytest.mark.slow
def test_the_suite(tmp_path, monkeypatch, capsys):
    """Two of the standard set, in processes of their own."""
    monkeypatch.chdir(ROOT)
    chosen = {name: bench.SUITE[name] for name in ("default", "from strokes")}
    small = ("encoder.width=0.1", "data.image_size=16", "batch_size=32")
    monkeypatch.setattr(bench, "SUITE", {name: (*fields, *small) for name, fields in chosen.items()})
    assert bench.main(["--suite", f"--json={tmp_path / 'suite.json'}"]) == 0
    found = json.loads((tmp_path / "suite.json").read_text())
    assert set(found) == set(chosen) and all(one["step_s"][1] > 0 for one in found.values())
    assert all(name in capsys.readouterr().out for name in ["from strokes"])


def test_the_suite_is_of_whole_configs(monkeypatch):
    """Each of its configs is one that the flags take."""
    monkeypatch.chdir(ROOT)
    for recipe, *fields in bench.SUITE.values():
        config, _ = flags.parse([f"--config=configs/{recipe}.py", *(f"--config.{f}" for f in fields)], "")
        check(config, 1)
    assert bench.main(["--suite", "--nope"]) == 2
