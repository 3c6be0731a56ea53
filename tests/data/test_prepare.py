"""Prepared sets: readable without us, the same drawings in the same order, whole or not there at all."""

import json
import os
import signal
import subprocess
import sys
import time

import jax
import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from sketchjax.config import Data, UserError
from sketchjax.data import builders, feed, prepare, write
from sketchjax.data.batches import make_batches
from sketchjax.data.sources import check_source, open_source
from sketchjax.data.strokes import bitmaps
from sketchjax.mesh import own_rows
from tests.conftest import ROOT, WALL_CLOCK
from tests.test_lock import holder
from tests.training.test_loop import train

PARTS = ("base", "validation", "novel")


def prepared(folder, out, **more):
    data = Data("folder", str(folder), 16, **more)
    write.prepare(data, out)
    return Data("folder", str(out), 16, **more)


@pytest.fixture(scope="module")
def both(folder, tmp_path_factory):
    """The small folder as it is and prepared, as sources."""
    data = prepared(folder, tmp_path_factory.mktemp("prepared"))
    return open_source(Data("folder", str(folder), 16)), open_source(data)


def assert_same(one, other):
    assert one.counts == other.counts and one.digest == other.digest
    for part in PARTS:
        a, b = one.read(part), other.read(part)
        np.testing.assert_array_equal(a.images, b.images)
        np.testing.assert_array_equal(a.labels, b.labels)
        assert a.classes == b.classes
        np.testing.assert_array_equal(other.records(part).take(np.array([3, 0], np.int32)), a.images[[3, 0]])


def test_a_prepared_source_is_the_same_source(both):
    assert_same(*both)


