"""Golden bands: what good runs of a recipe looked like, for the monitor and a run's page to place others among them.

  python launch/bands.py RUNS...      each RUNS/*/ a workdir; writes sketchjax/health/bands.json

Of every finished, healthy run docs/good_runs.json keeps the numbers that bands are of, so that seeds may come one by
one, from several machines. A recipe that has three there has a band; those stored before stay where it has fewer.
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
    alike: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key in sorted(good):
        alike[json.dumps([good[key]["recipe"], good[key]["updates"]])].append(good[key])
    made = [_bands(runs) for runs in alike.values() if len(runs) >= _FEWEST]
    new = [one["recipe"] for one in made]
    _write(out, [old for old in json.loads(out.read_text()) if old["recipe"] not in new] + made)
    _write(kept, [good[key] for key in sorted(good)])


def _numbers(run: Run) -> dict[str, Any]:
    """Of a run what bands are made of: [update, value] of each column."""
    columns = {
        name: [[line["update"], round(line[name], 4)] for line in run.lines if line.get(name) is not None]
        for name in COLUMNS
    }
    about = {"recipe": recipe(run.config), "seed": run.config.seed, "updates": run.lines[-1]["update"]}
    return about | {"made_on": run.result["made_on"]} | columns


def _identity(run: dict[str, Any]) -> str:
    return json.dumps([run["recipe"], run["updates"], run["seed"]])


def _bands(runs: list[dict[str, Any]]) -> dict[str, Any]:
    of, seeds = runs[0]["recipe"], sorted(run["seed"] for run in runs)
    bands = {}
    for column in COLUMNS:
        lines = [[{"update": update, column: value} for update, value in run[column]] for run in runs]
        bands[column] = make_band(lines, column)._asdict()
    print(json.dumps(of) if of else Config().folder, f"{len(seeds)} runs", sep=": ")
    return {"recipe": of, "seeds": seeds, "bands": bands}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1:])
