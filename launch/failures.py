"""How often is a failing run caught, how soon, and how often is a healthy one disturbed?

  python launch/failures.py docs/failures.jsonl          runs what is missing (hours on two cores), prints the tables
  python launch/failures.py docs/failures.jsonl --print  prints only

Every trial of tests/failures is carried out to its end, unguarded: when and as what it would have been stopped, and the
score it reached all the same. A line per trial is appended to the file. Intervals are exact binomial ones (Clopper and
Pearson).
"""

import json
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from scipy.stats import binomtest

from tests.failures import runs


def key(row: dict[str, Any]) -> tuple[str, int]:
    return row["name"], row["seed"]


def rate(rows: list[dict[str, Any]], hits: list[dict[str, Any]]) -> str:
    """hits of rows with the exact 95 % interval."""
    if not rows:
        return "none"
    low, high = binomtest(len(hits), len(rows)).proportion_ci(0.95)
    return f"{len(hits)} of {len(rows)} ({100 * low:.0f} to {100 * high:.0f} %)"


def hopeless(row: dict[str, Any]) -> bool:
    """Unguarded, few-shot ends no better than before training."""
    return row["accuracy"] - row["untrained"] <= row["ci95"]


def show(rows: list[dict[str, Any]]) -> None:
    """The table of faults, then the rates, of the trials used for tuning and of those held out."""
    print("| fault, method | unguarded score (before training) | refused | stopped at update | as |")
    print("|---|---|---|---|---|")
    for name in dict.fromkeys(row["name"] for row in rows if row["fault"]):
        found = [row for row in rows if row["name"] == name]
        scores = ", ".join(f"{r['accuracy']:.0f}" for r in found) + f" ({found[0]['untrained']:.0f})"
        stops = ", ".join(str(r["stopped_at"] or "-") for r in found)
        refused = ", ".join(dict.fromkeys(re.sub(r" = [\d.]+", "", r["refused"] or "-") for r in found))
        words = ", ".join(dict.fromkeys(r["stopped_as"] or r["ended_as"] for r in found))
        name = name.removesuffix("/doodles") + " *" * found[0]["held_out"]
        print(f"| {name} | {scores} | {refused} | {stops} | {words} |")
    print("\n\\* held out. Scores: 5-way 1-shot on validation classes, %.\n")
    columns = (
        "trials",
        "no gain in few-shot: caught",
        "refused",
        "stopped by update 30, 150, 300",
        "only slow, at the end",
    )
    print("|", " | ".join((*columns, "passed as healthy", "gain all the same: caught", "healthy: disturbed")), "|")
    print("|---|---|--:|---|--:|--:|---|---|")
    for says, parts in (("used", [False]), ("held out", [True]), ("all", [False, True])):
        mine = [row for row in rows if row["held_out"] in parts]
        bad = [row for row in mine if row["fault"] and hopeless(row)]
        other = [row for row in mine if row["fault"] and not hopeless(row)]
        good = [row for row in mine if not row["fault"]]
        caught, odd, false = ([r for r in some if r["refused"] or r["stopped_at"]] for some in (bad, other, good))
        by = ", ".join(str(sum((row["stopped_at"] or 999) <= update for row in bad)) for update in (30, 150, 300))
        missed = [row["ended_as"] for row in bad if row not in caught]
        print(
            f"| {says} | {rate(bad, caught)} | {sum(bool(row['refused']) for row in bad)} | {by} "
            f"| {missed.count('slow')} | {missed.count('healthy')} | {rate(other, odd)} | {rate(good, false)} |"
        )
    updates = [row["stopped_at"] for row in rows if row["fault"] and hopeless(row) and row["stopped_at"]]
    print(
        f"\nCaught: refused before training, or stopped (median: update {statistics.median(updates):.0f}). Healthy: no"
    )
    print("fault; disturbed: refused or stopped. In brackets 95 % intervals (Clopper and Pearson).")


def main(path: Path, only_print: bool) -> None:
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    done = set(map(key, rows))
    wanted = [*runs.faulty(), *runs.healthy()]
    wanted.sort(key=lambda trial: (trial.held_out, trial.seed > 0 and bool(trial.fault)))
    for trial in [] if only_print else [t for t in wanted if (t.name, t.seed) not in done]:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(runs.carry_out(trial, Path(folder)))
        with path.open("a") as file:
            file.write(json.dumps(rows[-1]) + "\n")
    show(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--print" in sys.argv)
