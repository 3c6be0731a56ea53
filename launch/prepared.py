"""Every real source prepared, and one epoch of SimCLR on each, resident and streamed: the same losses?

  python launch/prepared.py ../shared/data OUT        (a quarter of an hour on two cores)

Each command runs in a process of its own, as a user would start it; peak memory is that process's.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

SOURCES = {
    "tu_berlin": ["--image_size=28"],
    "omniglot": ["--image_size=28"],
    "quickdraw": ["--strokes"],
}
SMALL = ["encoder.width=0.25", "epochs=1", "batch_size=256", "log_every_updates=1", "evaluate.query=5"]
CLOCK = ("sketches_per_second", "input_wait")


def run(*words: str) -> tuple[float, float]:
    """(seconds, peak MiB) of a command."""
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, words
    return time.monotonic() - started, usage.ru_maxrss / 1024


def main(shared: Path, out: Path) -> None:
    print("| source | drawings | preparing, s | peak, MiB | on disk, MiB | losses, streamed against resident |")
    print("|---|--:|--:|--:|--:|---|", flush=True)
    for source, more in SOURCES.items():
        place = out / "sets"
        command = ["sketchjax.data.prepare", f"--source={source}", f"--root={shared / source}", f"--out={place}", *more]
        seconds, peak = run(*command)
        (metadata,) = (place / source).glob("*/*/metadata.json")
        drawings = sum(sum(part.values()) for part in json.loads(metadata.read_text())["counts"].values())
        size = sum(file.stat().st_size for file in metadata.parent.iterdir()) / 2**20
        lines = {}
        for name, root in {"raw": shared / source, "never": place, "always": place}.items():
            folder = out / f"{source}-{name}"
            flags = [f"--config.{field}" for field in (*SMALL, f"data.root={root}", f"workdir={folder}")]
            stream = [] if name == "raw" else [f"--config.data.stream={name}"]
            run(
                "sketchjax.main", f"--config=configs/simclr.py:{source}", "--config.data.image_size=28", *flags, *stream
            )
            found = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
            lines[name] = [{key: value for key, value in line.items() if key not in CLOCK} for line in found]
        same = lines["raw"] == lines["never"] == lines["always"]
        waits = [json.loads(line)["input_wait"] for line in (out / f"{source}-always" / "metrics.jsonl").open()]
        wait = 100 * statistics.median(waits)
        says = f"{'equal' if same else 'DIFFERENT'}: every field of {len(waits)} updates; wait for input {wait:.1f} %"
        print(f"| {source} | {drawings} | {seconds:.0f} | {peak:.0f} | {size:.1f} | {says} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
