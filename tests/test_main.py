"""main as a user meets it: bad input gets one line and exit 2 before any compilation; a run leaves its files."""

import json
import shutil
import subprocess
import sys

import pytest

from sketchjax import main
from tests.conftest import ROOT

EPISODES = ("batch_size=16", "method.way=4", "method.shot=1", "method.query=3")
FINETUNE = ["--finetune=configs/prototypical.py", *(f"--finetune.{field}" for field in EPISODES)]


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def arguments(folder, workdir, *flags):
    small = ["data.image_size=16", "batch_size=16", "evaluate.way=5", "evaluate.query=5", "evaluate.shot=1"]
    given = [f"--config.{field}" for field in (f"data.root={folder}", f"workdir={workdir}", *small)]
    return ["--config=configs/simclr.py:folder", *given, *flags]


def snapshot(path):
    return {p.relative_to(path): p.read_bytes() for p in path.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--config.nope=1"], "unknown flag --config.nope"),
        (["--config.seed=x"], "seed=x"),
        (["leftover"], "leftover argument"),
        (["--config.data.source=imagenet"], "data.source='imagenet' is unknown"),
        (["--config.encoder.name=vit"], "encoder.name='vit' is unknown"),
        (["--config.data.root=/nowhere"], "data.root=/nowhere does not exist"),
        (["--config.evaluate.shot=1,8"], "has 12 drawings, 8 shots + 5 queries need 13"),
        (["--config.evaluate.way=7"], "7-way episodes need 7"),
        (["--config.batch_size=20"], "not divisible by 8 devices"),
        (["--config.workdir=/proc/nowhere"], "workdir=/proc/nowhere"),
        (["--config.workdir=README.md"], "workdir=README.md: File exists"),
        (["--config.init_from=nowhere"], "workdir=nowhere holds no run"),
        (["--config.method.name=prototypical", "--config.method.way=13"], "batch_size=16 is not divisible"),
        (
            [
                "--config.method.name=prototypical",
                "--config.method.way=13",
                "--config.method.shot=1",
                "--config.method.query=1",
                "--config.batch_size=104",
            ],
            "13-way episodes",
        ),
        (["--config.accumulate=2", "--config.accumulation=none"], "accumulation=cached (the exact large batch)"),
        (["--finetune=configs/nope.py"], "no config file 'configs/nope.py'"),
        (["--finetune=configs/prototypical.py", "--finetune.method.way=13"], "batch_size=50 is not divisible"),
        ([*FINETUNE, "--finetune.encoder.width=0.5"], "has another encoder (encoder.width=0.5, there 1.0)"),
        (["--finetune=configs/prototypical.py", "--finetune.methd.way=13"], "did you mean finetune.method.way?"),
    ],
)
def test_bad_input(folder, tmp_path, capsys, compilations, flags, said):
    workdir = tmp_path / "run"
    code = main.main(arguments(folder, workdir, *flags))
    shown = capsys.readouterr().err
    assert code == 2
    assert said in shown and len(shown.splitlines()) == 1
    assert not compilations and not workdir.exists()


def test_preflight_refuses_and_its_folder_stays_free(command, tmp_path):
    workdir = tmp_path / "run"
    refused = command(workdir, "--config.optim.lr=1e-7", "--config.epochs=40")
    shown = refused.communicate()[0]
    assert refused.returncode == 2 and "error: optim.lr=1e-07: all 360 updates together move" in shown
    assert shown.splitlines()[-1].startswith("refused before training, see the errors above (optim.lr=1e-07")
    only = command(workdir, "--config.optim.lr=0.008", "--config.epochs=40", "--preflight_only")
    shown = only.communicate()[0]
    assert only.returncode == 0 and "negatives per anchor" in shown and "the same batch over and over: gauge" in shown
    assert [path.name for path in workdir.iterdir()] == ["config.json"]  # of the refused run: it holds no other


def test_missing_config(capsys):
    assert main.main([]) == 2
    assert "--config is missing" in capsys.readouterr().err


def test_an_empty_root(folder, tmp_path, capsys):
    assert main.main(arguments(tmp_path, tmp_path / "run")) == 2
    assert "holds no image" in capsys.readouterr().err


def test_a_workdir_of_another_run_or_of_something_else_is_left_alone(folder, tmp_path, capsys, compilations):
    from sketchjax import flags
    from sketchjax.training.workdir import Workdir

    mine = tmp_path / "mine"
    Workdir.claim(flags.parse(arguments(folder, mine), "")[0])
    (mine / "metrics.jsonl").write_text('{"update": 1}\n')
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "thesis.txt").write_text("years of work")
    for workdir, changed, said in (
        (mine, "--config.optim.lr=0.5", "holds another run (optim.lr=0.5, stored 0.002)"),
        (thesis, "--config.seed=0", "is not empty and holds no run"),
    ):
        before = snapshot(workdir)
        assert main.main(arguments(folder, workdir, changed)) == 2
        shown = capsys.readouterr().err
        assert said in shown and "choose another --config.workdir" in shown and len(shown.splitlines()) == 1
        assert snapshot(workdir) == before
    assert not compilations


