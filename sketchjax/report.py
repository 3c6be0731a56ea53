"""Look at a run, while it trains or when it has ended; or at several beside each other.

  python -m sketchjax.report runs/simclr-doodles                           writes runs/simclr-doodles/report.html
  python -m sketchjax.report runs/simclr-doodles runs/byol-doodles --out=both.html

One HTML file that needs neither network nor sketchjax: verdict, scores, curves, views, neighbours, a map, settings.
Exit code: 0 written, 2 refused.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sketchjax import interrupt
from sketchjax.config import UserError
from sketchjax.flags import Parser


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("python -m sketchjax.report", __doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="WORKDIR")
    parser.add_argument("--out", type=Path, help="of several runs; one has it in its folder unless given")
    flags = parser.parse_args(argv)
    if len(flags.runs) > 1 and not flags.out:
        raise UserError("several runs: say where to write with --out=FILE.html")
    return flags


def run(flags: argparse.Namespace) -> None:
    """Writes the page and says where it is."""
    from sketchjax.page import curves
    from sketchjax.page.run import page, read  # after the flags: a mistyped one is answered at once

    if len(flags.runs) > curves.MOST:
        raise UserError(f"{len(flags.runs)} runs are too many to tell apart: give at most {curves.MOST}")
    out = flags.out or flags.runs[0] / "report.html"
    text = page([read(folder) for folder in flags.runs])
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out={out}: {error.strerror}: name another file") from error
    print(f"written: {out}, {len(text) / 2**20:.1f} MiB")


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        run(_parse(argv))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    interrupt.run(main)
