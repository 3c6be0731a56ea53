"""Write a source's drawings as a TFDS dataset of array_record files, which train without decoding, in any amount.

  python -m sketchjax.data.prepare --source=tu_berlin --root=DIR --out=OUT --image_size=64
  python -m sketchjax.data.prepare --source=omniglot --root=DIR --out=OUT --split=lake
  python -m sketchjax.data.prepare --source=quickdraw --root=DIR --out=OUT --strokes

Then train on it with --config.data.root=OUT: the same drawings in the same order, all on the device where they fit,
else streamed. A set is whole or it is not there; one that is there is not written again.
Exit code: 0 prepared, 2 refused, 75 interrupted: run it again.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from sketchjax import interrupt
from sketchjax.check import check
from sketchjax.config import SOURCES, Config, Data, UserError
from sketchjax.flags import Parser


def _parse(argv: Sequence[str]) -> tuple[Data, Path]:
    parser = Parser("python -m sketchjax.data.prepare", str(__doc__))
    parser.add_argument("--source", choices=SOURCES, required=True)
    parser.add_argument("--root", default="", help="folder or archive that the source reads")
    parser.add_argument("--out", required=True, help="folder to write to")
    parser.add_argument("--image_size", type=int, default=28, help="pixels a side")
    parser.add_argument("--strokes", action="store_true", help="keep the pen's strokes (quickdraw)")
    parser.add_argument(
        "--unrecognized", action="store_true", help="also drawings the game did not recognise (quickdraw)"
    )
    parser.add_argument("--split", default="", help="class split of the source, or a JSON file of class names")
    flags = parser.parse_args(argv)
    data = Data(flags.source, flags.root, flags.image_size, flags.split, judged_per_class=0)
    data.strokes, data.recognized = flags.strokes, not flags.unrecognized
    check(Config(data=data), 1)
    return data, Path(flags.out).expanduser()


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        data, out = _parse(argv)
        from sketchjax.data.write import prepare  # a mistyped flag is answered at once

        prepare(data, out)
    except (UserError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except interrupt.Interrupted:
        print("interrupted: nothing half-written stays; run the same command again", file=sys.stderr)
        return interrupt.EXIT
    return 0


if __name__ == "__main__":
    interrupt.run(main)
