"""RESULTS.md shows the stored runs, and every stored run says by which protocol, on what and with which seed."""

import contextlib
import io
import json
import shutil
import subprocess
import sys
from statistics import mean

import pytest

from launch.results import EPISODES, main, shipped
from launch.results import _cells as cells
from tests.conftest import ROOT


def results(*arguments):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        main([str(argument) for argument in arguments])
    return said.getvalue()


def test_the_page_has_the_tables_of_the_stored_runs():
    command = [sys.executable, "launch/results.py"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    assert printed.count("\n### ") >= 2 and printed in (ROOT / "RESULTS.md").read_text()


def test_no_number_without_its_protocol():
    runs = json.loads((ROOT / "docs" / "runs.json").read_text())
    assert runs
    for run in runs:
        assert "/" not in run["recipe"].get("init_from", "")  # no path of anybody's machine
        assert isinstance(run["seed"], int) and run["updates"] > 0 and run["seconds"] > 0
        assert "CPU cores" in run["made_on"] and "jax" in run["made_on"]
        for row in run["few_shot"]:
            assert {"split", "episodes", "episode_list", "query", "ci95", "pixels", "hog", "untrained"} <= set(row)


def test_a_recipe_says_what_it_came_to():
    """The docstring of each config has the mean of its stored seeds, in the four kinds of episodes."""
    runs = json.loads((ROOT / "docs" / "runs.json").read_text())
    said = {path.stem: " ".join(path.read_text().split('"""')[1].split()) for path in ROOT.glob("configs/*.py")}
    measured = {}
    for (source, how, method, on_top), rows in shipped(runs).items():
        of = [mean(row["accuracy"] for row in rows if (row["way"], row["shot"]) == kind) for kind in EPISODES]
        if method == "simclr" or "whiten" not in how:
            measured[source, how, method, on_top] = "{:.1f}, {:.1f}, {:.1f} and {:.1f}".format(*of)
    assert len(measured) >= 13 and [of for of, scores in measured.items() if scores not in said[of[2]]] == []


def test_a_recipe_of_other_fields_is_not_in_configs():
    """The control: of Omniglot's runs those of one epoch are not what configs/simclr.py:omniglot has."""
    runs = json.loads((ROOT / "docs" / "runs.json").read_text())
    found = [row["of"]["recipe"] for of, rows in shipped(runs).items() for row in rows if of[0] == "omniglot"]
    others = [run["recipe"] for run in runs if run["trained_on"] == "omniglot" and run["recipe"].get("epochs") == 1]
    assert found and others and not any(recipe in others for recipe in found)


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


def test_seeds_of_equal_scores_count_each_and_a_floor_that_differs_by_rounding_is_one():
    of = [{"way": 5, "shot": 1, "ci95": 0.5, "hog_ci95": 0.6, "accuracy": a, "hog": 50 + a / 1e9} for a in (60, 60, 66)]
    assert cells(of, "accuracy")[0] == "62.0 (60.0 to 66.0)"
    assert cells(of, "hog")[0] == "50.0 ± 0.6"
    assert cells(of[:1], "accuracy")[0] == "60.0 ± 0.5"


def test_what_was_judged_in_another_way_stands_apart(trained_workdir, tmp_path):
    out = tmp_path / "runs.json"
    results(trained_workdir.parent, f"--out={out}")
    (run,) = json.loads(out.read_text())
    cosine = run["few_shot"][0] | {"distance": "cosine", "accuracy": 12.3}
    out.write_text(json.dumps([run | {"few_shot": [*run["few_shot"], cosine]}]))
    shown = results(f"--out={out}")
    asked = "novel classes, query=5, episodes=50"
    assert shown.count(f"### folder, {asked}\n") == shown.count(f"### folder, {asked}, distance=cosine\n") == 1
    assert "**12.3 ±" in shown and "All classes at once" not in shown and "Trained on one" not in shown


def test_untrained_encoders_are_not_mixed_across_protocols(trained_workdir, tmp_path):
    out = tmp_path / "runs.json"
    results(trained_workdir.parent, f"--out={out}")
    (run,) = json.loads(out.read_text())
    (row,) = run["few_shot"]
    other = run | {"recipe": run["recipe"] | {"seed": 1}, "few_shot": [row | {"normalise": False, "untrained": 98.7}]}
    out.write_text(json.dumps([run, other]))
    untrained = [line for line in results(f"--out={out}").splitlines() if "untrained encoder | 16 px" in line]
    assert len(untrained) == 2 and f" {row['untrained']:.1f} ±" in untrained[0]
    assert "normalise=False" in untrained[1] and " 98.7 ±" in untrained[1]


@pytest.mark.slow
def test_a_run_is_judged_on_others_drawings_and_on_all_classes(trained_workdir, tmp_path):
    """By launch/transfer.py, of each source once."""
    shutil.copytree(trained_workdir, tmp_path / "runs" / "run")
    command = [sys.executable, "launch/transfer.py", str(tmp_path / "runs"), str(tmp_path)]
    for flag in ("--sources=doodles", "--probes=doodles"):
        first, again = (subprocess.run([*command, flag], cwd=ROOT, capture_output=True, text=True) for _ in range(2))
        assert first.returncode == again.returncode == 0, first.stderr + again.stderr
        assert first.stdout.startswith("run on doodles\n") and again.stdout == ""
    refused = subprocess.run([*command, "--sources=omniglot"], cwd=ROOT, capture_output=True, text=True)
    assert refused.returncode == 2 and len(refused.stderr.splitlines()) == 1  # there is no omniglot in the folder
    out = tmp_path / "runs.json"
    results(tmp_path / "runs", f"--out={out}")
    (run,) = json.loads(out.read_text())
    rows, shown = run["few_shot"], results(f"--out={out}").splitlines()
    assert [(row["source"], row["query"]) for row in rows] == [("folder", 5), ("doodles", 15)]
    assert "| # | trained on | by | image | doodles, episodes=50 | folder, query=5, episodes=50 |" in shown
    own, other = (f"{row['accuracy']:.1f} ± {row['ci95']:.1f}" for row in rows)
    assert f"| 1 | folder | SimCLR | 16 px | {other} | **{own}** |" in shown
    assert sum(line.startswith("| 1 | 0 | doodles (de86ead6) | 80 |") for line in shown) == 2  # two probes
