"""Every kind of dirt in a user's drawings: converted, skipped with the reason, or refused with one line."""

import dataclasses
import io
import json
import os
import unicodedata
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from sketchjax import judge, stage
from sketchjax.config import Config, Data, UserError
from sketchjax.data import inspect
from sketchjax.data.record import Drawings, Skip, Source, remaining, summary
from sketchjax.data.sources import check_source, open_source
from sketchjax.mesh import make_mesh
from sketchjax.training.checkpoint import Checkpoints

SPLIT = {"base": ["cat", "dog"], "validation": ["owl"], "novel": ["pig"]}
CLASSES = [name for names in SPLIT.values() for name in names]


def drawing(name: str, number: int, side: int = 48) -> Image.Image:
    """Black lines on white paper, other ones for every class and number."""
    chance = np.random.default_rng([zlib.crc32(name.encode()), number])
    image = Image.new("L", (side, side), 255)
    points = chance.integers(side // 5, 4 * side // 5, (5, 2))
    ImageDraw.Draw(image).line([tuple(map(int, point)) for point in points], fill=0, width=2)
    return image


def encoded(image: Image.Image, kind: str = "png", **options) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def transparent(image: Image.Image, ink: int = 0) -> Image.Image:
    empty = Image.new("RGBA", image.size, (0, 0, 0, 0))
    empty.paste((ink, ink, ink, 255), mask=ImageOps.invert(image))
    return empty


@pytest.fixture
def root(tmp_path) -> Path:
    """Four classes of six drawings and their splits.json."""
    root = tmp_path / "drawings"
    for name in CLASSES:
        (root / name).mkdir(parents=True)
        for number in range(6):
            drawing(name, number).save(root / name / f"{number}.png")
    (root / "splits.json").write_text(json.dumps(SPLIT))
    return root


def opened(root: Path, **fields) -> Source:
    return open_source(Data("folder", str(root), 28, **fields))


def read(root: Path, part: str = "base") -> Drawings:
    return opened(root, max_skipped=0.5).read(part)


def zipped(root: Path, name: str) -> Path:
    with zipfile.ZipFile(root / "more.zip", "w") as archive:
        archive.writestr(name, encoded(drawing("cat", 9)))
    return root / "more.zip"


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.fixture(autouse=True)
def nothing_is_written(root, tmp_path):
    """Reading and refusing leave the disk as it is, above the root too; inspect writes into its folder only."""
    yield
    before = files_of(tmp_path)
    code = inspect.main(["--source=folder", f"--root={root}", f"--out={tmp_path / 'out'}"])
    assert code in (0, 2)
    written = {"out", "out/report.html", "out/report.json"} if code == 0 else set()
    assert files_of(tmp_path) == before | written


# Names that are left out: nothing is said of them.

DEBRIS = {
    "AppleDouble": "cat/._0.png",
    "__MACOSX": "__MACOSX/cat/0.png",
    ".DS_Store": "cat/.DS_Store",
    "AppleDouble beside an archive": "._more.zip",
    "a text": "cat/notes.txt",
    "a list": "filelist.txt",
}


@pytest.mark.parametrize("name", DEBRIS.values(), ids=DEBRIS)
def test_debris_is_left_out(root, name):
    clean = opened(root)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(b"\0\5\x16\7 no image")
    assert opened(root).counts == clean.counts and opened(root).digest == clean.digest
    assert read(root).skipped == ()


# Pictures that are converted: the same drawing in another dress is the same drawing.

DRESSES = {
    "wrong extension": ("1.png", lambda i: encoded(i, "bmp")),
    "no extension": ("1", encoded),
    "an extension of another kind": ("1.backup", lambda i: encoded(i, "gif")),
    "RGBA with transparent paper": ("1.png", lambda i: encoded(transparent(i))),
    "white ink on transparent paper": ("1.png", lambda i: encoded(transparent(i, 255))),
    "palette": ("1.png", lambda i: encoded(i.convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE))),
    "palette with transparent paper": (
        "1.png",
        lambda i: encoded(i.point(lambda v: v > 99).convert("P"), transparency=1),
    ),
    "16-bit": ("1.png", lambda i: encoded(Image.fromarray(np.asarray(i).astype(np.uint16) * 257))),
    "16-bit that holds 8": ("1.png", lambda i: encoded(Image.fromarray(np.asarray(i).astype(np.uint16)))),
    "float": ("1.tif", lambda i: encoded(Image.fromarray(np.asarray(i).astype(np.float32) / 255), "tiff")),
    "1-bit": ("1.png", lambda i: encoded(i.convert("1"))),
    "CMYK": ("1.tif", lambda i: encoded(i.convert("CMYK"), "tiff")),
    "white on black": ("1.png", lambda i: encoded(ImageOps.invert(i))),
    "faint": ("1.png", lambda i: encoded(i.point(lambda v: 200 + v * 55 // 255))),
    "a name with newlines": ("1\n\r2.png", encoded),
}


@pytest.mark.parametrize(("name", "dress"), DRESSES.values(), ids=DRESSES)
def test_dresses_are_the_same_drawing(root, name, dress):
    plain = read(root)
    before = drawing("cat", 1)
    (root / "cat" / "1.png").unlink()
    (root / "cat" / name).write_bytes(dress(before))
    found = read(root)
    assert found.skipped == () and found.images.shape == plain.images.shape
    np.testing.assert_allclose(found.images.astype(int), plain.images, atol=2)


def test_mixed_polarity(root):
    plain = read(root)
    for number in (0, 2, 4):
        ImageOps.invert(drawing("cat", number)).save(root / "cat" / f"{number}.png")
    np.testing.assert_array_equal(read(root).images, plain.images)


# Content that is no drawing: skipped, counted, with the reason.

BROKEN = {
    "zero bytes": (b"", "empty"),
    "truncated png": (encoded(drawing("cat", 1))[:-40], "damaged"),
    "truncated jpeg": (encoded(drawing("cat", 1), "jpeg")[:-300], "damaged"),
    "a web page": (b"<!doctype html><title>404</title>", "no image"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no image"),
    "blank": (encoded(Image.new("L", (40, 40), 255)), "blank"),
    "blank and black": (encoded(Image.new("1", (40, 40))), "blank"),
    "blank and transparent": (encoded(Image.new("RGBA", (40, 40))), "blank"),
    "blank, with noise": (
        encoded(Image.fromarray(np.random.default_rng(0).integers(247, 255, (40, 40), np.uint8))),
        "blank",
    ),
    "blank, 16-bit with noise": (
        encoded(Image.fromarray(np.random.default_rng(0).integers(65000, 65500, (40, 40)).astype(np.uint16))),
        "blank",
    ),
    "1 x 1": (encoded(Image.new("L", (1, 1))), "blank"),
    "a float that is none": (encoded(Image.fromarray(np.full((9, 9), np.nan, np.float32)), "tiff"), "no numbers"),
    "1 x 20,000": (encoded(Image.new("1", (1, 20_000))), "more than 8192 pixels a side"),
    "10,000 x 10,000": (encoded(Image.new("1", (10_000, 10_000))), "more than 8192 pixels a side"),
}


@pytest.mark.parametrize(("data", "reason"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_drawing_is_skipped(root, data, reason):
    plain = read(root)
    (root / "cat" / "x.png").write_bytes(data)
    found = read(root)
    assert [skip.path for skip in found.skipped] == ["cat/x.png"] and reason in found.skipped[0].reason
    assert "0x" not in found.skipped[0].reason and "\n" not in found.skipped[0].reason
    np.testing.assert_array_equal(found.images, plain.images)
    np.testing.assert_array_equal(found.labels, plain.labels)


def test_20000_x_20000_takes_no_memory(root, tmp_path):
    """400 megapixels in 60 kB: as 1-bit in Pillow they would be 400 MB, as RGBA four times that."""
    import resource

    head = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", (20_000).to_bytes(4) * 2 + b"\1\0\0\0\0")
    rows = zlib.compress(bytes(20_000 * 2_501), 9)
    (root / "cat" / "x.png").write_bytes(head + _chunk(b"IDAT", rows) + _chunk(b"IEND", b""))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read(root).skipped == (Skip("cat/x.png", "more than 8192 pixels a side"),)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024  # KiB


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def test_pillow_warns_nobody(root):
    """Of metadata, which no drawing needs: such a file is read."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(40)
    (root / "cat" / "1.png").write_bytes(encoded(drawing("cat", 1), "jpeg", exif=exif))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert read(root).skipped == () and not said


# How many may be skipped.


def test_a_share_of_skips_stops_the_run(root):
    for number in range(2):
        (root / "cat" / f"{number}.png").write_bytes(b"")
    assert len(opened(root, max_skipped=2 / 12).read("base").skipped) == 2
    with pytest.raises(UserError, match=r"2 of 12 base files are no drawings.*'cat/0.png' \(empty\)") as error:
        opened(root).read("base")
    assert "\n" not in str(error.value)
    assert len(opened(root).read("validation").images) == 6  # a part is judged by its own files


def test_no_drawing_left_stops_the_run_whatever_is_allowed(root):
    for path in (root / "owl").iterdir():
        path.write_bytes(b"")
    with pytest.raises(UserError, match="6 of 6 validation files"):
        opened(root, max_skipped=1.0).read("validation")


def test_the_disk_is_no_reason_to_skip(root, monkeypatch):
    """What could be read tomorrow must not be left out today: the run could not go on with the same drawings."""
    source = opened(root, max_skipped=1.0)
    (root / "cat" / "3.png").unlink()
    with pytest.raises(UserError, match=r"'cat/3.png': No such file or directory"):
        source.read("base")


def test_skips_are_said_once_and_may_leave_too_few(root, capsys):
    config = Config(data=Data("folder", str(root), 28, max_skipped=0.5), batch_size=4)
    config.evaluate.way, config.evaluate.shot, config.evaluate.query = (1,), (1,), 5
    for number in range(2):
        (root / "owl" / f"{number}.png").write_bytes(b"")
    source = open_source(config.data)
    check_source(source, config)
    with pytest.raises(UserError, match=r"class 'owl' \(validation\) of folder has 4 drawings, 1 shots \+ 5 queries"):
        stage.preflight(config, source, whole=False)
    assert capsys.readouterr().out == "skipped 2 files: 2 empty, such as 'owl/0.png' (validation)\n"
    assert remaining(source, {"validation": source.read("validation")}).counts["validation"] == {"owl": 4}


def test_skips_of_novel_drawings_are_known_when_they_are_scored(root, monkeypatch):
    """Not earlier: training does not look at them."""
    config = Config(data=Data("folder", str(root), 28, max_skipped=0.5), batch_size=4)
    config.evaluate.way, config.evaluate.shot, config.evaluate.query = (1,), (1,), 5
    (root / "pig" / "3.png").write_bytes(b"")
    source = open_source(config.data)
    check_source(source, config)
    monkeypatch.setattr(judge, "restored", lambda *_: (None, None))
    monkeypatch.setattr(judge, "Embedder", lambda *_: None)
    with pytest.raises(UserError, match=r"class 'pig' \(novel\) of folder has 5 drawings, 1 shots \+ 5 queries"):
        judge.embedded(config, source, ["novel"], make_mesh(), object.__new__(Checkpoints), "best")


def test_many_reasons_fit_on_a_line():
    skipped = tuple(Skip(f"a\n{number}.png", f"reason {number}") for number in range(9))
    assert summary(skipped).startswith("9 files: 1 reason 0; 1 reason 1; 1 reason 2; 6 other reasons, such as 'a\\n0")


# What is refused, with one line that names it.


def refused(root: Path, *said: str) -> None:
    with pytest.raises(UserError) as error:
        opened(root)
    assert "\n" not in str(error.value)
    for words in said:
        assert words in str(error.value)


@pytest.mark.parametrize("name", ["/cat/9.png", "../cat/9.png", "cat/../../9.png", "..\\9.png", "C:\\cat\\9.png"])
def test_names_that_leave_the_archive(root, name):
    zipped(root, name)
    refused(root, "more.zip", "points out of the archive", repr(name.replace("\\", "/")))


@pytest.mark.parametrize("name", ["./cat/9.png", "cat//9.png", "cat\\9.png", "cat/./9.png"])
def test_names_that_are_only_odd_are_read(root, name):
    zipped(root, name)
    assert opened(root).counts["base"]["cat"] == 7 and read(root).skipped == ()


LINKS = {
    "out of the root": ("cat/9.png", "../../outside.png", "leaves data.root"),
    "out of the root, absolute": ("cat/9.png", "/etc/hostname", "leaves data.root"),
    "a folder out of the root": ("cow", "../elsewhere", "leaves data.root"),
    "an archive out of the root": ("more.zip", "../more.zip", "leaves data.root"),
    "a folder of the root": ("cow", "cat", "leads to a folder"),
    "nowhere": ("cat/9.png", "gone.png", "leads nowhere"),
    "itself": ("cat/9.png", "9.png", "leads nowhere"),
}


@pytest.mark.parametrize(("link", "target", "said"), LINKS.values(), ids=LINKS)
def test_symbolic_links(root, link, target, said):
    drawing("cat", 9).save(root.parent / "outside.png")
    (root.parent / "elsewhere").mkdir()
    (root / link).symlink_to(target)
    refused(root, repr(link), said)


def test_a_link_to_a_file_of_the_root_is_a_name_like_any_other(root):
    (root / "cat" / "9.png").symlink_to(root / "cat" / "1.png")
    (root / "README").symlink_to("/etc/hostname")  # no drawing by its name: not even opened
    found = read(root)
    np.testing.assert_array_equal(found.images[6], found.images[1])


def test_a_link_inside_an_archive_is_never_followed(root):
    with zipfile.ZipFile(root / "more.zip", "w") as archive:
        link = zipfile.ZipInfo("cat/9.png")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "../dog/1.png")
    assert read(root).skipped == (Skip("cat/9.png", "no image"),)


@pytest.mark.parametrize(("one", "other"), [("cow", "Cow"), ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\u0301")])
def test_classes_that_differ_by_case_or_unicode_form(root, one, other):
    for name in (one, other):
        (root / name).mkdir()
        drawing(name, 0).save(root / name / "0.png")
    refused(root, ascii(one), ascii(other), "differ by case or Unicode form only")


def test_a_class_has_one_unicode_form(root):
    """As macOS writes it, and as a splits.json names it."""
    composed = "caf\N{LATIN SMALL LETTER E WITH ACUTE}"
    (root / "cat").rename(root / unicodedata.normalize("NFD", composed))
    for form in ("NFC", "NFD"):
        split = SPLIT | {"base": [unicodedata.normalize(form, composed), "dog"]}
        (root / "splits.json").write_text(json.dumps(split))
        assert list(opened(root).counts["base"]) == [composed, "dog"]


def test_a_class_with_one_drawing(root):
    for number in range(5):
        (root / "owl" / f"{number}.png").unlink()
    config = Config(data=Data("folder", str(root), 28), batch_size=4)
    config.evaluate.way, config.evaluate.shot, config.evaluate.query = (1,), (1,), 5
    with pytest.raises(UserError, match="class 'owl' \\(validation\\) of folder has 1 drawings"):
        check_source(open_source(config.data), config)


def test_names_that_are_no_text(root):
    with open(os.fsencode(root / "cat") + b"/\xff.png", "wb") as file:
        file.write(encoded(drawing("cat", 9)))
    refused(root, "'cat/\\udcff.png'", "not UTF-8")


# Zip bombs, and archives that are not what they say.


def test_a_bomb_of_one_member_is_skipped(root):
    with (
        zipfile.ZipFile(root / "more.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("cat/9.png", "w") as out,
    ):
        for _ in range(66):
            out.write(bytes(2**20))
    assert read(root).skipped == (Skip("cat/9.png", "more than 64 MiB"),)


def test_a_bomb_whose_members_overlap_is_refused(root):
    data = bytearray(zipped(root, "cat/9.png").read_bytes())
    central = data.index(b"PK\1\2")
    end = data.index(b"PK\5\6")
    entry = data[central:end]
    body = data[:central] + entry * 500
    tail = bytearray(data[end:])
    tail[8:12], tail[12:16] = (500).to_bytes(2, "little") * 2, (len(entry) * 500).to_bytes(4, "little")
    body = bytearray(body)
    for at in range(central, len(body), len(entry)):  # each names all of the file as its own
        body[at + 20 : at + 24] = (len(data) - 22).to_bytes(4, "little")
    (root / "more.zip").write_bytes(body + tail)
    refused(root, "more.zip", "overlap")


@pytest.mark.parametrize("size", [0, 1, 10, 10**9])
def test_a_declared_size_may_lie(root, size):
    path = zipped(root, "cat/9.png")
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = size.to_bytes(4, "little")
    path.write_bytes(data)
    found = read(root)
    if size > 10:  # what is there is whole: it is read, and no more memory is taken than it needs
        assert len(found.images) == 13 and found.skipped == ()
    else:
        assert [skip.path for skip in found.skipped] == ["cat/9.png"]


def test_encrypted_and_strangely_compressed_members(root):
    path = zipped(root, "cat/9.png")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    refused(root, "'cat/9.png'", "encrypted")
    for method, name in ((zipfile.ZIP_LZMA, "lzma"), (zipfile.ZIP_BZIP2, "bzip2")):
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("cat/9.png", encoded(drawing("cat", 9)))
        refused(root, "'cat/9.png'", name, "pack it again")


def test_an_archive_that_is_none(root):
    (root / "more.zip").write_bytes(b"<!doctype html>")
    refused(root, "more.zip", "fetch the archive again")


# Copies: kept, counted, and shown.


def test_copies_within_and_across_splits_are_reported(root, tmp_path):
    (root / "cat" / "9.png").write_bytes((root / "cat" / "1.png").read_bytes())  # exact, within a class
    ImageOps.invert(drawing("dog", 2)).save(root / "pig" / "9.png")  # exact, from base to novel
    drawing("dog", 3).save(root / "owl" / "9.jpg", quality=90)  # near, from base to validation
    assert inspect.main(["--source=folder", f"--root={root}", f"--out={tmp_path / 'report'}"]) == 0
    copies = json.loads((tmp_path / "report" / "report.json").read_text())["copies"]
    assert copies["exact"]["groups"] == 2 and copies["exact"]["leaks"] == {"base and novel": 1}
    assert copies["near"]["groups"] == 1 and copies["near"]["leaks"] == {"base and validation": 1}
    assert [of["path"] for of in copies["exact"]["such_as"][0]] == ["dog/2.png", "pig/9.png"]


def test_skipping_is_no_matter_of_numbers():
    """data.max_skipped may change between a run and its continuation: it stops or does nothing."""
    from sketchjax.fields import digest

    config = Config()
    other = dataclasses.replace(config, data=dataclasses.replace(config.data, max_skipped=0.5))
    assert digest(config) == digest(other)
