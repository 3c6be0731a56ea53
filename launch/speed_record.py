"""Seconds from nothing to a published row of Omniglot (Vinyals' split, quarter turns as classes, Conv-4, 28 px).

  python launch/speed_record.py RUNS --root=OMNIGLOT [--seeds=5] [--only=simclr]     runs each recipe with every seed
  python launch/speed_record.py --print                                the table of RESULTS.md, of docs/runs.json

Every run is a process of its own that begins with nothing; its seconds are all it was busy: starting, compiling
(unless JAX's cache has it), training, scoring. Runs that are there already are not run again; `python
launch/results.py RUNS` stores them. A row is reached where the seeds' mean is as high in all four columns. Settings
were chosen on validation classes.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

from scipy.stats import t

sys.path.insert(0, str(Path(__file__).parent.parent))

from launch.results import EPISODES
from sketchjax import flags
from sketchjax.fields import recipe
from sketchjax.flags import Parser

_HERE = Path(__file__).parent.parent
ROWS = {  # name -> what it is, its four scores, and the flags of the run that is to reach them
    "simclr": (
        "SimCLR in Jang et al. 2023, no labels (recalled)",
        (92.13, 97.06, 80.95, 91.60),
        ("--config=configs/simclr.py:omniglot", "--config.epochs=1", "--config.optim.warmup_epochs=0.2"),
    ),
    "psco": (
        "PsCo, Jang et al. 2023, no labels (recalled)",
        (96.37, 99.13, 89.64, 97.07),
        ("--config=configs/simclr.py:omniglot", "--config.epochs=8"),
    ),
}


def main(argv: Sequence[str]) -> None:
    parser = Parser("launch/speed_record.py", __doc__)
    parser.add_argument("runs", type=Path, nargs="?")
    parser.add_argument("--root", default="")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=ROWS)
    parser.add_argument("--print", action="store_true")
    asked = parser.parse_args(argv)
    if asked.print or not asked.runs:
        return show(_HERE / "docs" / "runs.json")
    for name in [asked.only] if asked.only else ROWS:
        for seed in range(asked.seeds):
            run = {"workdir": (asked.runs / f"{name}-{seed}").resolve(), "seed": seed, "data.root": asked.root}
            flags_of_run = [*ROWS[name][2], *(f"--config.{field}={value}" for field, value in run.items())]
            command = [sys.executable, "-m", "sketchjax.main", *flags_of_run]
            if _is_done(run["workdir"] / "result.json"):
                continue
            if code := subprocess.run(command, cwd=_HERE, check=False).returncode:
                sys.exit(code)  # it has said why


def _is_done(result: Path) -> bool:
    return result.exists() and json.loads(result.read_text())["outcome"] == "done"


def show(stored: Path) -> None:
    """Prints the Markdown: each row, and what its recipe's seeds reached, mean and 95 % confidence over the seeds."""
    runs = json.loads(stored.read_text())
    print(f"| row | by | seconds | {' | '.join(f'{w}w{s}s' for w, s in EPISODES)} | reached | seeds | on |")
    print("|---|---|--:|--:|--:|--:|--:|---|--:|---|")
    for what, scores, given in ROWS.values():
        same = [run for run in runs if run["recipe"] == recipe(flags.parse(given, "")[0])]
        print(f"| {what} | as published | | {' | '.join(f'{score:.1f}' for score in scores)} | | | |")
        if same:
            found = [[_score(run, way, shot) for run in same] for way, shot in EPISODES]
            reached = "yes" if all(mean(f) >= score for f, score in zip(found, scores, strict=True)) else "no"
            cells = [f"**{_with_confidence(values)}**" for values in found]
            seconds = _with_confidence([run["seconds"] for run in same], "{:.0f}")
            on = "; ".join(sorted({run["made_on"] for run in same}))
            print(f"| | `{' '.join(given)}` | {seconds} | {' | '.join(cells)} | {reached} | {len(same)} | {on} |")


def _score(run: dict, way: int, shot: int) -> float:
    """On novel classes of what it was trained on."""
    asked = {"way": way, "shot": shot, "source": "omniglot", "classes": "novel"}
    (row,) = [row for row in run["few_shot"] if row.items() >= asked.items()]
    return row["accuracy"]


def _with_confidence(values: Sequence[float], form: str = "{:.1f}") -> str:
    """Mean ± Student's interval of the mean over seeds."""
    if len(values) == 1:
        return form.format(values[0])
    half = t.ppf(0.975, len(values) - 1) * stdev(values) / len(values) ** 0.5
    return f"{form.format(mean(values))} ± {form.format(half)}"


if __name__ == "__main__":
    main(sys.argv[1:])
