"""Seconds from a command to its first step, with an empty compilation cache and with a filled one.

  python -m benchmarks.startup [--rounds=7] [--json=benchmarks/results.jsonl]

The default run, `python -m sketchjax.main --config=configs/simclr.py`, is started in a folder of its own and killed
when the first line of its log is there: everything before training lies before it, preflight included. Cold: with an
empty cache folder; warm: the same command again, with what the first has left. Beside it --help, and Python with JAX
imported, which no run can be quicker than.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import measure
from sketchjax.config import UserError
from sketchjax.flags import Parser

_RUN = ("-m", "sketchjax.main", "--config=configs/simclr.py", "--config.log_every_updates=1")


def first_step(folder: Path) -> float:
    """Seconds until the run has logged its first update; compiled programs are kept in the folder."""
    with tempfile.TemporaryDirectory() as runs:
        log = Path(runs) / "run" / "metrics.jsonl"
        own = os.environ | {"XDG_CACHE_HOME": str(folder), "JAX_PLATFORMS": "cpu"}
        started = time.perf_counter()
        command = [sys.executable, *_RUN, f"--config.workdir={log.parent}"]
        with subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL) as run:
            while not (log.exists() and log.stat().st_size):
                assert run.poll() is None, "the run ended before its first step"
                time.sleep(0.01)
            seconds = time.perf_counter() - started
            run.kill()
    return seconds


def command(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def measured(rounds: int) -> list[measure.Row]:
    seconds: dict[str, list[float]] = {}

    def timed(name: str, function: Callable[[], float]) -> None:
        seconds.setdefault(name, []).append(function())
        print(f"{name}: {seconds[name][-1]:.2f} s", flush=True)

    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            timed("first step, cold", lambda: first_step(Path(cache)))
            timed("first step, warm", lambda: first_step(Path(cache)))
        timed("python -m sketchjax.main --help", lambda: command("-m", "sketchjax.main", "--help"))
        timed("python -c 'import jax'", lambda: command("-c", "import jax"))
    rows = [
        (name, [float(f"{at:.4g}") for at in np.percentile(values, [25, 50, 75])]) for name, values in seconds.items()
    ]
    return [{"benchmark": "startup", "case": name, "n": rounds, "seconds": quartiles} for name, quartiles in rows]


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv: 0 measured, 2 refused."""
    parser = Parser("benchmarks.startup", __doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", default="")
    try:
        asked = parser.parse_args(argv)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    measure.store(measured(asked.rounds), asked.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
