"""A trained encoder in use: any image, the evaluator's own features, files of them, a program without sketchjax."""

import re
import subprocess
import sys

import jax
import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

import sketchjax
from sketchjax import embed, judge
from sketchjax.config import UserError
from sketchjax.training.workdir import Workdir
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def encoder(trained_workdir):
    return sketchjax.load_encoder(trained_workdir)


@pytest.fixture
def page(folder):
    """A drawing as it lies on disk: black on white, 32 px."""
    return np.asarray(Image.open(next(folder.glob("*/3.png"))).convert("L"))


def test_whatever_the_array_says_it_is_the_same_drawing(encoder, page, tmp_path):
    """Polarity, numbers, channels, Pillow, a file, a batch, a list: bit for bit."""
    (expected,) = encoder(page)
    assert expected.shape == (encoder(page[None]).shape[1],) and np.linalg.norm(expected) == pytest.approx(1, rel=1e-5)
    file = tmp_path / "page.png"
    Image.fromarray(page).save(file)
    colours = np.repeat(page[..., None], 3, -1)
    transparent = np.concatenate([np.zeros_like(colours), 255 - page[..., None]], -1)
    same = (
        255 - page,
        page / 255,
        page.astype(np.float32),
        page.astype(np.int64),
        page[..., None],
        colours,
        transparent,
    )
    for image in (*same, jax.numpy.asarray(page), Image.fromarray(page), Image.fromarray(colours), file, str(file)):
        np.testing.assert_array_equal(encoder(image), expected[None])
    ink = page < 128
    for image in (ink.astype(np.uint8), ink / 1.0, ~ink):
        np.testing.assert_array_equal(encoder(image), encoder(ink))
    for several in ([page, 255 - page], np.stack([page, page]), (colours, file)):
        np.testing.assert_array_equal(encoder(several), [expected, expected])


def test_another_size_is_nearly_the_same_another_drawing_is_not(encoder, page, folder):
    others = [np.asarray(Image.open(file).convert("L")) for file in sorted(folder.glob("*/3.png"))]
    large = np.kron(page, np.ones((5, 5), np.uint8))
    found = encoder([page, large, *others])
    assert found[0] @ found[1] > 0.98 > np.median(found[0] @ found[2:].T)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.zeros(5), r"an array of shape \(5,\): use \[height, width\]"),
        (np.zeros((2, 2, 28, 28, 28)), "an array of shape"),
        (np.zeros((0, 28)), "an array of shape"),
        (np.full((28, 28), np.nan), "use numbers of 0 to 255"),
        (np.full((28, 28), -1), "use numbers of 0 to 255"),
        (np.full((28, 28), 65535, np.uint16), "an array of 65535 to 65535"),
        ([], "no images: the batch is empty"),
        (np.zeros((0, 28, 28)), "no images: the batch is empty"),
    ],
)
def test_what_is_no_image_is_refused(encoder, images, said):
    with pytest.raises(ValueError, match=said):
        encoder(images)


def test_where_there_is_no_run(tmp_path, trained_workdir):
    with pytest.raises(UserError, match="holds no run"):
        sketchjax.load_encoder(tmp_path)
    with pytest.raises(UserError, match="--step=7 is not on disk"):
        sketchjax.load_encoder(trained_workdir, 7)


def test_files_hold_what_the_evaluator_compares(encoder, trained_workdir, tmp_path, capsys):
    run = Workdir.find(str(trained_workdir))
    _, found = judge.of_run(run, run.config(), ["novel"], "best")
    names = np.array(found.drawings.classes)[found.drawings.labels]
    for kind in ("npz", "parquet"):
        out = tmp_path / f"novel.{kind}"
        assert embed.main([f"--workdir={trained_workdir}", "--classes=novel", f"--out={out}"]) == 0
        stored = np.load(out) if kind == "npz" else pyarrow.parquet.read_table(out).to_pydict()
        np.testing.assert_allclose(np.array(stored["embedding"]), found.trained, atol=1e-6)
        assert list(stored["class"]) == list(names) and set(stored["part"]) == {"novel"}
    assert embed.main([f"--workdir={trained_workdir}", f"--out={tmp_path / 'all.npz'}"]) == 0
    parts = np.load(tmp_path / "all.npz")["part"]
    assert [int((parts == part).sum()) for part in ("base", "validation", "novel")] == [144, 72, 72]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["all.npz", "novel.npz", "novel.parquet"]
    for flags, said in (
        ([f"--workdir={trained_workdir}", f"--out={tmp_path / 'x.txt'}"], "name a file that ends in .npz"),
        ([f"--workdir={tmp_path}", f"--out={tmp_path / 'x.npz'}"], "holds no run"),
        (
            [f"--workdir={trained_workdir}", f"--out={tmp_path / 'absent' / 'x.npz'}"],
            "No such file or directory: name another",
        ),
    ):
        capsys.readouterr()
        assert embed.main(flags) == 2
        shown = capsys.readouterr().err
        assert said in shown and len(shown.splitlines()) == 1


def test_the_exported_program_needs_no_sketchjax(encoder, trained_workdir, page, tmp_path):
    """In a process of its own, for batches of any size."""
    out = tmp_path / "encoder.jaxexport"
    assert embed.main([f"--workdir={trained_workdir}", f"--out={out}"]) == 0
    drawings = encoder.seen([page, page[:, ::-1], page.T, 255 - page, page[::-1]])
    np.save(tmp_path / "drawings.npy", drawings)
    code = f"""
import sys, jax.export, numpy as np
program = jax.export.deserialize(bytearray(open({str(out)!r}, "rb").read()))
drawings = np.load({str(tmp_path / "drawings.npy")!r})
np.save({str(tmp_path / "found.npy")!r}, np.concatenate([program.call(drawings[:1]), program.call(drawings[1:])]))
sys.exit("sketchjax" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0
    np.testing.assert_allclose(np.load(tmp_path / "found.npy"), encoder.of_bitmaps(drawings), atol=1e-5)


def test_the_readme_s_example(trained_workdir, tmp_path):
    _, _, after = (ROOT / "README.md").read_text().partition("<!-- run by tests/test_encoder.py -->\n")
    code, names = "\n".join(re.findall(r"```python\n(.*?)```", after, re.DOTALL)), {}
    exec(code.replace("runs/simclr-doodles", str(trained_workdir)), names)
    np.testing.assert_array_equal(*names["features"])
    assert len(names["program"]) > 1000 and list(names["model"].predict([names["page"]])) == ["post"]


def test_importing_the_package_does_not_load_jax():
    code = "import sys, sketchjax; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
