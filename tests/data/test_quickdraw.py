"""QuickDraw's official files: streamed, judged line by line, and never more than a UserError, whatever they hold."""

import json
import shutil
import string
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sketchjax.config import Config, Data, UserError
from sketchjax.data import quickdraw
from sketchjax.data.sources import open_source
from sketchjax.data.split import PARTS
from sketchjax.data.strokes import MOST, Drawing, bitmaps, draw, pack
from tests.conftest import SHARED, needs

NAMES = ("The Eiffel Tower", "The Mona Lisa", "ambulance", "animal migration", "ant", "banana")
GOOD = [[[0, 255, 128], [0, 10, 200]], [[7], [9]]]


def line(drawing=GOOD, **fields) -> bytes:
    stored = {"word": "ant", "countrycode": "NZ", "recognized": True, "key_id": "1", "drawing": drawing} | fields
    return json.dumps({name: value for name, value in stored.items() if value is not ...}).encode()


@pytest.fixture
def root(tmp_path):
    """Three drawings of each class, of which one was not recognised."""
    for at, name in enumerate(NAMES):
        lines = [line([[[0, 9 * n, 255], [at, 100, 50]]], word=name, recognized=n != 1) for n in range(3)]
        (tmp_path / f"{name}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    return tmp_path


def read(path, **fields):
    data = Data("quickdraw", str(path.parent), **fields)
    return judged("ant", quickdraw.class_files(str(path.parent))["ant"], data)


def judged(name, file, data):
    """(drawings, why the other lines are none, and how many)."""
    found = list(quickdraw.read_lines(name, file, data, data.per_class or 10**9))
    return [line for line in found if isinstance(line, Drawing)], Counter(why for why in found if isinstance(why, str))


BAD = {
    "no json": [b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"drawing": 1' + b"0" * 5000 + b"}"],
    "no drawing": [b"[]", b"7", b"null", line(...), line("a"), line({"0": [[0], [0]]})],
    "of another class": [line(word="bee"), line(word=None)],
    "not recognised": [line(recognized=False), line(recognized=...), line(recognized="true")],
    "bad strokes": [
        line(drawing)
        for drawing in (
            [],
            [[]],
            [[[], []]],
            [[[1, 2], [1]]],
            [[[1], [256]]],
            [[[-1], [5]]],
            [[[0.5], [5]]],
            [[[True], [5]]],
            [[["1"], [5]]],
            [[[None], [5]]],
            [[[1], [1], [1]]],
            [[[1e999], [1]]],
            [[[10**40], [1]]],
            [*GOOD, [[], []]],
            [*GOOD, "ab"],
        )
    ],
    "too long": [line([[[0] * 10_001, [1] * 10_001]]), b" " * quickdraw.LONGEST_LINE + line()],
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_line_is_skipped_and_counted(root, reason):
    """Between two good ones, so that a bad line takes nothing with it."""
    (root / "ant.ndjson").write_bytes(b"\n".join([line(), *BAD[reason], b"", b"  ", line()]))
    drawings, skipped = read(root / "ant.ndjson")
    assert len(drawings) == 2 and dict(skipped) == {reason: len(BAD[reason])}


def test_what_is_kept_is_the_drawing_in_its_order(root):
    xs = (255, 200, 240, 220)
    (root / "ant.ndjson").write_bytes(b"\n".join(line([[[0, x], [0, 0]]]) for x in xs))
    drawings, _ = read(root / "ant.ndjson")
    widths = [np.ptp(d.strokes[0][:, 0].astype(int)) for d in drawings]
    np.testing.assert_allclose(widths, [x * 255 / 304 for x in xs], atol=1)
    assert len(read(root / "ant.ndjson", per_class=3)[0]) == 3
    np.testing.assert_array_equal(drawings[0].strokes[0].mean(0).round(), [128, 128])  # in the middle of the page


def test_a_drawing_is_as_the_official_bitmaps_show_it(root):
    """A pen of 16 and a margin of 24 around 256, in 28 pixels (the published function's numbers)."""
    (root / "ant.ndjson").write_bytes(line([[[0, 255], [0, 0]], [[0, 255], [255, 255]]]))
    image = bitmaps(pack(read(root / "ant.ndjson")[0], 28))[0] / 255
    profile = image[:, 14]
    assert profile.sum() == pytest.approx(2 * 16 * 28 / 304, rel=0.1)
    assert (profile * np.arange(28)).sum() / profile.sum() == pytest.approx(13.5, abs=0.05)
    top = (profile[:14] * (np.arange(14) + 0.5)).sum() / profile[:14].sum()
    assert top == pytest.approx((24 + 0.5) * 28 / 304, abs=0.1)


def test_folder_zip_and_prefixed_names_read_alike(root, tmp_path_factory):
    packed = shutil.make_archive(str(tmp_path_factory.mktemp("zip") / "all"), "zip", root)
    renamed = tmp_path_factory.mktemp("renamed")
    for path in root.iterdir():
        shutil.copy(path, renamed / f"full_simplified_{path.name}")
    sources = [open_source(Data("quickdraw", str(place), strokes=True)) for place in (root, packed, renamed)]
    assert [len(source.counts[part]) for part in PARTS for source in sources[:1]] == [2, 2, 2]
    for part in PARTS:
        reads = [source.read(part) for source in sources]
        for other in reads[1:]:
            np.testing.assert_array_equal(reads[0].images, other.images)
            np.testing.assert_array_equal(reads[0].strokes.points, other.strokes.points)
        assert sources[0].counts[part] == sources[2].counts[part] == dict.fromkeys(reads[0].classes, 2)
        assert not reads[0].skipped  # not to be recognised is no damage


def test_unrecognised_drawings_are_read_where_asked_for(root):
    source = open_source(Data("quickdraw", str(root), recognized=False, strokes=True))
    base = source.read("base")
    assert set(source.counts["base"].values()) == {3} and len(base.images) == 6
    np.testing.assert_array_equal(base.images, bitmaps(base.strokes))
    assert open_source(Data("quickdraw", str(root))).read("base").strokes is None
    assert open_source(Data("quickdraw", str(root), recognized=False, per_class=1)).counts["base"] == dict.fromkeys(
        base.classes, 1
    )


@pytest.mark.parametrize("size", [28, 64])
def test_official_bitmaps(tmp_path, size):
    pages = {name: np.random.default_rng(at).integers(0, 255, (4, 784), np.uint8) for at, name in enumerate(NAMES)}
    for name, page in pages.items():
        np.save(tmp_path / f"{name}.npy", page)
    source = open_source(Data("quickdraw", str(tmp_path), size, per_class=3))
    base = source.read("base")
    assert set(source.counts["base"].values()) == {3} and base.images.shape == (3 * len(base.classes), size, size)
    if size == 28:
        np.testing.assert_array_equal(base.images[3].ravel(), pages[base.classes[1]][0])


def test_bitmaps_have_no_strokes(tmp_path):
    np.save(tmp_path / "ant.npy", np.zeros((4, 784), np.uint8))
    with pytest.raises(UserError, match=r"holds bitmaps only.*ndjson"):
        open_source(Data("quickdraw", str(tmp_path), strokes=True))


@pytest.mark.parametrize(
    ("name", "held", "said"),
    [
        ("ant.txt", b"", "holds no CLASS.ndjson"),
        ("unicorn.ndjson", b"", "none of QuickDraw's 345 classes"),
        ("ant.ndjson", b"", "holds no drawing"),
        ("ant.ndjson", b"{}\n{}", "holds no drawing \\(2 no drawing\\)"),
        ("ant.npy", b"\x93NUMPY", "is no array of bitmaps"),
        ("ant.npy", b"PK\x03\x04", "is no array of bitmaps"),
        ("ant.npy", None, "not uint8 \\[n, 784\\]"),
        ("ant.zip", b"PK\x03\x04", "fetch the archive again"),
    ],
)
def test_other_files_get_one_line(tmp_path, name, held, said):
    if held is None:
        np.save(tmp_path / name, np.zeros((4, 28, 28), np.uint8))
    else:
        (tmp_path / name).write_bytes(held)
    with pytest.raises(UserError, match=said) as error:
        source = open_source(Data("quickdraw", str(tmp_path)))
        for part in PARTS:
            source.read(part)
    assert "\n" not in str(error.value)


class Hostile:
    """Unpickled, it makes a file."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


def test_a_pickle_in_an_array_is_not_run(tmp_path):
    root, made = tmp_path / "root", tmp_path / "made"
    root.mkdir()
    np.save(root / "ant.npy", np.array([Hostile(made)], object), allow_pickle=True)
    with pytest.raises(UserError, match="is no array of bitmaps"):
        open_source(Data("quickdraw", str(root))).read("base")
    assert not made.exists()
    np.load(root / "ant.npy", allow_pickle=True)  # the control: it would have been
    assert made.exists()


def test_a_damaged_zip_gets_one_line(root, tmp_path_factory):
    path = tmp_path_factory.mktemp("zip") / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ant.ndjson", b"\n".join([line()] * 1000))
    data = bytearray(path.read_bytes())
    data[60:70] = bytes(10)
    path.write_bytes(bytes(data))
    with pytest.raises(UserError, match="fetch it again"):
        judged("ant", quickdraw.class_files(str(path))["ant"], Data("quickdraw", per_class=0))


def test_a_line_without_end_is_never_held_whole(root, monkeypatch):
    monkeypatch.setattr(quickdraw, "LONGEST_LINE", 256)
    for length in (255, 256, 257, 512, 600):
        (root / "ant.ndjson").write_bytes(b"x" * length + b"\n" + line())
        assert len(read(root / "ant.ndjson")[0]) == 1
        (root / "ant.ndjson").write_bytes(line() + b"\n" + b"x" * length)
        assert len(read(root / "ant.ndjson")[0]) == 1


# Whatever a file holds -----------------------------------------------------------------------------------------------

points = st.lists(st.integers(0, 255), min_size=1, max_size=6)
good_stroke = points.flatmap(
    lambda x: st.tuples(st.just(x), st.lists(st.integers(0, 255), min_size=len(x), max_size=len(x)))
)
good_drawing = st.lists(good_stroke.map(list), min_size=1, max_size=4)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-300, 300) | st.floats() | st.text(string.printable, max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["drawing", "word", "a"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@st.composite
def mutated(draw_: st.DrawFn) -> bytes:
    """A valid line with a field replaced or removed, or some of its bytes changed, doubled or lost."""
    stored = {"word": "ant", "recognized": True, "drawing": draw_(good_drawing)}
    match draw_(st.sampled_from(["valid", "field", "stroke", "bytes"])):
        case "field":
            stored[draw_(st.sampled_from([*stored]))] = draw_(anything)
        case "stroke":
            stored["drawing"].insert(draw_(st.integers(0, len(stored["drawing"]))), draw_(anything))
        case "bytes":
            whole = json.dumps(stored).encode()
            at = draw_(st.integers(0, len(whole)))
            return whole[:at] + draw_(st.binary(max_size=4)) + whole[at + draw_(st.integers(0, 4)) :]
    return json.dumps(stored).encode()


FILES = st.lists(mutated() | st.binary(max_size=60) | anything.map(lambda v: json.dumps(v).encode()), max_size=8)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=FILES, ending=st.sampled_from([b"\n", b"\r\n", b""]), recognized=st.booleans())
def test_any_file_is_drawings_or_counted_skips(root, lines, ending, recognized):
    """Every line that is not blank is one or the other; where none is a drawing, there is one line of a UserError."""
    path = root / "ant.ndjson"
    path.write_bytes(b"\n".join(lines) + ending)
    held = [found for found in path.read_bytes().split(b"\n") if found.strip()]
    try:
        drawings, skipped = read(path, recognized=recognized, per_class=0)
    except UserError as error:
        assert "\n" not in str(error) and "holds no drawing" in str(error)
        drawings, skipped = [], None
    kept = [quickdraw.parse(found, "ant", recognized) for found in held]
    assert len(drawings) == sum(isinstance(found, Drawing) for found in kept)
    assert skipped is None or skipped.total() == len(held) - len(drawings)
    for drawing in drawings:
        assert drawing.strokes and all(s.dtype == np.uint8 and s.ndim == 2 and len(s) for s in drawing.strokes)
    if drawings:
        packed = pack(drawings, 16)
        assert packed.pen.any(1).all()


@settings(max_examples=200, deadline=None)
@given(drawing=good_drawing)
def test_every_valid_drawing_is_read(drawing):
    """Negative control of the test above: a reader that skips everything would pass it."""
    found = quickdraw.parse(line(drawing), "ant")
    assert isinstance(found, Drawing) and [len(s) for s in found.strokes] == [len(x) for x, _ in drawing]


# The real ones -------------------------------------------------------------------------------------------------------


@needs("quickdraw")
def test_the_official_file():
    source = open_source(Data("quickdraw", str(SHARED / "quickdraw"), strokes=True))
    assert [len(names) for names in source.counts.values()] == [219, 72, 54]
    assert sum(sum(names.values()) for names in source.counts.values()) == 9540
    validation = source.read("validation")
    assert (
        dict(zip(validation.classes, np.bincount(validation.labels).tolist(), strict=True))
        == source.counts["validation"]
    )
    assert not validation.skipped
    share = validation.images.mean((1, 2)) / 255
    assert share.min() > 0.005 and share.max() < 0.6


@pytest.mark.slow
@needs("quickdraw")
def test_simplifying_the_longest_hardly_changes_them():
    """Of the one drawing in 80 that has more points than are packed: less than a shift by a fifth of a pixel."""
    files = quickdraw.class_files(str(SHARED / "quickdraw"))
    data = Data("quickdraw", recognized=False)
    drawings = [d for name, file in files.items() for d in judged(name, file, data)[0]]
    long = [d for d in drawings if sum(map(len, d.strokes)) > MOST]
    assert 0.005 < len(long) / len(drawings) < 0.02
    whole = draw(long, 28).astype(float)
    changed, shifted = (np.abs(images - whole).mean() for images in (bitmaps(pack(long, 28)), np.roll(whole, 1, 2)))
    assert changed < shifted / 5


def test_the_split_is_by_hash():
    """So that a class stays where it is when others are absent."""
    import hashlib
    from importlib import resources

    stored = json.loads((resources.files("sketchjax.data") / "splits" / "quickdraw.json").read_text())
    names = [name for part in PARTS for name in stored[part]]
    assert len(names) == len(set(names)) == 345
    for at, part in enumerate(PARTS):
        for name in stored[part]:
            share = hashlib.sha256(name.encode()).digest()[0] / 256
            assert (share >= 0.6) + (share >= 0.8) == at


@pytest.mark.parametrize("recipe", ["simclr", "byol", "prototypical"])
def test_recipes_train_from_strokes(recipe):
    from sketchjax.check import check
    from sketchjax.flags import parse

    config, _ = parse([f"--config=configs/{recipe}.py:quickdraw", "--config.data.root=somewhere"], "", ())
    assert isinstance(config, Config) and config.data.strokes
    check(config, 1)
