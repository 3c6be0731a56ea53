"""Bands of good runs: what makes them, and where a run lies among them."""

import json
import math
import shutil

import numpy as np
import pytest
from scipy.stats import t

from launch.bands import main
from sketchjax import flags
from sketchjax.config import SOURCES, Config
from sketchjax.fields import from_json, recipe
from sketchjax.health import bands
from sketchjax.health.bands import Band, make_band, place, places
from tests.conftest import ROOT

STRAIGHT = Band(3, [10, 20], [0.0, 10.0], [20.0, 30.0])


def runs(count, updates=30, apart=0.0, noise=1.0, seed=0):
    """apart: spread of what a run has more than others all the time; noise: of its updates."""
    rng = np.random.default_rng(seed)
    values = np.arange(1, updates + 1) + apart * rng.normal(size=(count, 1)) + noise * rng.normal(size=(count, updates))
    return [[{"update": u, "gauge": value} for u, value in enumerate(run, 1)] for run in values]


@pytest.mark.parametrize("count", [3, 5])
def test_one_more_run_lies_inside_as_often_as_promised(count):
    """Over 1000 bands: 95 % of updates where runs differ all the time, and no less where by noise, which neighbours
    average out."""
    for apart, noise, least, most in ((1.0, 0.0, 0.93, 0.97), (0.0, 1.0, 0.93, 1.0)):
        inside = []
        for seed in range(1000):
            *good, other = runs(count + 1, 5, apart, noise, seed)
            band = make_band(good, "gauge")
            inside += [place(band, line, "gauge") == "inside" for line in other]
        assert least <= np.mean(inside) <= most


def test_a_band_is_a_prediction_interval():
    """Of three runs whose spread is the same at every update, against Student's t by hand."""
    band = make_band([[{"update": u, "gauge": 5.0 + d} for u in (1, 2, 3)] for d in (-1, 0, 1)], "gauge")
    half = t.ppf(0.975, 2) * math.sqrt(1 + 1 / 3)
    assert (band.runs, band.updates) == (3, [1, 2, 3])
    np.testing.assert_allclose([band.low, band.high], [[5 - half] * 3, [5 + half] * 3], atol=0.006)


def test_only_updates_that_all_have_logged():
    a, b, c = runs(3)
    assert make_band([a[::2], b, c[3:]], "gauge").updates == [5, 7, 9, *range(11, 30, 2)]


@pytest.mark.parametrize(
    ("update", "value", "where"),
    [(15, 4.9, "below"), (15, 5.1, "inside"), (15, 24.9, "inside"), (15, 25.1, "above"), (9, 5, ""), (21, 5, "")],
)
def test_a_line_is_placed(update, value, where):
    assert place(STRAIGHT, {"update": update, "gauge": value}, "gauge") == where
    assert place(STRAIGHT, {"update": update, "gauge": None}, "gauge") == ""


def test_a_run_is_placed_in_a_sentence(monkeypatch):
    monkeypatch.setattr(bands, "bands", lambda config, updates: {"gauge": STRAIGHT} if updates == 40 else {})
    lines = [{"update": u, "progress": u / 40, "gauge": g} for u, g in ((10, 10), (15, 1), (20, 31), (30, 0))]
    assert places(Config(), lines) == [
        "gauge, beside 3 good runs: inside at 1 of 3 logged updates (1 below, 1 above)",
    ]
    assert places(Config(), lines[3:]) == places(Config(), []) == []


def test_a_recipe_is_known_whatever_its_seed_and_folder_and_another_or_one_of_other_drawings_is_not():
    from configs import simclr

    config = simclr.get_config()
    config.seed, config.workdir, config.evaluate.episodes = 99, "elsewhere", 7
    assert set(bands.bands(config, 740)) == set(bands.COLUMNS)
    assert bands.bands(config, 741) == {}
    config.optim.lr = 0.007
    assert bands.bands(config, 740) == {}


def test_what_is_stored_is_of_three_seeds_or_more():
    for stored in bands._stored():
        assert len(set(stored["seeds"])) >= 3
        for column in stored["bands"].values():
            band = Band(**column)
            assert (
                band.updates[-1] == stored["updates"]
                and band.runs == len(stored["seeds"])
                and len(band.updates) == len(band.low) == len(band.high)
            )
            assert all(low <= high for low, high in zip(band.low, band.high, strict=True))


@pytest.mark.parametrize("source", [source for source in SOURCES if source != "folder"])
@pytest.mark.parametrize("method", ["simclr", "byol", "prototypical"])
def test_every_recipe_in_configs_has_bands(method, source):
    """Of every source but one's own drawings: who changes a recipe makes good runs of it."""
    config, *_ = flags.parse([f"--config={ROOT}/configs/{method}.py:{source}"], "")
    assert recipe(config) in [of["recipe"] for of in bands._stored()]


def test_seeds_come_one_by_one_and_a_run_that_was_not_good_is_not_kept(trained_workdir, tmp_path):
    out, kept = tmp_path / "bands.json", tmp_path / "good_runs.json"
    lines = [json.loads(line) for line in (trained_workdir / "metrics.jsonl").read_text().splitlines()]
    own = recipe(from_json(json.loads((trained_workdir / "config.json").read_text())))
    fewer, old = ({"recipe": own, "updates": lines[-1]["update"] - less, "seeds": [], "bands": {}} for less in (1, 0))
    out.write_text(json.dumps([fewer, old]))  # of fewer updates it is another run
    kept.write_text("[]")

    def given(seed, verdict="healthy"):
        workdir = tmp_path / f"{seed}" / "run"
        shutil.copytree(trained_workdir, workdir)
        for name, changed in (("config.json", {"seed": seed}), ("result.json", {"verdict": verdict})):
            (workdir / name).write_text(json.dumps(json.loads((workdir / name).read_text()) | changed))
        main([str(workdir.parent)], out, kept)
        return json.loads(kept.read_text()), json.loads(out.read_text())

    assert given(1)[1] == [fewer, old]
    assert [run["seed"] for run in given(3)[0]] == [1, 3]
    assert [run["seed"] for run in given(2, "collapsed")[0]] == [1, 3]
    runs, (first, new) = given(0)
    assert [run["seed"] for run in runs] == new["seeds"] == [0, 1, 3] and first == fewer
    assert new["bands"]["gauge"]["updates"] == [line["update"] for line in lines if line["gauge"] is not None]
    assert "/" not in kept.read_text()  # of nobody's machine
