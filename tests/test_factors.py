"""The table of what matters is that of the stored rows; a sample of it is run."""

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def factors(*arguments):
    command = [sys.executable, "launch/factors.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_page_has_the_stored_rows():
    printed, page = factors("docs/factors.jsonl", "--print"), (ROOT / "docs" / "factors.md").read_text()
    assert len(printed.splitlines()) > 10 and printed in page


@pytest.mark.slow
def test_a_sample_is_run_and_not_run_again(tmp_path):
    """One epoch: training beats chance, the reference has no effect on itself, BYOL has one, of the size it says."""
    out = tmp_path / "rows.jsonl"
    factors(out, "--seeds=0", "--only=method", "--epochs=1")
    reference, byol = rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert (reference["setting"], byol["setting"]) == ("", "byol")
    assert reference["1-shot"] > 40 and reference["1-shot effect"] == reference["1-shot effect ci95"] == 0
    assert byol["1-shot effect"] == pytest.approx(byol["1-shot"] - reference["1-shot"], abs=0.02)
    assert 0 < byol["1-shot effect ci95"] < 2
    assert factors(out, "--seeds=0", "--only=method", "--epochs=1") == ""
    assert [json.loads(line) for line in out.read_text().splitlines()] == rows
