"""Golden bands: what good runs of a recipe looked like, for the monitor and a run's page to place others among them.

  python launch/bands.py RUNS...      each RUNS/*/ a workdir; writes sketchjax/health/bands.json

Of every recipe with three finished, healthy runs or more, seeds apart; the recipes stored before stay where no run of
theirs is given. `bash launch/readme.sh RUNS` makes those of the embedded doodles.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from sketchjax.config import Config
from sketchjax.fields import recipe
from sketchjax.health.bands import COLUMNS, make_band
from sketchjax.page.run import Run, read

_OUT = Path(__file__).parent.parent / "sketchjax" / "health" / "bands.json"
_FEWEST = 3


def main(folders: list[str]) -> None:
    runs = [read(path.parent) for folder in folders for path in sorted(Path(folder).glob("*/result.json"))]
    alike: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if (run.result["outcome"], run.result["verdict"]) == ("done", "healthy"):
            alike[json.dumps(recipe(run.config))].append(run)
    stored = [old for old in json.loads(_OUT.read_text()) if json.dumps(old["recipe"]) not in alike]
    for of, same in alike.items():
        seeds = sorted({run.config.seed for run in same})
        if len(seeds) >= _FEWEST:
            assert len(seeds) == len(same), f"a seed twice: {[run.name for run in same]}"
            lines = [run.lines for run in same]
            made = {column: make_band(lines, column)._asdict() for column in COLUMNS}
            stored.append({"recipe": json.loads(of), "seeds": seeds, "bands": made})
            print(Config(**{}).folder if of == "{}" else of, f"{len(seeds)} runs", sep=": ")
    _OUT.write_text("[\n" + ",\n".join(json.dumps(one) for one in stored) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1:])
