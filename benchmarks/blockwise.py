"""NT-Xent and its gradient, all similarities at once or a block at a time: seconds and memory against the batch.

  python -m benchmarks.blockwise [--json=benchmarks/results.jsonl]        (ten minutes on two cores)

Each row is a process of its own: embeddings of 128 numbers, temperature 0.07, float32. Memory is what XLA plans beside
what goes in and comes out, and by how much the process's peak grew.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks import measure
from sketchjax.config import UserError
from sketchjax.flags import Parser

_SKETCHES = [2**power for power in range(8, 17)]
_LARGEST = 8192  # sketches whose matrix is tried: its 16384 x 16384 floats are 1 GiB, of which there are several


def one(sketches: int, block: int) -> dict[str, Any]:
    """Of one form; block 0: as training chooses."""
    import jax
    import numpy as np

    from sketchjax.objectives.simclr import nt_xent

    z = jax.numpy.asarray(np.random.default_rng(0).standard_normal((sketches, 2, 128)), np.float32)
    program = jax.jit(jax.value_and_grad(lambda z: nt_xent(z, z, 0.07, block))).lower(z).compile()
    before, seconds = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
    for _ in range(9 if sketches <= 4096 else 3 if sketches <= _LARGEST else 1):
        started = time.perf_counter()
        loss, gradient = jax.block_until_ready(program(z))
        seconds.append(time.perf_counter() - started)
    return {
        "loss": float(loss),
        "gradient_norm": float(jax.numpy.linalg.norm(gradient)),
        "n": len(seconds),
        "seconds": np.percentile(seconds, [25, 50, 75]).tolist(),
        "planned_mib": program.memory_analysis().temp_size_in_bytes / 2**20,
        "peak_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10,
    }


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv: 0 measured, 2 refused."""
    parser = Parser("benchmarks.blockwise", __doc__)
    parser.add_argument("--json", default="")
    parser.add_argument("--one", type=int, nargs=2, metavar=("SKETCHES", "BLOCK"), help="a row, as JSON, and no more")
    try:
        asked = parser.parse_args(argv)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    if asked.one:
        print(json.dumps(one(*asked.one)))
        return 0
    for sketches in _SKETCHES:
        for form, block in (("one matrix", 1 << 30), ("by size", 0)):
            if form == "by size" or sketches <= _LARGEST:
                command = [sys.executable, "-m", "benchmarks.blockwise", "--one", str(sketches), str(block)]
                found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
                row = {"benchmark": "blockwise", "case": f"{sketches}", "side": form, **found}
                print(row, flush=True)
                measure.store([row], asked.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
