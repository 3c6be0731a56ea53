"""NT-Xent and its gradient, all similarities at once or a block at a time: seconds and memory against the batch.

  python launch/blockwise.py OUT.json        (ten minutes on two cores)

Each row is a process of its own: embeddings of 128 numbers, temperature 0.07, float32. Memory is what XLA plans beside
what goes in and comes out, and by how much the process's peak grew.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

_SKETCHES = [2**power for power in range(8, 17)]
_LARGEST = 8192  # sketches whose matrix is tried: its 16384 x 16384 floats are 1 GiB, of which there are several


def measure(sketches: int, block: int) -> dict[str, float]:
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
        "seconds": np.percentile(seconds, [25, 50, 75]).tolist(),
        "planned_mib": program.memory_analysis().temp_size_in_bytes / 2**20,
        "peak_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10,
    }


def main(out: str) -> None:
    rows = []
    print("| sketches | form | seconds | planned, MiB | peak grew by, MiB | loss |\n|--:|---|--:|--:|--:|--:|")
    for sketches in _SKETCHES:
        for form, block in (("one matrix", 1 << 30), ("by size", 0)):
            if form == "one matrix" and sketches > _LARGEST:
                continue
            arguments = [sys.executable, __file__, str(sketches), str(block)]
            done = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
            row = {"sketches": sketches, "form": form, **json.loads(done)}
            rows.append(row)
            low, middle, high = row["seconds"]
            numbers = f"{row['planned_mib']:.0f} | {row['peak_mib']:.0f} | {row['loss']:.6f}"
            print(f"| {sketches} | {form} | {middle:.3g} ({low:.3g} to {high:.3g}) | {numbers} |", flush=True)
    Path(out).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(*map(int, sys.argv[1:]))))
    else:
        main(sys.argv[1])
