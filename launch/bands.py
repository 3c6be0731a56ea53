"""Golden bands: what good runs of a recipe looked like, for the monitor and a run's page to place others among them.

  python launch/bands.py RUNS...      each RUNS/*/ a workdir; writes sketchjax/health/bands.json

Of every finished, healthy run from scratch docs/good_runs.json keeps the numbers that bands are of, so that seeds may
come one by one, from several machines. Three of a recipe and as many updates make bands, in place of those stored
before; one with fewer keeps what it had.
`bash launch/readme.sh RUNS` makes the runs of the embedded doodles.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from sketchjax.config import Config
from sketchjax.fields import recipe
from sketchjax.health.bands import COLUMNS, make_band
from sketchjax.page.run import Run, read

_HERE = Path(__file__).parent.parent
_OUT = _HERE / "sketchjax" / "health" / "bands.json"
_GOOD = _HERE / "docs" / "good_runs.json"
_FEWEST = 3


def main(folders: list[str], out: Path = _OUT, kept: Path = _GOOD) -> None:
    good = {_identity(run): run for run in json.loads(kept.read_text())}
    for path in (path for folder in folders for path in sorted(Path(folder).glob("*/result.json"))):
        run = read(path.parent)
        if (run.result["outcome"], run.result["verdict"]) == ("done", "healthy") and not run.config.init_from:
            found = _numbers(run)
            good[_identity(found)] = found
    bands, alike = {_of(old): old for old in json.loads(out.read_text())}, defaultdict(list)
    for run in (good[key] for key in sorted(good)):
        alike[_of(run)].append(run)
    bands |= {of: _bands(runs) for of, runs in alike.items() if len(runs) >= _FEWEST}
    _write(out, list(bands.values()))
    _write(kept, [good[key] for key in sorted(good)])


def _numbers(run: Run) -> dict[str, Any]:
    """Of a run what bands are made of: [update, value] of each column."""
    columns = {
        name: [[line["update"], round(line[name], 4)] for line in run.lines if line.get(name) is not None]
        for name in COLUMNS
    }
    about = {"recipe": recipe(run.config), "seed": run.config.seed, "updates": run.lines[-1]["update"]}
    return about | {"made_on": run.result["made_on"]} | columns


def _of(row: dict[str, Any]) -> str:
    return json.dumps([row["recipe"], row["updates"]])


def _identity(run: dict[str, Any]) -> str:
    return f"{_of(run)} {run['seed']:9}"


def _bands(runs: list[dict[str, Any]]) -> dict[str, Any]:
    of, updates, seeds = runs[0]["recipe"], runs[0]["updates"], [run["seed"] for run in runs]
    bands = {}
    for column in COLUMNS:
        lines = [[{"update": update, column: value} for update, value in run[column]] for run in runs]
        bands[column] = make_band(lines, column)._asdict()
    print(json.dumps(of) if of else Config().folder, f"{len(seeds)} runs", sep=": ")
    return {"recipe": of, "updates": updates, "seeds": seeds, "bands": bands}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1:])
