"""The README's two commands work in a fresh clone with plain python3; its other commands are well-formed."""

import json
import os
import re
import shlex
import subprocess
import sys
import time

import pytest

from sketchjax import demo, diagnose, embed, evaluate, flags, report
from sketchjax.check import check
from sketchjax.data import inspect, prepare
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
PAGES = [README, *(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))]
COMMANDS = [
    line
    for page in PAGES
    for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    for line in block.splitlines()
    if "sketchjax." in line
]
PARSERS = {
    "sketchjax.bench": lambda arguments: flags.parse(arguments, "", ("json", "compare")),
    "sketchjax.evaluate": evaluate._parse,
    "sketchjax.diagnose": diagnose._parse,
    "sketchjax.embed": embed._parse,
    "sketchjax.demo": demo._parse,
    "sketchjax.report": report._parse,
    "sketchjax.data.prepare": prepare._parse,
    "sketchjax.data.inspect": inspect._parse,
}
OF_MAIN = ("--distributed", "--preflight_only")  # which take no value
SET_UP_AND_RUN, SET_UP_AND_TEST = BLOCKS[0].strip(), BLOCKS[1].strip()


def test_ci_runs_exactly_the_readmes_test_command():
    assert SET_UP_AND_TEST in (ROOT / ".ci" / "run").read_text().splitlines()


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_parse(line, monkeypatch):
    monkeypatch.chdir(ROOT)
    words = shlex.split(line.partition("#")[0].rpartition("&&")[2])
    at = words.index("-m")
    module, arguments = words[at + 1], [word for word in words[at + 2 :] if word not in OF_MAIN]
    if module == "sketchjax.main":
        for config in flags.stages(arguments, ""):
            check(config, 1)
    else:
        PARSERS[module](arguments)


def test_figures_are_those_of_the_stored_runs():
    printed = subprocess.run(
        [sys.executable, "launch/readme.py", "--print", "docs/results.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.strip() in README


def test_the_table_of_failures_is_that_of_the_stored_trials():
    command = [sys.executable, "launch/failures.py", "docs/failures.jsonl", "--print"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    page = (ROOT / "docs" / "failures.md").read_text()
    assert len(printed.splitlines()) > 70 and [line for line in printed.splitlines() if line not in page] == []


@pytest.mark.parametrize(("method", "seeds", "shot", "margin"), [("simclr", 5, 1, 10), ("byol", 3, 1, 8)])
def test_the_worst_seed_beats_both_baselines(method, seeds, shot, margin):
    rows = doodles_rows(method, shot)
    assert len(rows) == seeds
    for row in rows:
        assert row["accuracy"] - max(row["untrained"], row["pixels"]) >= margin


def test_the_supervised_anchor_solves_the_doodles():
    """So that what separates a run without labels from 95 % is the method, not the drawings."""
    rows = doodles_rows("prototypical", 5)
    assert rows
    assert min(row["accuracy"] for row in rows) > 95


def doodles_rows(method, shot):
    """The 5-way rows on novel doodles of every seed that was trained on doodles."""
    runs = json.loads((ROOT / "docs" / "results.json").read_text())["runs"]
    seeds = [run["few_shot"] for run in runs if (run["method"], run["trained_on"]) == (method, "doodles")]
    wanted = ("doodles", "novel", 5, shot)
    return [row for rows in seeds for row in rows if (row["source"], row["classes"], row["way"], row["shot"]) == wanted]


@pytest.mark.slow
@pytest.mark.minutes
def test_the_main_command_in_a_fresh_clone(tmp_path):
    """From nothing to the table, with the system's python3; the training itself within the promise of five minutes."""
    subprocess.run(["git", "clone", "-q", ROOT, tmp_path / "clone"], check=True)
    started = time.monotonic()
    as_anybody_has_it = {name: value for name, value in os.environ.items() if not name.startswith(("JAX_", "XLA_"))}
    ended = subprocess.run(
        ["bash", "-c", SET_UP_AND_RUN],
        cwd=tmp_path / "clone",
        env=as_anybody_has_it | {"XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    result = json.loads((tmp_path / "clone" / "runs" / "simclr-doodles" / "result.json").read_text())
    print(
        f"set-up and run {time.monotonic() - started:.0f} s, of which the run {result['seconds']:.0f} s\n{ended.stdout}"
    )
    row = result["few_shot"][0]
    assert row["accuracy"] > max(row["untrained"], row["pixels"]) + 5
