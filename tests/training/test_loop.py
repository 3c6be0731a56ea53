"""The loop on a small folder: what it writes, what it reads back, what it may not look at, how often it compiles."""

import json

import jax
import numpy as np
import pytest

from sketchjax.data import feed
from sketchjax.data.record import Drawings
from sketchjax.evaluation.few_shot import few_shot, make_episodes
from sketchjax.evaluation.floors import floors
from sketchjax.training import log, loop
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.workdir import Workdir
from tests.conftest import WALL_CLOCK


def train(config, source, mesh, path):
    """Trains, and returns the metrics' lines and the fingerprint of the last state."""
    config.workdir = str(path)
    workdir = Workdir.claim(config)
    with Checkpoints(path) as checkpoints:
        loop.train(config, source, mesh, workdir, checkpoints)
        about = json.loads(
            next((path / "checkpoints" / str(checkpoints.steps()["latest"])).rglob("about/metadata")).read_text()
        )
    lines = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    return lines, about["fingerprint"]


def test_a_line_per_logged_update(config, small_source, one_device, tmp_path):
    config.log_every_updates = 4
    lines, _ = train(config, small_source, one_device, tmp_path)
    assert [line["update"] for line in lines] == [4, 8, 9, 12, 16, 18]  # 144 drawings: 9 updates an epoch
    assert [line["epoch"] for line in lines] == [1, 1, 1, 2, 2, 2]
    assert [("validation_accuracy" in line) for line in lines] == [False, False, True, False, False, True]
    fields = {
        "step",
        "update",
        "epoch",
        "loss",
        "gauge",
        "learning_rate",
        "grad_norm",
        "embedding_std",
        "effective_rank",
        "embedding_spread",
        "positive_cosine",
        "negative_cosine",
        "top1",
        "alignment",
        "uniformity",
        "update_ratio",
        "travel",
        "progress",
        "input_wait",
    }
    assert all(fields <= set(line) for line in lines)
    assert all(np.isfinite(line[name]) for line in lines for name in fields)


def test_what_learns_nothing_is_judged_by_the_episodes_of_the_checkpoints(
    config, small_source, one_device, tmp_path, capsys
):
    lines, _ = train(config, small_source, one_device, tmp_path)
    drawings, e = small_source.read("validation"), config.evaluate
    episodes = make_episodes(drawings.labels, e.way[0], e.shot[0], e.query, e.episodes, e.seed)
    expected = {name: few_shot(found, episodes) for name, found in floors(drawings.images).items()}
    for line in lines:
        for name, (accuracy, ci95) in expected.items() if "validation_accuracy" in line else ():
            assert (line[f"validation_{name}"], line[f"validation_{name}_ci95"]) == (accuracy, ci95)
    said = capsys.readouterr().out
    pixels, hog = (str(expected[name]) for name in ("pixels", "hog"))
    assert f", blurred pixels {pixels}, HOG {hog} %\n" in said
    assert max(line.get("validation_accuracy", 0) for line in lines) < expected["hog"].accuracy - 5
    assert said.count("not above ") == said.count(f"HOG {hog}\n") == 2  # checkpoints


@pytest.mark.slow
def test_multisteps_logs_updates(config, small_source, one_device, tmp_path):
    config.accumulate, config.accumulation = 2, "multisteps"
    lines, _ = train(config, small_source, one_device, tmp_path)
    assert [line["update"] for line in lines] == list(range(1, 19))
    assert [line["step"] for line in lines] == list(range(2, 37, 2))


def test_novel_drawings_change_no_training_bit(config, small_source, one_device, tmp_path):
    def garbled(part: str) -> Drawings:
        found = small_source.read(part)
        return found._replace(images=255 - found.images[::-1]) if part == garbled_part else found

    source = small_source._replace(read=garbled)
    prints = {}
    for garbled_part in (None, "novel", "base"):
        _, prints[garbled_part] = train(config, source, one_device, tmp_path / str(garbled_part))
    assert prints["novel"] == prints[None]
    assert prints["base"] != prints[None]  # negative control


@pytest.mark.slow
def test_one_compilation_of_the_step(config, small_source, one_device, tmp_path, compilations):
    """Twice as many updates compile nothing more."""
    counts = []
    for epochs in (1, 3):
        config.epochs, config.checkpoint.every_epochs = epochs, 1
        compilations.clear()
        jax.clear_caches()
        train(config, small_source, one_device, tmp_path / str(epochs))
        counts.append(len(compilations))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("planted", [False, True], ids=["as it is", "a float() planted in the loop"])
def test_the_loop_waits_for_the_device_in_one_place_only(
    config, small_source, one_device, tmp_path, monkeypatch, planted
):
    """Through log.read, once per logged update; the planted read is the negative control."""
    config.log_every_updates, config.checkpoint.every_epochs = 3, config.epochs
    reads, watching, elsewhere = [], [], []
    array_type, hold = type(jax.numpy.zeros(())), loop.Log.hold
    value_of, probe_of, resumed_of = array_type._value.fget, loop.Probe.__call__, loop.resumed

    def counted_read(tree):
        watched, watching[:] = list(watching), []
        reads.append(jax.device_get(tree))
        watching[:] = watched
        return reads[-1]

    def value(array):  # every way to the host passes here
        elsewhere.extend(watching)
        return value_of(array)

    monkeypatch.setattr(log, "read", counted_read)
    monkeypatch.setattr(array_type, "_value", property(value))
    monkeypatch.setattr(loop, "resumed", lambda *a: watching.append(1) or resumed_of(*a))
    monkeypatch.setattr(loop.Probe, "__call__", lambda *a: watching.clear() or probe_of(*a))  # it reads what it needs
    if planted:
        monkeypatch.setattr(loop.Log, "hold", lambda self, u, report: float(report["loss"]) and hold(self, u, report))
    lines, _ = train(config, small_source, one_device, tmp_path)
    assert len(reads) == len(lines) == 6
    assert (len(elsewhere) <= 1) != planted  # int(state.step), before the first step


def test_a_planted_numpy_argument_is_refused(config, small_source, one_device, tmp_path, monkeypatch):
    """Negative control: the transfer guard of the loop is on."""
    monkeypatch.setattr(feed, "split_rows", lambda mesh, rows, axis: rows)
    with pytest.raises(jax.errors.JaxRuntimeError, match="Disallowed host-to-device transfer"):
        train(config, small_source, one_device, tmp_path)


@pytest.mark.slow
def test_a_bad_batch_is_counted_in_the_metrics(config, small_source, mesh, tmp_path):
    config.augment.intensity, config.health.verdict = float("inf"), "warn"
    lines, _ = train(config, small_source, mesh, tmp_path)
    assert [line["skipped"] for line in lines] == list(range(1, 19))
    assert all(line["loss"] is None for line in lines)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run_and_another_seed_another(config, small_source, one_device, tmp_path):
    def strip(lines):
        return [{k: v for k, v in line.items() if k not in WALL_CLOCK} for line in lines]

    first, again = (train(config, small_source, one_device, tmp_path / name) for name in "ab")
    assert strip(first[0]) == strip(again[0]) and first[1] == again[1]
    config.seed = 1
    assert train(config, small_source, one_device, tmp_path / "c")[1] != first[1]
