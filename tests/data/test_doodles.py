"""The embedded drawings are frozen, varied, and neither too easy nor empty."""

import hashlib
import json

import jax
import numpy as np
import pytest

from sketchjax.config import Data
from sketchjax.data import doodles
from sketchjax.data.doodles import kept
from sketchjax.data.sources import open_source
from sketchjax.data.split import PARTS
from sketchjax.evaluation.few_shot import few_shot, make_episodes
from sketchjax.evaluation.floors import pixels


@pytest.mark.slow
def test_generator_and_split_are_frozen():
    """Changing a stroke changes every published number: then change DIGEST, and say so in the CHANGELOG."""
    total = hashlib.sha256()
    for name in doodles.NAMES:
        for index in range(doodles.PER_CLASS):
            drawing = doodles.drawing(name, index)
            total.update(f"{name} {index} {drawing.width} {[s.tolist() for s in drawing.strokes]}\n".encode())
    source = open_source(Data())
    total.update(json.dumps({part: list(source.counts[part]) for part in PARTS}).encode())
    assert total.hexdigest()[:16] == doodles.DIGEST


def test_a_drawing_does_not_depend_on_what_else_is_drawn():
    first = doodles.drawing("house", 3)
    doodles.drawing("fish", 0)
    for a, b in zip(first.strokes, doodles.drawing("house", 3).strokes, strict=True):
        np.testing.assert_array_equal(a, b)


def test_eighty_classes_in_three_parts():
    counts = open_source(Data()).counts
    assert [len(counts[part]) for part in PARTS] == [48, 12, 20]
    assert sorted(name for part in PARTS for name in counts[part]) == list(doodles.NAMES)


def test_every_drawing_has_ink_inside_the_page():
    images = doodles.draw_classes(doodles.NAMES[::8], 28)
    share = images.mean((1, 2)) / 255
    assert share.min() > 0.02 and share.max() < 0.45
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


def test_blurred_pixels_do_not_solve_it():
    novel = open_source(Data()).read("novel")
    score = few_shot(np.asarray(pixels(novel.images)), make_episodes(novel.labels, 5, 5, 15, 600, 0))
    assert 50 < score.accuracy < 70


def test_bitmaps_are_kept_beside_compiled_programs(tmp_path, monkeypatch):
    """Drawn once; what is damaged is drawn anew; nothing is kept where nothing is compiled into."""
    names, drawn = doodles.NAMES[:2], []
    expected = doodles.draw_classes(names, 16)

    def draw(names, size):
        drawn.append(tuple(names))
        return draw_classes(names, size)

    draw_classes = doodles.draw_classes
    monkeypatch.setattr(doodles, "draw_classes", draw)
    before = jax.config.values["jax_compilation_cache_dir"]
    try:
        for where, again in ((None, names), (str(tmp_path), ())):
            jax.config.update("jax_compilation_cache_dir", where)
            drawn.clear()
            for _ in range(2):
                np.testing.assert_array_equal(kept.bitmaps(names, 16).reshape(-1, 16, 16), expected)
            assert drawn == [names, again]
        file = next(tmp_path.rglob(names[1]))
        for damaged in (file.read_bytes()[:-1], file.read_bytes()[:-1] + b"\x01", b""):
            file.write_bytes(damaged)
            np.testing.assert_array_equal(kept.bitmaps(names, 16).reshape(-1, 16, 16), expected)
            assert drawn[-1] == names[1:]
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
    assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file()) == sorted(names)


def test_fewer_drawings_of_a_class_are_kept_apart(tmp_path, monkeypatch):
    before = jax.config.values["jax_compilation_cache_dir"]
    try:
        jax.config.update("jax_compilation_cache_dir", str(tmp_path))
        for count in (3, 5, 3):
            monkeypatch.setattr(doodles, "PER_CLASS", count)
            assert kept.bitmaps(doodles.NAMES[:1], 16).shape == (1, count, 16, 16)
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
