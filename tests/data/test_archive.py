"""Whatever an archive or an image holds, reading it gives drawings, a reason to skip one, or one line."""

import io
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from sketchjax.config import UserError
from sketchjax.data import archive, bitmap
from sketchjax.data.files import decode
from sketchjax.data.record import Skip, Unreadable

quickly = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
thoroughly = settings(
    max_examples=2000, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
EFFORTS = [pytest.param(quickly, id="quickly"), pytest.param(thoroughly, id="thoroughly", marks=pytest.mark.slow)]


def page() -> Image.Image:
    ink = np.full((24, 24), 255, np.uint8)
    ink[4:20, 11:13] = ink[11:13, 4:20] = 0
    return Image.fromarray(ink)


def encoded(kind: str, **options) -> bytes:
    data = io.BytesIO()
    page().save(data, kind, **options)
    return data.getvalue()


def packed(method: int) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as made:
        for name in ("cat/1.png", "cat/2.jpg", "dog/1.gif", "notes.txt"):
            made.writestr(name, encoded("gif" if name.endswith("gif") else "jpeg" if name.endswith("jpg") else "png"))
    return data.getvalue()


ZIPS = [packed(zipfile.ZIP_STORED), packed(zipfile.ZIP_DEFLATED)]
IMAGES = [
    *(encoded(kind) for kind in ("png", "jpeg", "bmp", "gif", "tiff", "webp")),
    encoded("tiff", compression="tiff_lzw"),
]


@st.composite
def damaged(draw, whole: list[bytes]) -> bytes:
    """One of them: cut off, with some bytes replaced, others put in or taken out."""
    data = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("replace", "cut", "insert", "remove"))):
            case "replace":
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
            case "cut":
                del data[at:]
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=4))
            case "remove":
                del data[at : at + draw(st.integers(1, 16))]
    return bytes(data)


def read_all(data: bytes) -> None:
    """Lists and decodes an archive of these bytes, alone and in a folder: only a UserError of one line may come."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's, of names that stand twice
        path = Path(folder, "drawings.zip")
        path.write_bytes(data)
        for root in (path, folder):
            try:
                for file in decode(archive.entries(str(root)), 16):
                    assert isinstance(file, Skip) or (file.image.shape == (16, 16) and file.image.any())
            except UserError as error:
                assert "\n" not in str(error)
        assert [made.name for made in Path(folder).iterdir()] == ["drawings.zip"]


def property_of(effort, strategy, check) -> None:
    effort(given(strategy)(check))()


@pytest.mark.parametrize("effort", EFFORTS)
def test_any_bytes_as_an_archive(effort):
    property_of(effort, st.binary(max_size=200) | st.binary(max_size=99).map(lambda b: ZIPS[0][:70] + b), read_all)


@pytest.mark.parametrize("effort", EFFORTS)
def test_damaged_archives(effort):
    property_of(effort, damaged(ZIPS), read_all)


@pytest.mark.parametrize("effort", EFFORTS)
def test_any_names(effort):
    odd = st.sampled_from(
        ["..", ".", "", "/", "\\", "C:", "cat", "__MACOSX", "._1.png", "1.png", "\n", "\0", "\x1b[2J"]
    )
    name = st.lists(odd | st.text(max_size=8), min_size=1, max_size=4).map("/".join)

    def check(names: list[str]) -> None:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as made, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            for name in names:
                made.writestr(zipfile.ZipInfo(name or "x"), encoded("png"))
        read_all(data.getvalue())

    names = st.lists(name.filter(lambda n: not any("\ud800" <= c <= "\udfff" for c in n)), min_size=1, max_size=4)
    property_of(effort, names, check)


@pytest.mark.parametrize("effort", EFFORTS)
def test_any_bytes_as_an_image(effort):
    """Behind the beginning of a true one, or not."""

    def check(data: bytes) -> None:
        try:
            found = bitmap.read(data, 16)
        except Unreadable as error:
            assert str(error) and "\n" not in str(error)
        else:
            assert found.shape == (16, 16) and found.dtype == np.uint8

    beginnings = st.sampled_from([b"", *(image[:at] for image in IMAGES for at in (4, 16, 40))])
    anything = st.tuples(beginnings, st.binary(max_size=300)).map(b"".join)
    property_of(effort, anything | damaged(IMAGES), check)


def test_the_sound_ones_are_read():
    """Control of the properties above: what they damage is whole."""
    for image in IMAGES:
        assert bitmap.read(image, 16).max() > 200
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drawings.zip")
        path.write_bytes(ZIPS[1])
        found = decode(archive.entries(str(path)), 16)
        assert len(found) == 4 and not any(isinstance(file, Skip) for file in found)


def test_an_archive_is_read_from_threads():
    """Each member a thousand times, by all threads at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drawings.zip")
        path.write_bytes(ZIPS[1])
        listed = archive.entries(str(path))
        found = decode(listed * 250, 16)
    for at, file in enumerate(found):
        assert not isinstance(file, Skip)
        np.testing.assert_array_equal(file.image, found[at % len(listed)].image)
