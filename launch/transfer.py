"""Trained on one source, judged on the others: adds rows to the result.json of every run in a folder.

  python launch/transfer.py RUNS ../shared/data [--sources=doodles,omniglot,tu_berlin] [--query=15]
  python launch/transfer.py RUNS ../shared/data --probes=tu_berlin      all classes of one source at once, by probes

The second argument holds a folder for each source but doodles. What a run was judged on already is not done again;
`python launch/results.py RUNS` stores the rows and prints the matrix of RESULTS.md. A look at novel classes is counted
in the run (novel_evaluations).
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from sketchjax.flags import Parser

_HERE = Path(__file__).parent.parent
_SOURCES = "doodles,omniglot,tu_berlin"  # of QuickDraw's sample one class has 19 drawings only: --query=10


def missing(runs: Path, sources: Sequence[str], rows: str) -> Iterator[tuple[Path, str]]:
    """Finished runs, each with a source that its rows ("few_shot" or "probes") do not name yet."""
    for path in sorted(runs.glob("*/result.json")):
        result = json.loads(path.read_text())
        there = {row["source"] for row in result.get(rows, [])}
        if result["outcome"] == "done":
            yield from ((path.parent.resolve(), source) for source in sources if source not in there)


def main(argv: Sequence[str]) -> None:
    parser = Parser("launch/transfer.py", __doc__)
    parser.add_argument("runs", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sources", default=_SOURCES)
    parser.add_argument("--query", type=int, default=15)
    parser.add_argument("--probes", default="", metavar="SOURCES")
    asked = parser.parse_args(argv)
    rows, flags = ("probes", ["--probes"]) if asked.probes else ("few_shot", [f"--query={asked.query}"])
    for workdir, source in missing(asked.runs, (asked.probes or asked.sources).split(","), rows):
        root = [] if source == "doodles" else [f"--root={(asked.data / source).resolve()}"]
        command = [sys.executable, "-m", "sketchjax.evaluate", f"--workdir={workdir}", f"--source={source}"]
        print(f"{workdir.name} on {source}", flush=True)
        if code := subprocess.run([*command, *root, *flags], cwd=_HERE, check=False).returncode:
            sys.exit(code)  # it has said why


if __name__ == "__main__":
    main(sys.argv[1:])
