"""What training from strokes costs, and how strokes look: python launch/strokes.py [--quickdraw=DIR] [--sheets=DIR]

Prints sketches/s of the views of 256 drawings from strokes beside those from bitmaps: 8 paired runs, in turn, the ratio
with its quartiles. With --sheets, writes contact sheets: ours, Skia's and their difference; and each move of the pen,
a drawing beside four views of it, all bitmap operations off. (2 minutes on two cores)
"""

import argparse
import dataclasses
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from sketchjax.config import Augment, Data
from sketchjax.data import doodles, quickdraw, strokes
from sketchjax.data.augment import views_of
from tests.data.by_skia import rendered

MOVES = {
    "smooth": {"smooth": 0.8},
    "jitter": {"jitter": 0.01},
    "cut_ends": {"cut_ends": 0.3},
    "drop_strokes": {"drop_strokes": 0.2},
    "unfinished": {"unfinished": 0.5},
    "pen_width": {"pen_width": 0.4},
    "pen_vary": {"pen_vary": 0.4},
}
MOVES["everything"] = {name: strength for move in list(MOVES.values()) for name, strength in move.items()}
OFF = Augment(**{name: type(strength)(0) for name, strength in dataclasses.asdict(Augment()).items()})
_PAIRS, _DRAWINGS = 8, 256
_FRAME = 160  # grey of the lines between drawings


def views(pages: strokes.Strokes | np.ndarray, augment: Augment, count: int = 2) -> jax.stages.Compiled:
    """The compiled program that makes them."""
    rows = jnp.arange(len(jax.tree.leaves(pages)[0]), dtype=jnp.int32)
    program = jax.jit(lambda p: views_of(p, rows, jax.random.key(0), augment, count))
    return program.lower(pages).compile()


def table(name: str, drawings: list[strokes.Drawing], size: int) -> None:
    """Prints a line for the strokes as they are and for all moves together."""
    packed = strokes.pack(drawings, size)
    images = strokes.bitmaps(packed)
    bitmap = views(images, Augment())
    for what, moves in (("pen_width only", MOVES["pen_width"]), ("all moves", MOVES["everything"])):
        stroke = views(packed, dataclasses.replace(Augment(), **moves))
        seconds = np.array([[_seconds(bitmap, images), _seconds(stroke, packed)] for _ in range(_PAIRS + 1)][1:])
        rate = len(drawings) / np.median(seconds, 0)
        low, middle, high = np.percentile(seconds[:, 1] / seconds[:, 0], [25, 50, 75])
        memory = stroke.memory_analysis().temp_size_in_bytes / 2**20
        print(
            f"| {name}, {size} px, {packed.pen.shape[1]} points | {what} | {rate[0]:.0f} | {rate[1]:.0f} "
            f"| {middle:.2f} ({low:.2f} to {high:.2f}) | {memory:.0f} MiB |"
        )


def _seconds(program: jax.stages.Compiled, pages: strokes.Strokes | np.ndarray) -> float:
    started = time.perf_counter()
    jax.block_until_ready(program(pages))
    return time.perf_counter() - started


def sheet(columns: list[np.ndarray], out: Path, across: int = 4) -> None:
    """Pages of 0 to 1, ink black; one drawing's columns side by side, `across` drawings a row."""
    tiles = np.rint(255 - 255 * np.clip(np.stack(columns, 1), 0, 1)).astype(np.uint8)
    tiles = np.pad(tiles, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=_FRAME)
    groups = np.pad(np.concatenate(np.moveaxis(tiles, 1, 0), 2), ((0, 0), (0, 0), (0, 6)), constant_values=255)
    groups = groups[: len(groups) // across * across]
    page = np.concatenate([np.concatenate(row, 1) for row in groups.reshape(-1, across, *groups.shape[1:])])
    image = Image.fromarray(page)
    times = max(1, 1600 // image.width)
    image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST).save(out)


def sheets(name: str, drawings: list[strokes.Drawing], folder: Path) -> None:
    """Ours beside Skia's, and a sheet for each move."""
    for size in (28, 64):
        packed = strokes.pack(drawings, size)
        ours = strokes.bitmaps(packed).astype(np.float32) / 255
        skias = np.stack([rendered(drawing, size) for drawing in drawings])
        sheet([ours, skias, np.abs(ours - skias)], folder / f"{name}-skia-{size}.png")
    for move, strengths in MOVES.items():
        moved = np.asarray(views(packed, dataclasses.replace(OFF, **strengths), 4)(packed))
        sheet([ours, *np.moveaxis(moved, 1, 0)], folder / f"{name}-{move}.png", 3)


def picture(drawings: list[strokes.Drawing], out: Path) -> None:
    """That of docs/strokes.md: a row for each move, drawings beside three views."""
    packed = strokes.pack(drawings, 64)
    ours = strokes.bitmaps(packed).astype(np.float32) / 255
    moves = [np.asarray(views(packed, dataclasses.replace(OFF, **m), 3)(packed)) for m in MOVES.values()]
    columns = [np.concatenate([ours] * len(moves)), *np.moveaxis(np.concatenate(moves), 1, 0)]
    sheet(columns, out, len(drawings))


def main() -> None:
    """Both sources, or the doodles alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quickdraw", help="where its simplified drawings are")
    parser.add_argument("--sheets", type=Path, help="a folder for contact sheets; no timing then")
    options = parser.parse_args()
    sources = {"doodles": [doodles.drawing(name, i) for name in doodles.NAMES for i in range(4)]}
    if options.quickdraw:
        files, data = quickdraw.class_files(options.quickdraw), Data("quickdraw", options.quickdraw)
        lines = (line for name, file in files.items() for line in quickdraw.read_lines(name, file, data, 4))
        sources["quickdraw"] = [line for line in lines if isinstance(line, strokes.Drawing)]
    if not options.sheets:
        print("| source | moves | bitmaps, sketches/s | strokes, sketches/s | time, strokes/bitmaps | temporary |")
        print("|---|---|---|---|---|---|")
    for name, drawings in sources.items():
        if options.sheets:
            options.sheets.mkdir(exist_ok=True)
            sheets(name, drawings[:: len(drawings) // 36][:36], options.sheets)
            picture(drawings[:: len(drawings) // 3][:3], options.sheets / f"{name}-moves.png")
        else:
            for size in (28, 64):
                table(name, drawings[:_DRAWINGS], size)


if __name__ == "__main__":
    main()
