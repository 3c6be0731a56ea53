"""Every way to get the command line or the config wrong: one line each, naming what, with which value, and the cure."""

import dataclasses
import json
import sys

import pytest

from sketchjax import flags, judge
from sketchjax.check import check
from sketchjax.config import Config, UserError
from sketchjax.fields import differences, from_json, leaves
from tests.conftest import ROOT

SIMCLR = "--config=configs/simclr.py"


def parse(*arguments):
    return flags.parse(arguments, "usage")[0]


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    for name in ("config_config", "finetune_config"):  # ml_collections' names for the last config files
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
def test_fields_are_set_in_any_order(order):
    arguments = [SIMCLR, "--config.optim.lr=0.5", "--config.evaluate.way=5,7"]
    config = parse(*(arguments[i] for i in order))
    assert config.optim.lr == 0.5 and config.evaluate.way == (5, 7)


def test_the_argument_names_the_data():
    assert parse(f"{SIMCLR}:tu_berlin").data == dataclasses.replace(Config().data, source="tu_berlin", image_size=64)
    assert parse("--config", "configs/simclr.py", "--config.seed", "3").seed == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--config is missing: name a config file, such as --config=configs/simclr.py"),
        (["--config=nope.py"], "no config file 'nope.py'"),
        ([SIMCLR, "--config.batchsize=3"], r"unknown flag --config.batchsize \(did you mean config.batch_size\?\)"),
        ([SIMCLR, "--config.optim.lrr=3"], r"did you mean config.optim.lr\?"),
        ([SIMCLR, "--config.optim=3"], "unknown flag --config.optim"),
        ([SIMCLR, "--verbose"], "unknown flag --verbose"),
        ([SIMCLR, "leftover"], "leftover argument 'leftover': flags are written --name=value"),
        ([SIMCLR, "--config.seed=abc"], "--config.seed=abc: invalid literal for int"),
        ([SIMCLR, "--config.batch_size=1.5"], "--config.batch_size=1.5: invalid literal for int"),
        ([SIMCLR, "--config.optim.lr=fast"], "--config.optim.lr=fast"),
        ([f"{SIMCLR}:omniglott"], r"no recipe for 'omniglott' \(did you mean omniglot\?\): use one of"),
    ],
)
def test_wrong_command_lines(arguments, said):
    with pytest.raises(UserError, match=said) as error:
        parse(*arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x =", "SyntaxError"),
        ("import nowhere", "No module named 'nowhere'"),
        ("", "get_config"),
        ("def get_config(): return 3", r"must return a sketchjax\.config\.Config"),
        ("def get_config(): raise ValueError('sorry')", "sorry"),
        ("def get_config(): return 1 / 0", "ZeroDivisionError"),
    ],
)
def test_broken_config_files(tmp_path, text, said):
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(UserError, match=said) as error:
        parse(f"--config={tmp_path / 'broken.py'}")
    assert "\n" not in str(error.value)


def test_help_lists_every_field(capsys):
    with pytest.raises(SystemExit) as ended:
        parse("--help")
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"--config.{name}=" in shown for name, _ in leaves(Config()))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("data.source", "doodle", r"data.source='doodle' is unknown \(did you mean doodles\?\): use one of doodles, "),
        ("data.source", "tu_berlin", "say where with --config.data.root=DIR"),
        ("encoder.name", "conv5", r"did you mean conv4\?"),
        ("method.name", "simcrl", r"did you mean simclr\?"),
        ("optim.name", "adam", r"did you mean adamw\?"),
        ("dtype", "float16", r"use one of float32, bfloat16"),
        ("encoder.stem", "big", "encoder.stem='big' is unknown: use one of auto, small, large"),
        ("method.distance", "cosin", r"did you mean cosine\?"),
        ("method.tau", 1.01, "method.tau=1.01 is a share or probability: at most 1"),
        ("method.way", 1, "method.way=1 must be at least 2"),
        ("accumulate", 3, "batch_size=128 is not divisible by 8 devices x accumulate=3: use batch_size=120"),
        ("batch_size", 100, "not divisible by 8 devices x accumulate=1: use batch_size=96"),
        ("batch_size", 0, "batch_size=0 must be at least 1"),
        ("optim.lr", float("nan"), "optim.lr=nan must be greater than 0"),
        ("method.temperature", 0.0, "method.temperature=0.0 must be greater than 0"),
        ("augment.flip", 1.5, "augment.flip=1.5 is a share or probability: at most 1"),
        ("evaluate.whiten", -0.5, "evaluate.whiten=-0.5 must be at least 0"),
        ("evaluate.whiten", 2.0, "evaluate.whiten=2.0 is a share or probability: at most 1"),
        ("augment.blur", -0.1, "augment.blur=-0.1 must be at least 0"),
        ("evaluate.way", ("a",), "must be whole numbers of at least 2, such as 5 or 5,20"),
        ("evaluate.shot", (), "must be whole numbers of at least 1"),
        ("seed", -1, "seed=-1 must be at least 0"),
    ],
)
def test_wrong_values(field, value, said):
    config = Config()
    part, _, name = field.rpartition(".")
    setattr(getattr(config, part) if part else config, name, value)
    with pytest.raises(UserError, match=said):
        check(config, 8)


