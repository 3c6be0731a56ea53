"""A run that cannot succeed, in a process of its own: it ends early, says why and what to change, and stays so."""

import json

import pytest

WRONG = ("--config.optim.lr=1e30", "--config.health.preflight=warn", "--config.epochs=8")


def test_it_ends_with_the_cause_and_the_cure(command, tmp_path):
    workdir = tmp_path / "run"
    run = command(workdir, *WRONG)
    shown = run.communicate()[0].splitlines()
    assert run.returncode == 1, shown
    assert shown[-1] == f"stopped, non_finite: {workdir}/result.json"
    assert any("learning rate is too high: try --config.optim.lr=1e+29" in line for line in shown[-5:])
    result = json.loads((workdir / "result.json").read_text())
    assert (result["outcome"], result["verdict"], result["few_shot"]) == ("stopped", "non_finite", [])
    assert result["novel_evaluations"] == 0 and "steps were not finite" in result["reasons"][0]
    last = json.loads((workdir / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["update"] <= 20 and last["verdict"] == "non_finite"  # of 72

    before = {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}
    again = command(workdir, *WRONG)
    assert again.communicate()[0].splitlines() == shown[-len(again_lines(shown)) :] and again.returncode == 1
    assert {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_it_goes_on_where_that_is_asked_for(command, tmp_path):
    workdir = tmp_path / "run"
    first = command(workdir, *WRONG)
    first.communicate()
    assert first.returncode == 1
    on = command(workdir, *WRONG, "--config.health.verdict=warn")
    shown = on.communicate()[0].splitlines()
    assert on.returncode == 0 and shown[-1] == f"done, non_finite: {workdir}/result.json"
    lines = (workdir / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["update"] for line in lines] == list(range(1, 73))


def again_lines(shown: list[str]) -> list[str]:
    """From "seen:" on."""
    return shown[shown.index("seen:") :]
