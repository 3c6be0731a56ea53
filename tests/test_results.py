"""RESULTS.md shows the stored runs, and every stored run says by which protocol, on what and with which seed."""

import json
import subprocess
import sys

from tests.conftest import ROOT


def results(*arguments):
    command = [sys.executable, "launch/results.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_page_has_the_tables_of_the_stored_runs():
    printed, page = results().strip(), (ROOT / "RESULTS.md").read_text()
    assert printed.count("\n### ") >= 2 and printed in page


def test_no_number_without_its_protocol():
    runs = json.loads((ROOT / "docs" / "runs.json").read_text())
    assert runs
    for run in runs:
        assert "/" not in run["recipe"].get("init_from", "")  # no path of anybody's machine
        assert isinstance(run["seed"], int) and run["updates"] > 0 and run["seconds"] > 0
        assert "CPU cores" in run["made_on"] and "jax" in run["made_on"]
        for row in run["few_shot"]:
            assert {"split", "episodes", "episode_list", "query", "ci95", "pixels", "hog", "untrained"} <= set(row)


def test_a_run_is_stored_once_and_shown(trained_workdir, tmp_path):
    out = tmp_path / "runs.json"
    for _ in range(2):
        results(trained_workdir.parent, f"--out={out}")
    (stored,) = json.loads(out.read_text())
    row = json.loads((trained_workdir / "result.json").read_text())["few_shot"][0]
    shown = results(f"--out={out}")
    assert f"**{row['accuracy']:.1f} ± {row['ci95']:.1f}**" in shown and f"Split {row['split']}" in shown
    assert stored["few_shot"] == [row] and "data.source=folder" in shown


def test_seeds_are_a_mean_with_its_spread(trained_workdir, tmp_path):
    out = tmp_path / "runs.json"
    results(trained_workdir.parent, f"--out={out}")
    (run,) = json.loads(out.read_text())
    low, high = (json.loads(json.dumps(run | {"seed": seed})) for seed in (5, 6))
    low["few_shot"][0]["accuracy"], high["few_shot"][0]["accuracy"] = 50.0, 60.0
    out.write_text(json.dumps([low, high]))
    assert "**55.0 (50.0 to 60.0)**" in results(f"--out={out}")
