"""The command diagnose: what it prints, its exit codes, and one line for every mistake."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sketchjax import diagnose
from sketchjax.config import Config
from sketchjax.health import verdict
from sketchjax.health.verdict import Verdict

DEAD, HEALTHY = "epoch,loss\n1,4.1432\n2,4.1431\n3,4.1431\n4,4.1431\n", "epoch,loss\n1,4.1\n2,3.2\n3,2.6\n"
ABOUT = ("--batch_size=32", "--temperature=0.5")


@pytest.fixture
def run(tmp_path, capsys):
    """Writes a log and diagnoses it: run(content, *flags) -> (exit code, stdout, stderr)."""

    def run(content: str, *flags: str) -> tuple[int, str, str]:
        (tmp_path / "log").write_text(content)
        code = diagnose.main([f"--log={tmp_path / 'log'}", *flags])
        return code, *capsys.readouterr()

    return run


def test_a_dead_run(run):
    code, out, error = run(DEAD, "--method=simclr", *ABOUT)
    lines = out.splitlines()
    assert (code, error) == (1, "")
    assert lines[:2] == ["at chance from the first epoch: all embeddings equal", "seen:"]
    number = lines.index("likely causes, first things first:")
    assert lines[number + 1].startswith("  1. look at the augmented views first")
    assert "not the batch size" in lines[-1]
    assert all(line.startswith("  ") for line in lines[2:number])


def test_healthy_runs(run):
    code, out, _ = run(HEALTHY, *ABOUT)
    assert code == 0 and out.startswith("healthy: 81 % of the way") and "causes" not in out
    code, out, _ = run("epoch,loss\n1,4.1\n2,4.0\n3,3.9\n", *ABOUT)
    assert code == 0 and out.startswith("slow: ")


def test_other_methods(run):
    assert run("loss: 1.5\nloss: 0.01\nloss: 0.001\n", "--method=byol")[0] == 1
    assert run("loss: 1.6\nloss: 1.0\nloss: 0.5\n", "--method=prototypical", "--way=5")[0] == 0


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ((), "--batch_size is missing"),
        (("--batch_size=32",), "--temperature is missing"),
        (("--method=prototypical",), "--way is missing"),
        (("--method=moco",), "invalid choice: 'moco'"),
        (("--batch_size=many",), "invalid int value: 'many'"),
        (("--batch_size=1", "--temperature=0.5"), "--batch_size=1: must be 2 to"),
        (("--batch_size=32", "--temperature=0"), "--temperature=0"),
        (("--batch_size=32", "--temperature=nan"), "--temperature=nan"),
        ((*ABOUT, "--devices=3"), "not divisible by devices x accumulate = 3"),
        ((*ABOUT, "--devices=0"), "--devices=0: must be 1 to"),
        ((*ABOUT, "--column=nothing"), "no column 'nothing'"),
        ((*ABOUT, "--reduction=median"), "invalid choice: 'median'"),
        ((*ABOUT, "--workdir=x"), "not allowed with argument"),
        ((*ABOUT, "--temp=x"), "unknown flag --temp (did you mean --temperature?): see --help"),
        (("--batch_size=4096", "--temperature=0.5"), "impossible with batch_size=4096"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(run, flags, says):
    code, out, error = run(DEAD, *flags)
    assert (code, out) == (2, "")
    assert says in error and error.count("\n") == 1


@pytest.mark.parametrize(
    "flags", [(), ("--workdir=none",), ("--log=none", *ABOUT), ("--workdir=none", *ABOUT), ("--log=", *ABOUT)]
)
def test_nothing_to_diagnose(capsys, flags):
    assert diagnose.main(flags) == 2
    out, error = capsys.readouterr()
    assert out == "" and error.count("\n") == 1


@pytest.mark.parametrize(("name", "code"), [("healthy", 0), ("slow", 0), ("collapsed", 1), ("shortcut", 1)])
def test_a_run_of_ours(tmp_path, capsys, monkeypatch, name, code):
    config, asked = Config(batch_size=64), []
    (tmp_path / "config.json").write_text(json.dumps(dataclasses.asdict(config)))
    (tmp_path / "metrics.jsonl").write_text('{"update": 1, "loss": 4.1}\n{"update": 2, "loss": null}\n{"upd')

    def judge(config, lines):
        asked.append((config, list(lines)))
        return Verdict(name, ("rank [1] of 8",), ("lower --config.optim.lr",))

    monkeypatch.setattr(verdict, "judge", judge)
    assert diagnose.main([f"--workdir={tmp_path}"]) == code
    assert asked == [(config, [{"update": 1, "loss": 4.1}, {"update": 2, "loss": None}])]
    assert capsys.readouterr().out.splitlines()[0] == f"{name}: rank [1] of 8"


def test_a_run_of_ours_that_says_nothing(tmp_path, capsys):
    (tmp_path / "config.json").write_text(json.dumps(dataclasses.asdict(Config())))
    assert diagnose.main([f"--workdir={tmp_path}"]) == 2
    assert "has logged nothing yet" in capsys.readouterr().err
    (tmp_path / "metrics.jsonl").write_text("not json\n")
    assert diagnose.main([f"--workdir={tmp_path}"]) == 2
    assert "is damaged" in capsys.readouterr().err
    (tmp_path / "metrics.jsonl").write_text('{"loss": 4.1}\n' * 3)
    assert diagnose.main([f"--workdir={tmp_path}"]) == 2
    assert "of another version?" in capsys.readouterr().err


def test_as_a_command(tmp_path):
    """Plain text in a pipe, a line for each thing, whatever the terminal."""
    (tmp_path / "log").write_text(DEAD)
    command = [sys.executable, "-m", "sketchjax.diagnose", f"--log={tmp_path / 'log'}", *ABOUT]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parent.parent, env=os.environ | {"COLUMNS": "40"}
    )
    assert done.returncode == 1 and done.stderr == ""
    assert "\x1b" not in done.stdout and len(done.stdout.splitlines()) == 12, done.stdout
