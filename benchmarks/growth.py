"""How a step's cost grows: with the batch, the image, the classes of an episode, the devices; and bench's standard set.

  python -m benchmarks.growth [--only=NAME] [--json=benchmarks/results.jsonl]

Each case is a process of its own, `python -m sketchjax.bench`. Devices are emulated, all on the cores that one has
alone: what each computes and says to the others is what the program states, seconds are of these cores.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import measure
from sketchjax import bench
from sketchjax.config import UserError
from sketchjax.flags import Parser
from sketchjax.training.speed import BLOCKS

Case = tuple[str, ...]  # recipe and fields
CASES: dict[str, dict[str, Case]] = {
    "suite": bench.SUITE,
    "batch": {f"{size}": ("simclr", f"batch_size={size}") for size in (32, 64, 128, 256, 512, 1024)},
    "image": {f"{side} px": ("simclr", f"data.image_size={side}", "batch_size=32") for side in (28, 56, 112, 224)},
    "way": {f"{way}": ("prototypical", f"method.way={way}", f"batch_size={20 * way}") for way in (5, 10, 20, 40)},
    "devices": {f"{count}": ("simclr",) for count in (1, 2, 4, 8)},
}
_KEPT = ("step_s", "training_s", "views_s", "sketches_per_second", "input_wait", "flops", "bytes", "share_of_roofline")
_KEPT += ("collectives", "collective_bytes", "step_bytes", "compile_s")


def measured(benchmark: str, case: str) -> measure.Row:
    recipe, *fields = CASES[benchmark][case]
    devices = case if benchmark == "devices" else "1"
    own = os.environ | {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        command = [sys.executable, "-m", "sketchjax.bench", f"--config=configs/{recipe}.py", f"--json={out}"]
        command += [f"--config.{field}" for field in fields]
        subprocess.run(command, env=own, stdout=subprocess.DEVNULL, check=True)
        found = json.loads(out.read_text())
    return {"benchmark": benchmark, "case": case, "n": BLOCKS, **{name: found[name] for name in _KEPT}}


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv: 0 measured, 2 refused."""
    parser = Parser("benchmarks.growth", __doc__)
    parser.add_argument("--only", default="", choices=["", *CASES])
    parser.add_argument("--json", default="")
    try:
        asked = parser.parse_args(argv)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    for benchmark in [asked.only] if asked.only else CASES:
        for case in CASES[benchmark]:
            row = measured(benchmark, case)
            print(row, flush=True)
            measure.store([row], asked.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
