"""Look at the augmented views that training will see: a contact sheet of drawings, each beside two views of it.

  python -m sketchjax.data.inspect --config=configs/simclr.py --out=views.png
  python -m sketchjax.data.inspect --config=configs/simclr.py:tu_berlin --config.data.root=DIR --out=views.png

It also prints how much of its ink a view keeps. Or look at the drawings themselves: counts, sizes, modes, polarity,
ink, copies, leaks across the split, odd ones, and what is skipped, as FOLDER/report.json and FOLDER/report.html.

  python -m sketchjax.data.inspect --source=folder --root=DIR --out=FOLDER
  python -m sketchjax.data.inspect --config=configs/simclr.py:tu_berlin --config.data.root=DIR --out=FOLDER

--split and --image_size go with --source. Exit code: 0 written, 2 refused, 75 interrupted.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from sketchjax import flags, interrupt
from sketchjax.check import check
from sketchjax.config import SOURCES, Config, Data, UserError


def _parse(argv: Sequence[str]) -> tuple[Config, str]:
    if any(argument.partition("=")[0] == "--source" for argument in argv):
        parser = flags.Parser("python -m sketchjax.data.inspect", __doc__)
        parser.add_argument("--source", choices=SOURCES, required=True)
        parser.add_argument("--root", default="")
        parser.add_argument("--split", default="")
        parser.add_argument("--image_size", type=int, default=Data().image_size)
        parser.add_argument("--out", default="")
        given = parser.parse_args(argv)
        out, config = given.out, Config(data=Data(given.source, given.root, given.image_size, given.split))
    else:
        config, extra = flags.parse(argv, str(__doc__), ("out",))
        out = extra["out"]
        if out.endswith(".png"):
            return config, out
    if not out or (Path(out).suffix and not Path(out).is_dir()) or Path(out).is_file():
        raise UserError(
            f"--out={out!r}: say where to write with --out=FILE.png (views, of a config) or --out=FOLDER (report)"
        )
    return config, out


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        config, out = _parse(argv)
        check(config, 1)
        from sketchjax.data import inspection  # a mistyped flag is answered at once

        if out.endswith(".png"):
            inspection.write_views(config, out)
        else:
            inspection.write_report(config.data, Path(out))
    except (UserError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    interrupt.run(main)
