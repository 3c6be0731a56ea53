"""Blocks of several sides in turn, on one machine in one process, and a row for each side. Linux only: reads /proc."""

import datetime
import importlib.metadata
import json
import multiprocessing
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import sketchjax

OURS = "sketchjax"
CORES = len(os.sched_getaffinity(0))
_PACKAGES = ("jax", "flax", "numpy", "torch", "torchvision", "lightly", "easyfsl", "opencv-python-headless")
_TICK = os.sysconf("SC_CLK_TCK")
_QUIET, _GLANCE_S = 0.05, 0.3  # share of the cores that others may take; how long they are watched before a block
Row = dict[str, Any]


class Block(NamedTuple):
    rate: float  # units a second
    others: float  # cores that were busy with other processes' work meanwhile


def in_turns(sides: dict[str, Callable[[], float]], rounds: int, patience_s: float = 60.0) -> dict[str, list[Block]]:
    """Each round has one block of every side; every second round goes through them backwards. A side returns the rate
    of its block. One during which other processes took more than a twentieth of the cores is run again, while there is
    patience left for it: its rate is not looked at."""
    found: dict[str, list[Block]] = {name: [] for name in sides}
    for at in range(rounds):
        for name in list(sides)[:: -1 if at % 2 else 1]:
            while True:
                started = time.perf_counter()
                _wait(started + patience_s)
                patience_s -= time.perf_counter() - started
                block, seconds = _block(sides[name])
                if block.others <= _QUIET * CORES or patience_s < seconds:
                    break
                patience_s -= seconds
            found[name].append(block)
    return found


def _block(side: Callable[[], float]) -> tuple[Block, float]:
    """And its seconds."""
    started, busy = time.perf_counter(), _busy_elsewhere()
    rate = side()
    seconds = time.perf_counter() - started
    return Block(rate, (_busy_elsewhere() - busy) / seconds), seconds


def _wait(until: float) -> None:
    """For a moment in which the other processes are quiet."""
    while time.perf_counter() < until and _block(lambda: time.sleep(_GLANCE_S) or 0.0)[0].others > _QUIET * CORES:
        pass


def rate_of(step: Callable[[], Any], steps: int, done: Callable[[], Any] = lambda: None) -> float:
    """Steps a second; done waits for them."""
    started = time.perf_counter()
    for _ in range(steps):
        step()
    done()
    return steps / (time.perf_counter() - started)


def steps_in(seconds: float, step: Callable[[], Any]) -> int:
    """How often a step fits; it is run thrice, and the last one is timed."""
    rate_of(step, 2)
    return max(1, round(seconds * rate_of(step, 1)))


def rows_of(blocks: dict[str, list[Block]], units: float, common: Row) -> list[Row]:
    """Of every side: quartiles of its rate (times units) and of how many times faster ours was in the same round."""
    rows = []
    for name, own in blocks.items():
        ratios = [ours.rate / block.rate for ours, block in zip(blocks[OURS], own, strict=True)]
        row = {"side": name, "n": len(own), "rate": _quartiles([units * block.rate for block in own])}
        row |= {"ours_faster": _quartiles(ratios), "others_cores": _quartiles([block.others for block in own])}
        rows.append(common | row)
    return rows


def write(rows: Sequence[Row], path: str) -> None:
    """Prints the rows of a comparison, and stores them."""
    for row in rows:
        print(
            f"{row['case']:28} {row['side']:24} {_text(row['rate'])} {row['unit']};  ours is faster by "
            f"{_text(row['ours_faster'])};  other processes took {row['others_cores'][1]:.2f} cores (n = {row['n']})"
        )
    store(rows, path)


def store(rows: Sequence[Row], path: str) -> None:
    """Appends the rows to a file of JSON lines, if one is named, each with hardware, versions and date."""
    if path:
        with Path(path).open("a") as file:
            file.writelines(json.dumps(row | _machine()) + "\n" for row in rows)


def _quartiles(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.4g}") for value in np.percentile(values, [25, 50, 75])]


def _text(quartiles: list[float]) -> str:
    return f"{quartiles[1]:.4g} ({quartiles[0]:.4g} to {quartiles[2]:.4g})"


def _busy_elsewhere() -> float:
    """Seconds that the cores have spent on other processes since the machine started, and on other machines."""
    user, nice, system, _, _, irq, soft, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    pids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    own = sum(int(field) for stat in stats for field in stat[11:13])
    return (user + nice + system + irq + soft + steal - own) / _TICK


def _machine() -> Row:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown")
    installed = {found.metadata["Name"] for found in importlib.metadata.distributions()}
    describe = ["git", "-C", str(Path(sketchjax.__file__).parent), "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(describe, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "hardware": f"{CORES} cores of {model}",
        "versions": {name: importlib.metadata.version(name) for name in _PACKAGES if name in installed},
        "commit": commit,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