def test_a_process_of_its_own_ends_with_one_line_and_exit_2():
    command = [sys.executable, "-m", "sketchjax.main", "--config=configs/simclr.py", "--config.batchsize=3"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and ended.stdout == ""
    assert ended.stderr == "unknown flag --config.batchsize (did you mean config.batch_size?): see --help\n"


def test_a_whole_run_and_what_it_leaves_behind(command, tmp_path):
    """Trains, evaluates, prints the table; again: exit 0 at once, the same table, nothing changed; then evaluate."""
    workdir = tmp_path / "run"
    first = command(workdir)
    shown = first.communicate()[0]
    assert first.returncode == 0, shown
    assert all(said in shown for said in ("5-way 1-shot", "untrained encoder", "blurred pixels", "HOG"))
    assert "6 classes (novel; split " in shown and "most often taken for another" in shown
    assert "update 36/36  epoch 4/4  loss " in shown and "\x1b" not in shown
    result = json.loads((workdir / "result.json").read_text())
    assert result["outcome"] == "done" and result["novel_evaluations"] == 1
    (row,) = result["few_shot"]
    protocol = {"split", "representation", "distance", "normalise", "centre", "whiten", "within", "episode_list"}
    told = {"source", "classes", "way", "shot", "query", "episodes", "accuracy", "ci95", "untrained", "pixels", "hog"}
    assert protocol | told <= set(row) and result["hardest"]
    assert 20 < row["accuracy"] <= 100 and row["classes"] == "novel"

    before = snapshot(workdir)
    again = command(workdir)
    assert f"{row['accuracy']:.1f} ± {row['ci95']:.1f}" in again.communicate()[0]
    assert again.returncode == 0 and snapshot(workdir) == before

    evaluate = [sys.executable, "-m", "sketchjax.evaluate", f"--workdir={workdir}"]
    for flags, novel in (((), 2), (("--classes=validation", "--way=3,5", "--step=latest"), 2)):
        ended = subprocess.run([*evaluate, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        result = json.loads((workdir / "result.json").read_text())
        assert result["novel_evaluations"] == novel
    ended = subprocess.run([*evaluate, "--step=7"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "--step=7 is not on disk: there are best=" in ended.stderr
    assert result["few_shot"][1]["accuracy"] == row["accuracy"]
    assert [r["way"] for r in result["few_shot"]] == [5, 5, 3, 5]


@pytest.mark.slow
def test_it_is_judged_by_another_protocol_against_a_run_and_by_probes(trained_workdir, tmp_path):
    workdir = shutil.copytree(trained_workdir, tmp_path / "run")
    evaluate = [sys.executable, "-m", "sketchjax.evaluate", f"--workdir={workdir}"]
    others = ("--representation=projector", "--distance=cosine", "--whiten=0.5", f"--against={workdir}")
    for flags, said in ((others, "the other run"), (("--probes",), "linear probe")):
        ended = subprocess.run([*evaluate, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 0 and said in ended.stdout, ended.stderr
    result = json.loads((workdir / "result.json").read_text())
    row = result["few_shot"][-1]
    assert (row["representation"], row["distance"], row["whiten"]) == ("projector", "cosine", 0.5)
    assert row["difference"] == row["difference_ci95"] == 0 and row["against"] == row["accuracy"]
    assert [row["probe"] for row in result["probes"]] == ["knn", "linear"] and result["novel_evaluations"] == 3


@pytest.mark.slow
def test_a_pipeline_of_two_stages_in_one_command(command, tmp_path):
    """Pretrain, fine-tune from its best encoder, evaluate both; again: both tables at once, nothing changed."""
    workdir = tmp_path / "run"
    flags = (*FINETUNE, "--finetune.epochs=2")
    pipeline = command(workdir, *flags)
    shown = pipeline.communicate()[0]
    assert pipeline.returncode == 0, shown
    results = [json.loads((w / "result.json").read_text()) for w in (workdir, workdir / "finetuned")]
    trained, fine = [json.loads((w / "config.json").read_text()) for w in (workdir, workdir / "finetuned")]
    assert (trained["method"]["name"], fine["method"]["name"]) == ("simclr", "prototypical")
    assert fine["init_from"] == str(workdir) and fine["encoder"] == trained["encoder"]
    assert [result["few_shot"][0]["classes"] for result in results] == ["novel", "novel"]
    before = snapshot(workdir)
    again = command(workdir, *flags)
    assert again.communicate()[0].count("│ 5-way 1-shot │") == 2  # rows of tables
    assert again.returncode == 0 and snapshot(workdir) == before


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--workdir=/nowhere"], "workdir=/nowhere holds no run"),
        ([], "--workdir"),
        (["--workdir=x", "--way=five"], "--way"),
        (["--workdir=x", "--classes=test"], "--classes"),
        (["--workdir=x", "leftover"], "leftover"),
        (["--workdir=x", "--distance=manhattan"], "--distance"),
    ],
)
def test_evaluate_refuses_in_one_line(flags, said, capsys):
    from sketchjax import evaluate

    assert evaluate.main(flags) == 2
    shown = capsys.readouterr().err
    assert said in shown and len(shown.splitlines()) == 1


def test_novel_classes_are_closed_until_the_run_has_ended(folder, tmp_path, capsys):
    from sketchjax import evaluate, flags
    from sketchjax.training.workdir import Workdir

    Workdir.claim(flags.parse(arguments(folder, tmp_path / "run"), "")[0])
    assert evaluate.main([f"--workdir={tmp_path / 'run'}"]) == 2
    assert "has not ended: until then only --classes=validation may be looked at" in capsys.readouterr().err
    assert evaluate.main([f"--workdir={tmp_path / 'run'}", "--classes=validation"]) == 2
    assert "no checkpoint yet" in capsys.readouterr().err
