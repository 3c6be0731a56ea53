"""Write what a run's encoder makes of drawings: its own, or others.

  python -m sketchjax.embed --workdir=runs/simclr-doodles --out=embeddings.npz
  python -m sketchjax.embed --workdir=runs/simclr-doodles --source=folder --root=DIR --out=embeddings.parquet
  python -m sketchjax.embed --workdir=runs/simclr-doodles --out=encoder.jaxexport

One row a drawing: `embedding` (float32), `class` and `part` (base, validation or novel), as arrays of an .npz file or
columns of a .parquet file. A file named .jaxexport holds the encoder itself, as a program that jax.export.deserialize
reads without sketchjax: bitmaps uint8 [batch, size, size], ink 255 on paper 0, to float32 [batch, features].
Exit code: 0 written, 2 refused, 75 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sketchjax import interrupt
from sketchjax.config import SOURCES, UserError
from sketchjax.data.split import PARTS
from sketchjax.flags import Parser

KINDS = (".npz", ".parquet", ".jaxexport")


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("python -m sketchjax.embed", __doc__)
    parser.add_argument("--workdir", required=True, help="of the run")
    parser.add_argument("--out", required=True, type=Path, help=f"the file to write: {', '.join(KINDS)}")
    parser.add_argument("--source", choices=SOURCES, help="the drawings; the run's own unless given")
    parser.add_argument("--root", help="folder or archive that the source reads; the run's own unless given")
    parser.add_argument("--split", help="class split of the source")
    parser.add_argument("--classes", choices=(*PARTS, "all"), default="all", help="which part of the class split")
    parser.add_argument("--step", default="best", help="best, latest, or the number of a checkpoint")
    flags = parser.parse_args(argv)
    if flags.out.suffix not in KINDS:
        raise UserError(f"--out={flags.out}: name a file that ends in {', '.join(KINDS)}")
    return flags


def run(flags: argparse.Namespace) -> None:
    """Embeds a block of drawings at a time and writes the file, whole or not at all."""
    from sketchjax.encoder import SketchEncoder  # after the flags: a mistyped one is answered at once

    encoder = SketchEncoder(flags.workdir, int(flags.step) if flags.step.isdigit() else flags.step)
    draft = flags.out.with_name(f".{flags.out.name}.tmp")
    try:
        with draft.open("wb") as file:
            if flags.out.suffix == ".jaxexport":
                file.write(encoder.exported())
            else:
                _write(_columns(encoder, flags), flags.out.suffix, file)
        draft.replace(flags.out)
    finally:
        draft.unlink(missing_ok=True)
    print(f"written: {flags.out}, {flags.out.stat().st_size / 2**20:.1f} MiB")


def _columns(encoder: Any, flags: argparse.Namespace) -> dict[str, Any]:
    import numpy as np

    from sketchjax.data.sources import open_source
    from sketchjax.judge import on
    from sketchjax.progress import watched

    source = open_source(on(encoder.config, flags.source, flags.root, flags.split).data)
    columns: dict[str, list[Any]] = {"embedding": [], "class": [], "part": []}
    named = [(part, name) for part in PARTS if flags.classes in (part, "all") for name in source.counts[part]]
    for part, name in watched(named, "embedding", len(named)):
        for drawings in source.blocks(part, [name]):
            if len(drawings.images):
                columns["embedding"].append(encoder.of_bitmaps(drawings.images))
                columns["class"].append(np.array(drawings.classes)[drawings.labels])
                columns["part"].append(np.full(len(drawings.labels), part))
    if not columns["class"]:
        raise UserError(f"{source.name} has no drawings of {flags.classes} classes")
    return {name: np.concatenate(found) for name, found in columns.items()}


def _write(columns: dict[str, Any], kind: str, file: Any) -> None:
    if kind == ".npz":
        import numpy as np

        np.savez_compressed(file, **columns)
        return
    import pyarrow
    import pyarrow.parquet

    embedding = columns["embedding"]
    flat = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(embedding.ravel()), embedding.shape[1])
    table = pyarrow.table({"embedding": flat, "class": columns["class"], "part": columns["part"]})
    pyarrow.parquet.write_table(table, file)


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        flags = _parse(argv)
        try:
            run(flags)
        except OSError as error:
            raise UserError(f"--out={flags.out}: {error.strerror or error}: name another file or folder") from error
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    interrupt.run(main)
