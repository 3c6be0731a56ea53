"""Sources: the official archives, packed or not, and any folder of classes."""

import dataclasses
import json
import shutil
import zipfile

import numpy as np
import pytest

from sketchjax.config import Config, Data, Evaluate, UserError
from sketchjax.data.sources import check_episodes, check_source, open_source
from sketchjax.data.split import groups_of
from tests.conftest import SHARED, needs


def test_folder_and_its_zip_read_alike(folder, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "drawings"), "zip", folder)
    split = str(folder / "splits.json")
    for part in ("base", "validation", "novel"):
        unpacked, packed = (open_source(Data("folder", root, 16, split)).read(part) for root in (str(folder), archive))
        np.testing.assert_array_equal(unpacked.images, packed.images)
        np.testing.assert_array_equal(unpacked.labels, packed.labels)
        assert unpacked.classes == packed.classes


def test_an_archive_beside_its_unpacked_copy_counts_once(folder, tmp_path):
    root = shutil.copytree(folder, tmp_path / "both")
    for copy in ("drawings", "drawings (1)"):
        shutil.make_archive(str(root / copy), "zip", folder)
    both = open_source(Data("folder", str(root), 16))
    assert both.counts == open_source(Data("folder", str(folder), 16)).counts


def test_labels_follow_classes(small_source):
    novel = small_source.read("novel")
    assert novel.images.shape == (72, 16, 16) and novel.images.dtype == np.uint8
    np.testing.assert_array_equal(novel.labels, np.repeat(np.arange(6), 12))
    assert dict.fromkeys(novel.classes, 12) == small_source.counts["novel"]


def test_a_hash_splits_a_folder_without_splits_json(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "all")
    (tmp_path / "all" / "splits.json").unlink()
    source = open_source(Data("folder", str(tmp_path / "all"), 16))
    assert sum(len(names) for names in source.counts.values()) == 24
    removed = next(iter(source.counts["base"]))
    shutil.rmtree(tmp_path / "all" / removed)
    fewer = open_source(Data("folder", str(tmp_path / "all"), 16))
    for part in fewer.counts:
        assert set(fewer.counts[part]) == set(source.counts[part]) - {removed}


def test_what_operating_systems_leave_behind_is_no_drawing(folder, tmp_path):
    root = tmp_path / "mac"
    shutil.copytree(folder, root)
    some = next(p for p in root.iterdir() if p.is_dir())
    (some / "._1.png").write_bytes(b"AppleDouble")
    (some / ".DS_Store").write_bytes(b"\0")
    (some / "notes.txt").write_text("no image")
    (root / "__MACOSX" / some.name).mkdir(parents=True)
    (root / "__MACOSX" / some.name / "1.png").write_bytes(b"no image")
    assert open_source(Data("folder", str(root), 16)).counts == open_source(Data("folder", str(folder), 16)).counts


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"root": "/nowhere"}, "does not exist"),
        ({"root": "EMPTY"}, "holds no image"),
        ({"root": "FILE"}, "neither a folder nor a zip"),
        ({"split": "nowhere.json"}, "No such file"),
        ({"split": "lake"}, "unknown to folder"),
        ({"split": "BROKEN"}, "a class split is"),
        ({"split": "TWICE"}, "stand in it twice"),
        ({"split": "ABSENT"}, "lacks 1 classes of the split, such as 'unicorn'"),
    ],
)
def test_bad_roots_and_splits_get_one_line(folder, tmp_path, wrong, said):
    made = {
        "EMPTY": tmp_path / "empty",
        "FILE": tmp_path / "file.zip",
        "BROKEN": tmp_path / "broken.json",
        "TWICE": tmp_path / "twice.json",
        "ABSENT": tmp_path / "absent.json",
    }
    made["EMPTY"].mkdir()
    made["FILE"].write_bytes(b"no zip")
    made["BROKEN"].write_text('{"base": ["house"]}')
    made["TWICE"].write_text(json.dumps({"base": ["anchor"], "validation": ["anchor"], "novel": []}))
    made["ABSENT"].write_text(json.dumps({"base": ["unicorn"], "validation": [], "novel": []}))
    wrong = {name: str(made.get(value, value)) for name, value in wrong.items()}
    with pytest.raises(UserError, match=said) as error:
        open_source(dataclasses.replace(Data("folder", str(folder), 16), **wrong))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("batch_size", 400, "batch_size=400 is more than the 144 base drawings"),
        ("evaluate.way", (9,), "has 6 novel classes, 9-way episodes need 9"),
        ("evaluate.query", 12, "has 12 drawings, 1 shots \\+ 12 queries need 13"),
    ],
)
def test_what_a_source_cannot_do_is_refused(config, small_source, field, value, said):
    part, _, name = field.rpartition(".")
    setattr(getattr(config, part) if part else config, name, value)
    with pytest.raises(UserError, match=said):
        check_source(small_source, config)


