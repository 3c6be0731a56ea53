"""How fast is a run's step, what does it wait for, and how far is it from the limit of the device?

  python -m sketchjax.bench --config=configs/simclr.py
  python -m sketchjax.bench --config=configs/simclr.py --config.encoder.name=resnet18 --json=new.json --compare=old.json
  python -m sketchjax.bench --config=configs/simclr.py --trace=trace
  python -m sketchjax.bench --suite --json=suite.json

Times are medians and quartiles: a step alone (step_s), a step of training with its input (training_s), its augmented
views by themselves (views_s), on fewer devices where there are several (step_s_on_1, ...). share_of_roofline is of the
least time that the device's own measured rates allow; flops, bytes and collectives are a device's, by XLA's program.
--compare prints the ratio of each time to that of a file written by --json. --trace writes what the host and the
devices do in three steps: open its perfetto_trace.json.gz with Perfetto, or the folder with TensorBoard. --suite
measures the standard set on the embedded drawings, each in a process of its own.
Exit code: 0 measured, 2 refused, 75 interrupted.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sketchjax import flags, interrupt
from sketchjax.check import check
from sketchjax.config import Config, UserError

_LARGER = ("data.image_size=64", "batch_size=64")
SUITE = {  # recipe and fields
    "default": ("simclr",),
    "from strokes": ("simclr", "data.strokes=True"),
    "bfloat16": ("simclr", "dtype=bfloat16"),
    "byol": ("byol",),
    "prototypical": ("prototypical",),
    "cached, 4 x 128": ("simclr", "batch_size=512", "accumulate=4"),
    "one pass, 512": ("simclr", "batch_size=512"),
    "sketch_cnn, 64 px": ("simclr", "encoder.name=sketch_cnn", "encoder.width=0.25", *_LARGER),
    "resnet18, 64 px": ("simclr", "encoder.name=resnet18", "encoder.width=0.25", *_LARGER),
}
Found = dict[str, Any]


def run(config: Config, trace: str = "") -> Found:
    """What is found of a config on this machine; a folder for the trace of some of its steps."""
    import jax  # after the flags: a mistyped flag is answered at once

    from sketchjax.data.sources import check_source, open_source
    from sketchjax.fields import digest
    from sketchjax.mesh import make_mesh
    from sketchjax.training import speed

    check(config, jax.device_count())
    source = open_source(config.data)
    check_source(source, config)
    devices = f"{jax.device_count()} x {jax.local_devices()[0].device_kind}"
    found = {"config": digest(config), "jax": jax.__version__, "devices": devices}
    found |= speed.measure(config, source, make_mesh())
    if trace:
        speed.trace(config, source, make_mesh(), trace)
    return found


def suite() -> dict[str, Found]:
    """The standard set, shown as a table."""
    table = Table("", "s a step", "sketches/s", "views", "waiting", "of roofline", "compiling, s", "step, MiB")
    found = {}
    for name, (recipe, *fields) in SUITE.items():
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "found.json"
            command = [sys.executable, "-m", "sketchjax.bench", f"--config=configs/{recipe}.py", f"--json={out}"]
            command += [f"--config.{field}" for field in fields]
            if said := subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr:
                print(f"{name}: {said.strip()}", file=sys.stderr)
            found[name] = one = json.loads(out.read_text())
        low, step, high = one["step_s"]
        shares = [f"{100 * share:.1f} %" for share in (one["views_s"][1] / step, one["input_wait"][1])]
        shares.append(f"{100 * one['share_of_roofline']:.0f} %")
        rate, compiling = one["sketches_per_second"][1], one["compile_s"]
        cells = f"{step:.3g} ({low:.3g} to {high:.3g})", f"{rate:.0f}", *shares, f"{compiling:.1f}"
        table.add_row(name, *cells, f"{one['step_bytes'] / 2**20:.0f}")
    Console(width=max(120, Console().width)).print(table)
    return found


def show(found: Found, before: Found | None) -> None:
    """A line for each number; with the ratio to an earlier one's."""
    for name, value in found.items():
        if isinstance(value, list):
            text = f"{value[1]:.4g}  ({value[0]:.4g} to {value[2]:.4g})"
        else:
            text = f"{value:.4g}" if isinstance(value, float) else str(value)
        there = before.get(name) if before else None
        if isinstance(value, list) and there and there[1]:
            text += f"  x {value[1] / there[1]:.3f} ({value[0] / there[2]:.3f} to {value[2] / there[0]:.3f})"
        print(f"{name:24} {text}")


def _read(path: str) -> Found:
    try:
        return json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"--compare={path}: {error}: name a file that --json has written") from error


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        if "--suite" in argv:
            parser = flags.Parser("python -m sketchjax.bench", __doc__)
            parser.add_argument("--suite", action="store_true")
            parser.add_argument("--json", default="", help="file to write to")
            out = parser.parse_args(argv).json
            found = suite()
        else:
            config, extra = flags.parse(argv, str(__doc__), ("json", "compare", "trace"))
            out, before = extra["json"], _read(extra["compare"]) if extra["compare"] else None
            found = run(config, extra["trace"])
            show(found, before)
        if out:
            Path(out).write_text(json.dumps(found, indent=1) + "\n")
    except (UserError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    interrupt.run(main)
