"""The contact sheet shows every drawing beside its views, and says how much ink they keep."""

import numpy as np
import pytest
from PIL import Image

from sketchjax.data import inspect
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
    sheet = inspect.contact_sheet(images, views)
    scale, tile = 1400 / 58, 18
    middles = [sheet.getpixel((round(scale * (tile * n + tile / 2)), sheet.height // 2)) for n in range(3)]
    assert middles == [0, 255, 127]
    np.testing.assert_allclose(inspect.ink_kept(images, views), [[0, 0.5]])


@pytest.mark.parametrize("out", ["", "views.txt"])
def test_where_to_write_is_needed(folder, monkeypatch, capsys, out):
    monkeypatch.chdir(ROOT)
    assert inspect.main(["--config=configs/simclr.py:folder", f"--config.data.root={folder}", f"--out={out}"]) == 2
    assert "--out=FILE.png" in capsys.readouterr().err