def test_groups_are_the_folders_of_classes():
    names = ["Latin/character01/rot000", "Latin/character01/rot090", "Greek/character02/rot270", "Latin/character02"]
    first, again, other, upright = groups_of(names)
    assert first == again == upright != other
    assert len(set(groups_of(["cat", "dog"]))) == 1


def test_episodes_within_groups_need_one_that_is_large_enough(small_source):
    alone = Evaluate((5,), (1,), 5, within=True)
    with pytest.raises(UserError, match="the classes of folder lie in no groups: leave it off"):
        check_episodes(small_source, "novel", alone)
    counts = {"novel": dict.fromkeys(("a/1", "a/2", "b/1", "b/2", "b/3"), 20)}
    with pytest.raises(UserError, match=r"no group of folder's novel classes has 5 classes, the largest 3"):
        check_episodes(small_source._replace(counts=counts), "novel", alone)
    check_episodes(small_source._replace(counts=counts), "novel", dataclasses.replace(alone, way=(3,)))


@needs("omniglot")
def test_omniglot_as_vinyals_split_it():
    source = open_source(Data("omniglot", str(SHARED / "omniglot"), 28))
    assert [len(names) for names in source.counts.values()] == [4112, 688, 1692]
    assert {count for names in source.counts.values() for count in names.values()} == {20}
    for part, name in (("base", "train"), ("validation", "val"), ("novel", "test")):
        published = (SHARED / "omniglot" / "vinyals" / f"{name}.txt").read_text().split()
        assert list(source.counts[part]) == published


@pytest.mark.slow
@needs("omniglot")
def test_omniglot_with_most_validation_characters_in_base():
    source, whole = (
        open_source(Data("omniglot", str(SHARED / "omniglot"), 28, split)) for split in ("vinyals_trainval", "")
    )
    base, validation, novel = map(set, source.counts.values())
    assert novel == set(whole.counts["novel"]) and base | validation == {
        *whole.counts["base"],
        *whole.counts["validation"],
    }
    assert validation < set(whole.counts["validation"]) and len(validation) == 4 * 20 and not base & validation


@pytest.mark.slow
@needs("omniglot")
def test_rotations_are_classes_of_their_own():
    validation = open_source(Data("omniglot", str(SHARED / "omniglot"), 28)).read("validation")
    upright, quarter = validation.images[:20], validation.images[20:40]
    assert [name.rpartition("/")[2] for name in validation.classes[:2]] == ["rot000", "rot090"]
    np.testing.assert_array_equal(quarter, np.rot90(upright, 1, (1, 2)))


@pytest.mark.slow
@needs("tu_berlin")
def test_tu_berlin_packed_and_unpacked(tmp_path):
    root = SHARED / "tu_berlin"
    source = open_source(Data("tu_berlin", str(root), 28))
    assert [len(names) for names in source.counts.values()] == [160, 40, 49]
    names = sorted(name for part in source.counts.values() for name in part)
    assert list(source.counts["novel"]) == names[200:]
    assert list(source.counts["validation"]) == names[4:200:5]
    with zipfile.ZipFile(root / "sketches_png.zip") as archive:
        archive.extractall(tmp_path)
    unpacked = open_source(Data("tu_berlin", str(tmp_path), 28))
    np.testing.assert_array_equal(unpacked.read("novel").images, source.read("novel").images)


def test_a_source_that_lacks_classes_is_not_the_source(folder):
    with pytest.raises(UserError, match=r"lacks \d+ classes of the split"):
        open_source(Data("tu_berlin", str(folder), 28))


def test_doodles_need_no_root():
    assert open_source(Config().data).name == "doodles"
