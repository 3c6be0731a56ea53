"""The table of the speed record is that of the stored runs; a row is reached only where all four scores are."""

import json
import subprocess
import sys

import pytest

from launch import speed_record
from launch.speed_record import EPISODES, ROWS
from sketchjax import flags
from sketchjax.fields import recipe
from tests.conftest import ROOT


def table(path, capsys):
    speed_record.show(path)
    return capsys.readouterr().out


def stored(path, row, *above):
    """A file of runs of the row's recipe, one for each number: so many points above the row."""
    runs = []
    for seed, more in enumerate(above):
        scores = [
            {"way": way, "shot": shot, "source": "omniglot", "classes": "novel", "accuracy": score + more}
            for (way, shot), score in zip(EPISODES, ROWS[row][1], strict=True)
        ]
        told = recipe(flags.parse(ROWS[row][2], "")[0])
        runs.append({"recipe": told, "seed": seed, "seconds": 100 + seed, "made_on": "this", "few_shot": scores})
    path.write_text(json.dumps(runs))
    return runs


def test_the_page_has_the_table_of_the_stored_runs(capsys):
    printed = table(ROOT / "docs" / "runs.json", capsys)
    assert printed.count("as published") == len(ROWS) and printed in (ROOT / "RESULTS.md").read_text()


@pytest.mark.parametrize(("above", "reached"), [((1.0, -0.9), "yes"), ((0.9, -1.0), "no")])
def test_the_seeds_mean_decides(above, reached, tmp_path, capsys):
    stored(tmp_path / "runs.json", "simclr", *above)
    (line,) = [line for line in table(tmp_path / "runs.json", capsys).splitlines() if "| this |" in line]
    assert f"| {reached} | 2 | this |" in line
    assert "| 100 ± 6 |" in line  # 100 and 101: 12.706 standard errors of 0.5


def test_one_score_below_is_enough(tmp_path, capsys):
    runs = stored(tmp_path / "runs.json", "psco", 1.0)
    runs[0]["few_shot"][2]["accuracy"] -= 1.1
    (tmp_path / "runs.json").write_text(json.dumps(runs))
    assert "| no | 1 | this |" in table(tmp_path / "runs.json", capsys)


def test_what_is_done_is_not_run_again_and_what_is_refused_ends_it_in_one_line(tmp_path):
    (tmp_path / "simclr-0").mkdir()
    (tmp_path / "simclr-0" / "result.json").write_text('{"outcome": "done"}')
    command = [sys.executable, "launch/speed_record.py", tmp_path, f"--root={tmp_path / 'nowhere'}"]
    command += ["--only=simclr", "--seeds=2"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 2 and "nowhere" in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert [path.name for path in (tmp_path / "simclr-0").iterdir()] == ["result.json"]
