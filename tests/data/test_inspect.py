"""The contact sheet shows every drawing beside its views and says what ink they keep; the report, what is there."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from sketchjax.data import inspect, inspection, likeness
from tests.conftest import ROOT


def test_sheet_and_report(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    out = tmp_path / "views.png"
    flags = [f"--config.data.root={folder}", "--config.data.image_size=16", f"--out={out}"]
    assert inspect.main(["--config=configs/simclr.py:folder", *flags]) == 0
    assert "ink a view keeps: median" in capsys.readouterr().out
    sheet = np.asarray(Image.open(out))
    assert sheet.shape[1] == 1400 and (sheet < 100).mean() > 0.02 and (sheet > 250).mean() > 0.3


def test_tiles_are_the_drawing_and_its_two_views():
    images = np.full((1, 16, 16), 255, np.uint8)
    views = np.stack([np.zeros((1, 16, 16)), np.full((1, 16, 16), 0.5)], 1).astype(np.float32)
    sheet = inspection.contact_sheet(images, views)
    scale, tile = 1400 / 58, 18
    middles = [sheet.getpixel((round(scale * (tile * n + tile / 2)), sheet.height // 2)) for n in range(3)]
    assert middles == [0, 255, 127]
    np.testing.assert_allclose(likeness.ink_kept(images / 255, views), [[0, 0.5]])


@pytest.mark.parametrize("out", ["", "views.txt"])
def test_where_to_write_is_needed(folder, monkeypatch, capsys, out):
    monkeypatch.chdir(ROOT)
    assert inspect.main(["--config=configs/simclr.py:folder", f"--config.data.root={folder}", f"--out={out}"]) == 2
    assert "--out=FILE.png" in capsys.readouterr().err


@pytest.fixture
def hostile(folder, tmp_path):
    """The folder with a class whose name is a script, a file that is no image, and one that is another's format."""
    root = tmp_path / "drawings"
    shutil.copytree(folder, root)
    split = json.loads((root / "splits.json").read_text())
    (root / split["base"][0]).rename(root / "<script>alert(1)<")
    split["base"][0] = "<script>alert(1)<"
    (root / "splits.json").write_text(json.dumps(split))
    (root / "<script>alert(1)<" / "0.png").write_bytes(b"GIF89a <b>no image</b>")
    Image.open(root / split["novel"][0] / "1.png").save(root / split["novel"][0] / "1.png", "jpeg")
    Image.new("L", (3, 3), 255).save(root / split["novel"][0] / "2.png")
    return root


def test_the_report_of_files(hostile, tmp_path, capsys):
    out = tmp_path / "report"
    assert inspect.main(["--source=folder", f"--root={hostile}", f"--out={out}"]) == 0
    assert capsys.readouterr().out.startswith(f"{out}/report.html: 286 drawings, 2 files skipped, ")
    said = json.loads((out / "report.json").read_text())
    assert {name: part["drawings"] for name, part in said["parts"].items()} == {
        "base": 143,
        "validation": 72,
        "novel": 71,
    }
    assert said["parts"]["base"]["fewest"][0] == {"class": "<script>alert(1)<", "drawings": 11}
    assert said["files"]["formats"] == {"PNG": 285, "JPEG": 1} and said["files"]["sizes"] == {"32 x 32": 286}
    assert said["files"]["polarity"] == {"dark ink on light paper": 286}
    assert said["files"]["wrong_extension"]["files"] == 1
    assert sum(bin["drawings"] for bin in said["ink"]["histogram"]) == 286
    assert [skip["reason"] for skip in said["skipped"]] == ["no image", "blank"]
    page = (out / "report.html").read_text()
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;" in page and "light-dark(" in page
    assert not re.search(r"(src|href)=.(?!data:image/png;base64,)", page) and page.count("<figure>") > 90


def test_the_report_of_drawings_without_files(monkeypatch, tmp_path):
    monkeypatch.setattr("sketchjax.data.doodles.PER_CLASS", 3)
    assert inspect.main(["--source=doodles", "--image_size=16", f"--out={tmp_path}"]) == 0
    said = json.loads((tmp_path / "report.json").read_text())
    assert said["files"] is None and said["drawings"] == 240 and said["skipped"] == []
    assert "<h2>Files</h2>" not in (tmp_path / "report.html").read_text()


def test_the_report_of_a_config(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    flags = [f"--config.data.root={folder}", "--config.data.image_size=16", f"--out={tmp_path}"]
    assert inspect.main(["--config=configs/simclr.py:folder", *flags]) == 0
    assert json.loads((tmp_path / "report.json").read_text())["image_size"] == 16


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--source=folder"], "say where with --config.data.root=DIR"),
        (["--source=folder", "--root=/nowhere"], "does not exist"),
        (["--source=lake", "--root=/nowhere"], "invalid choice"),
        (["--source=folder", "--root=/nowhere", "--image_size=1"], "must be at least 16"),
    ],
)
def test_a_report_that_cannot_be_gets_one_line(tmp_path, capsys, flags, said):
    assert inspect.main([*flags, f"--out={tmp_path / 'out'}"]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("block", [5, 7, 2048])
def test_near_copies_are_found_whatever_the_block(images, monkeypatch, block):
    monkeypatch.setattr(likeness, "_BLOCK", block)
    fainter = (images[3:40:9] * 0.9).astype(np.uint8)  # the same look
    mixed = np.concatenate([images, fainter, images[:2]])
    found = likeness.near_copies(mixed)
    cosines = likeness.looks(mixed[: 64 + len(fainter)]) @ likeness.looks(mixed[: 64 + len(fainter)]).T
    assert found == [sorted([3 + 9 * n, 64 + n]) for n in range(5)]
    assert (np.triu(cosines, 1) > likeness.NEAR).sum() == 5
    assert likeness.copies(mixed) == [[0, 69], [1, 70]]


def test_looks_of_larger_pages_are_sampled_without_loss():
    """Cosines from every second pixel are those from all."""
    pages = np.random.default_rng(0).random((20, 64, 64)).astype(np.float32) ** 8
    sampled = likeness.looks(pages)
    assert sampled.shape == (20, 32 * 32)
    at = np.arange(64)
    weights = np.exp(-0.5 * ((at[:, None] - at[None]) / 4) ** 2)
    weights /= weights.sum(1, keepdims=True)
    whole = (weights @ pages @ weights.T).reshape(20, -1)
    whole -= whole.mean(1, keepdims=True)
    whole /= np.linalg.norm(whole, axis=1, keepdims=True)
    np.testing.assert_allclose(sampled @ sampled.T, whole @ whole.T, atol=0.01)