def test_moves_of_the_pen_need_strokes():
    config = Config()
    config.augment.jitter = 0.01
    with pytest.raises(UserError, match=r"augment\.jitter=0\.01 moves pen strokes: use 0, or train from strokes"):
        check(config, 1)
    config.data.strokes = True
    check(config, 1)
    config.data.source, config.data.root = "tu_berlin", "somewhere"
    with pytest.raises(UserError, match=r"data\.strokes=True: tu_berlin keeps no strokes: leave it off"):
        check(config, 1)


def test_an_accumulation_of_none_accumulates_nothing():
    check(Config(accumulation="none"), 1)
    with pytest.raises(UserError, match="accumulate=2 does not go with accumulation=none: use accumulate=1, or"):
        check(Config(accumulate=2, accumulation="none"), 1)


@pytest.mark.parametrize(
    ("batch_size", "accumulate", "use"), [(399, 1, 400), (400, 2, 400), (600, 2, 800), (20, 1, 200)]
)
def test_a_micro_batch_holds_whole_episodes(batch_size, accumulate, use):
    config = Config(batch_size=batch_size, accumulate=accumulate)
    config.method.name, config.method.query = "prototypical", 5
    said = f"episodes of 20 x \\(5 \\+ 5\\) sketches, 8 devices x accumulate={accumulate}: use batch_size={use}"
    if batch_size == use:
        return check(config, 8)
    with pytest.raises(UserError, match=said):
        check(config, 8)


def test_what_was_trained_at_length_one_is_judged_so():
    cosine = ["--config=configs/prototypical.py", "--config.method.distance=cosine"]
    with pytest.raises(UserError, match=r"judge them so, with --config\.evaluate\.normalise=True"):
        check(parse(*cosine), 8)
    check(parse(*cosine, "--config.evaluate.normalise=True"), 8)


def test_the_wish_lists_64_x_2_is_one_line():
    """128 sketches an update, 64 at a time, and the gradient of 128."""
    config = parse(SIMCLR, "--config.accumulate=2")
    assert (config.batch_size, config.micro_batch, config.accumulation, config.parts) == (128, 64, "cached", 2)


def test_the_published_large_batches():
    simclr, byol = (parse(f"--config=configs/{name}.py:doodles,paper") for name in ("simclr", "byol"))
    assert (simclr.batch_size, simclr.optim.name, simclr.encoder.name) == (4096, "lars", "resnet50")
    assert simclr.peak_lr == pytest.approx(4.8) and byol.peak_lr == pytest.approx(3.2)
    with pytest.raises(UserError, match="no recipe 'papr': use doodles, or doodles,paper"):
        parse(f"{SIMCLR}:doodles,papr")


def test_a_second_stage_takes_over_data_and_encoder_and_starts_from_the_first():
    own = ["--config.seed=3", "--config.encoder.width=0.25", "--config.evaluate.way=7"]
    first, second = flags.stages(
        [
            f"{SIMCLR}:folder",
            *own,
            "--config.data.root=there",
            "--finetune",
            "configs/prototypical.py",
            "--finetune.epochs=7",
        ],
        "usage",
    )
    assert (first.method.name, second.method.name, second.epochs) == ("simclr", "prototypical", 7)
    assert (second.init_from, second.workdir) == ("runs/simclr-folder", "runs/simclr-folder/finetuned")
    assert (second.data, second.encoder, second.seed) == (first.data, first.encoder, 3)
    assert second.evaluate.way == (7,) and not second.evaluate.normalise
    assert flags.stages([SIMCLR], "usage") == [parse(SIMCLR)]
    _, second = flags.stages([SIMCLR, "--finetune=configs/prototypical.py", "--finetune.seed=5"], "usage")
    assert second.seed == 5


def test_all_problems_are_said_at_once():
    config = Config(seed=-1, epochs=0)
    with pytest.raises(UserError) as error:
        check(config, 1)
    assert len(str(error.value).splitlines()) == 2


def test_the_default_is_right_on_one_and_on_eight_devices():
    check(Config(), 1)
    check(Config(), 8)


def test_json_and_back():
    config = Config(seed=3)
    config.evaluate.way = (5, 7)
    stored = json.loads(json.dumps(dataclasses.asdict(config)))
    assert from_json(stored) == config
    with pytest.raises(UserError, match="use the version that made it"):
        from_json({**stored, "new": 1})


def test_a_stored_config_may_lack_a_field_that_changes_no_training_number():
    """Else every new field of the judge would shut every earlier run."""
    stored = json.loads(json.dumps(dataclasses.asdict(Config(seed=3))))
    del stored["evaluate"]["whiten"], stored["logger"]
    assert from_json(stored) == Config(seed=3)
    del stored["optim"]["clip_norm"]
    with pytest.raises(UserError, match=r"other fields \(optim.clip_norm\)"):
        from_json(stored)


def test_only_fields_that_change_a_training_number_make_another_run():
    config, other = Config(), Config(workdir="elsewhere", log_every_updates=3)
    other.data.root, other.evaluate.way = "there", (7,)
    assert differences(config, other) == []
    other.optim.lr = 0.5
    assert differences(config, other) == ["optim.lr=0.002, stored 0.5"]


def test_a_run_on_strokes_is_judged_on_bitmaps_of_another_source():
    config = Config()
    config.data.strokes, config.augment.unfinished = True, 0.3
    check(judge.on(config, "tu_berlin", "DIR", None), 1)