def test_large_parts_become_several_splits(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(builders, "MOST", 30 * 16 * 16)
    there = open_source(prepared(folder, tmp_path))
    splits = tfds.builder_from_directory(str(tmp_path / "folder/16px/1.0.0")).info.splits
    assert len([name for name in splits if name.startswith("base_")]) > 2
    assert_same(open_source(Data("folder", str(folder), 16)), there)


def test_the_ecosystem_reads_it_and_tensorflow_is_not_asked(folder, tmp_path):
    program = f"""
import sys
from sketchjax.data import prepare
assert prepare.main(["--source=folder", "--root={folder}", "--out={tmp_path}", "--image_size=16"]) == 0
import tensorflow_datasets as tfds
builder = tfds.builder_from_directory("{tmp_path}/folder/16px/1.0.0")
first = (found := builder.as_data_source("base"))[0]
names = builder.info.features["label"].names
print(len(found), first["image"].shape, first["image"].dtype, names[first["label"]])
print("tensorflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines()[-2:] == ["144 (16, 16) uint8 airplane", "False"], done.stderr


def test_a_prepared_set_is_not_written_again(folder, tmp_path, capsys):
    prepared(folder, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.array_record*")}
    capsys.readouterr()
    prepared(folder, tmp_path)
    assert "is prepared already" in capsys.readouterr().out
    assert before and before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.array_record*")}


def test_a_set_of_other_drawings_or_of_another_size_is_refused(folder, tmp_path):
    prepared(folder, tmp_path)
    with pytest.raises(UserError, match="prepared as 16px, not as 20px"):
        open_source(Data("folder", str(tmp_path), 20))
    metadata = tmp_path / "folder/16px/1.0.0/metadata.json"
    metadata.write_text(json.dumps(json.loads(metadata.read_text()) | {"digest": "another"}))
    with pytest.raises(UserError, match="prepared from other drawings"):
        prepared(folder, tmp_path)
    metadata.write_text("{")
    with pytest.raises(UserError, match="not a prepared set"):
        open_source(Data("folder", str(tmp_path), 16))


def test_two_cannot_prepare_the_same_set_at_once(folder, tmp_path):
    place = tmp_path / "folder" / "16px"
    place.mkdir(parents=True)
    with holder(place) as other, pytest.raises(UserError, match=f"16px is in use by process {other.pid} "):
        prepared(folder, tmp_path)
    prepared(folder, tmp_path)  # the lock went with its owner


@pytest.fixture(scope="module")
def large_folder(tmp_path_factory):
    """3000 drawings of ten classes: base is written after a tenth of the time, the rest takes seconds."""
    root, rng = tmp_path_factory.mktemp("large"), np.random.default_rng(0)
    for number in range(3000):
        path = root / f"class{number % 10}" / f"{number:04}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(255 * (rng.random((64, 64)) > 0.1).astype(np.uint8)).save(path)
    names = [f"class{number}" for number in range(10)]
    (root / "splits.json").write_text(json.dumps({"base": names[:1], "validation": names[1:2], "novel": names[2:]}))
    return root


SLOWLY = [pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGKILL, signal.SIGTERM)]


@pytest.mark.parametrize("kill", [signal.SIGINT, *SLOWLY])
def test_killed_in_the_middle_nothing_half_written_is_taken_for_whole(large_folder, tmp_path, kill):
    """A real process; the half-written set is seen before the signal."""
    command = [sys.executable, "-m", "sketchjax.data.prepare", "--source=folder", f"--root={large_folder}"]
    command.append(f"--out={tmp_path}")
    env = os.environ | {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    place = tmp_path / "folder" / "28px"
    while not any(path.stat().st_size for path in place.glob("incomplete.*/*array_record*")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(kill)
    said = process.communicate()[1]
    assert process.returncode == (-signal.SIGKILL if kill == signal.SIGKILL else 75), said
    assert not (place / "1.0.0").exists() and bool(list(place.glob("incomplete.*"))) == (kill == signal.SIGKILL)
    with pytest.raises(UserError, match="holds no image"):  # as if nothing had been prepared
        open_source(Data("folder", str(tmp_path), 28))
    assert subprocess.run(command, cwd=ROOT, env=env, capture_output=True).returncode == 0
    assert not list(place.glob("incomplete.*"))
    assert_same(open_source(Data("folder", str(large_folder), 28)), open_source(Data("folder", str(tmp_path), 28)))


def test_streaming_needs_a_prepared_set(config, both):
    config.data.stream = "always"
    check_source(both[1], config)
    with pytest.raises(UserError, match=r"data\.stream=always reads a prepared set"):
        check_source(both[0], config)


def logged(config, source, devices, folder):
    """All that a run says of itself but its speed, and its last state."""
    lines, state = train(config, source, devices, folder)
    return [{name: value for name, value in line.items() if name not in WALL_CLOCK} for line in lines], state


@pytest.mark.slow
@pytest.mark.parametrize("accumulation", ["none", "multisteps", "cached"])
def test_streamed_is_resident_bit_by_bit(config, both, one_device, mesh, tmp_path, accumulation):
    """On eight devices too; where it is on one, shuffled otherwise is the negative control."""
    devices = one_device if accumulation == "none" else mesh
    if accumulation != "none":
        config.batch_size, config.accumulate, config.accumulation = 32, 2, accumulation
    config.data.stream = "never"
    resident = logged(config, both[1], devices, tmp_path / "resident")
    config.data.stream = "always"
    assert logged(config, both[1], devices, tmp_path / "streamed") == resident
    if accumulation == "none":
        config.seed = 1
        assert logged(config, both[1], devices, tmp_path / "other") != resident


def test_a_stream_starts_anywhere(config, both, mesh):
    config.data.stream = "always"
    found = feed.make_feed(config, both[1], mesh)
    batches = make_batches(config, found.labels)
    whole = list(found.batches(batches, 0, 12))
    assert len(whole) == 12 and found.resident is None
    for a, b in zip(whole[7:], found.batches(batches, 7, 12), strict=True):
        jax.tree.map(np.testing.assert_array_equal, a, b)
    images = both[0].read("base").images
    for batch in whole:
        np.testing.assert_array_equal(batch.pages, images[np.asarray(batch.rows)])
    assert own_rows(mesh, 16) == slice(0, 16)


@pytest.fixture
def pens(tmp_path):
    """Twelve QuickDraw classes of 40 drawings by the pen, some with more points than others."""
    rng, root = np.random.default_rng(0), tmp_path / "ndjson"
    root.mkdir()
    names = json.loads((ROOT / "sketchjax/data/splits/quickdraw.json").read_text())
    for name in (name for part in PARTS for name in names[part][:4]):
        longest = 40 if name in names["base"] else 90
        drawings = [rng.integers(0, 256, (1, 2, rng.integers(2, longest))).tolist() for _ in range(40)]
        lines = [json.dumps({"word": name, "recognized": True, "drawing": drawing}) for drawing in drawings]
        (root / f"{name}.ndjson").write_text("\n".join(lines))
    return root


def test_strokes_are_prepared_as_they_are_and_streamed_as_resident(config, pens, mesh, tmp_path):
    assert prepare.main(["--source=quickdraw", f"--root={pens}", f"--out={tmp_path}", "--strokes"]) == 0
    raw, there = (open_source(Data("quickdraw", str(root), 16, strokes=True)) for root in (pens, tmp_path))
    for part in PARTS:
        a, b = raw.read(part), there.read(part)
        np.testing.assert_array_equal(a.images, b.images)
        jax.tree.map(np.testing.assert_array_equal, a.strokes, b.strokes)  # and padded alike
    base = raw.read("base").strokes
    config.data.strokes, config.data.stream = True, "always"
    found = feed.make_feed(config, there, mesh)
    for batch in found.batches(make_batches(config, found.labels), 0, 5):
        rows = np.asarray(batch.rows)
        jax.tree.map(np.testing.assert_array_equal, batch.pages, jax.tree.map(lambda part, r=rows: part[r], base))
    some = {"strokes": True, "per_class": 7, "judged_per_class": 3}
    raw, there = (open_source(Data("quickdraw", str(root), 16, **some)) for root in (pens, tmp_path))
    for part in PARTS:  # a part of them is the same part, resident and streamed
        assert raw.counts == there.counts and set(there.counts[part].values()) == {7 if part == "base" else 3}
        np.testing.assert_array_equal(raw.read(part).images, there.read(part).images)
        taken = there.records(part).take(np.arange(len(there.records(part).labels), dtype=np.int32))
        np.testing.assert_array_equal(bitmaps(taken), raw.read(part).images)
    with pytest.raises(UserError, match="not as strokes-unrecognized"):
        open_source(Data("quickdraw", str(tmp_path), 16, strokes=True, recognized=False))
    with pytest.raises(UserError, match="not as 16px"):  # what is prepared as strokes is asked for as strokes
        open_source(Data("quickdraw", str(tmp_path), 16))
    assert prepare.main(["--source=doodles", f"--out={tmp_path}", "--strokes"]) == 2


def test_preflight_of_a_stream_sees_whole_episodes(config, both, monkeypatch):
    """Twelve drawings in all would be one of a class; with enough of each class an episode can be made of them."""
    monkeypatch.setattr(feed, "_GLANCE", 12)
    monkeypatch.setattr(feed, "_GLANCE_EACH", 1)
    config.data.stream, config.method.way, config.method.shot, config.method.query = "always", 3, 2, 4
    seen = feed.glance(config, both[1], "base")
    counts = np.bincount(seen.labels, minlength=len(seen.classes))
    assert sorted(set(counts.tolist())) == [0, 6] and (counts == 6).sum() == 3
    np.testing.assert_array_equal(seen.images[0], both[0].read("base").images[0])


def test_a_damaged_set_is_one_line(folder, tmp_path):
    data = prepared(folder, tmp_path)
    (file,) = (tmp_path / "folder/16px/1.0.0").glob("*base.array_record*")
    whole = file.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:4000] + bytes(2000) + whole[6000:], b""):
        file.write_bytes(damaged)
        with pytest.raises(UserError, match="remove the folder and prepare it again"):
            open_source(data).read("base")
    file.write_bytes(whole)
    assert len(open_source(data).read("base").images) == 144
