"""Say what is wrong with a run: one of ours by its folder, or a log that any framework wrote.

  python -m sketchjax.diagnose --workdir=runs/simclr-doodles
  python -m sketchjax.diagnose --log=train.log --method=simclr --batch_size=32 --temperature=0.5

A log is csv, jsonl or free text; the loss alone is enough. A loss of BYOL alone cannot prove that a run is healthy.
Exit code: 0 healthy or slow, 1 not, 2 unreadable or a bad flag, 75 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from sketchjax import interrupt
from sketchjax.config import METHODS, UserError
from sketchjax.flags import Parser
from sketchjax.health import verdict
from sketchjax.health.logs import post_mortem
from sketchjax.health.logs.columns import read
from sketchjax.health.logs.conventions import REDUCTIONS, Setting
from sketchjax.health.verdict import Verdict

_RANGES = {
    "batch_size": (2, 10**7),
    "temperature": (1e-4, 1e4),
    "way": (2, 10**6),
    "devices": (1, 10**6),
    "accumulate": (1, 10**6),
}


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("python -m sketchjax.diagnose", __doc__)
    run = parser.add_mutually_exclusive_group(required=True)
    run.add_argument("--workdir", help="of a run of sketchjax; no other flag is needed")
    run.add_argument("--log", help="file of any framework; all flags below are about it")
    parser.add_argument("--column", default="", help="name of the training loss; the likeliest unless given")
    parser.add_argument("--method", choices=METHODS, default="simclr")
    parser.add_argument("--batch_size", type=int, help="simclr: sketches an update, of all devices and parts together")
    parser.add_argument("--temperature", type=float, help="simclr: what divides the cosines")
    parser.add_argument(
        "--reduction", choices=("auto", *REDUCTIONS), default="auto", help="simclr: how the loss becomes one number"
    )
    parser.add_argument("--devices", type=int, default=1, help="simclr: which may not share their negatives")
    parser.add_argument("--accumulate", type=int, default=1, help="simclr: parts of an update, which may not either")
    parser.add_argument("--way", type=int, help="prototypical: classes an episode; otherwise, of a logged accuracy")
    flags = parser.parse_args(argv)
    foreign = [name for name in vars(flags) if name != "workdir" and getattr(flags, name) != parser.get_default(name)]
    if flags.workdir is not None and foreign:
        raise UserError(f"--{foreign[0]} is about a --log: a --workdir knows its own")
    return flags


def _setting(flags: argparse.Namespace) -> Setting:
    """What the flags say about a foreign log. Raises: UserError for what is missing or cannot be."""
    needed = {"simclr": ("batch_size", "temperature"), "prototypical": ("way",), "byol": ()}[flags.method]
    for name in needed:
        if getattr(flags, name) is None:
            raise UserError(f"--{name} is missing: the scale of {flags.method}'s loss depends on it")
    for name, (least, most) in _RANGES.items():
        if (value := getattr(flags, name)) is not None and not least <= value <= most:
            raise UserError(f"--{name}={value}: must be {least} to {most}")
    parts = flags.devices * flags.accumulate
    if flags.batch_size and flags.batch_size % parts:
        raise UserError(f"--batch_size={flags.batch_size} is not divisible by devices x accumulate = {parts}")
    values = {name: getattr(flags, name) for name in Setting._fields}
    return Setting(**{name: value for name, value in values.items() if value is not None})


def _of_log(flags: argparse.Namespace) -> Verdict:
    setting = _setting(flags)
    return post_mortem.judge(read(flags.log, flags.column), setting)


def _of_workdir(path: str) -> Verdict:
    from sketchjax.training.workdir import Workdir  # a log needs no JAX

    workdir = Workdir.find(path)
    try:
        lines = workdir.lines()
    except (OSError, ValueError) as error:
        raise UserError(f"{workdir.path / 'metrics.jsonl'} is damaged: {error}") from error
    if not lines:
        raise UserError(f"workdir={path} has logged nothing yet: wait for the first line of metrics.jsonl")
    try:
        return verdict.judge(workdir.config(), lines)
    except KeyError as error:
        raise UserError(f"{workdir.path / 'metrics.jsonl'} has lines without {error}: of another version?") from error


def show(found: Verdict) -> None:
    """The verdict in a sentence, what was seen, and the causes. Plain, a line each, where it is no terminal."""
    console = Console(highlight=False, markup=False, soft_wrap=not sys.stdout.isatty())
    name = found.name.replace("_", " ")
    first, *rest = found.evidence or ("nothing is wrong",)
    says = first if first.startswith(name) else f"{name}: {first}"
    console.print(says, style="bold green" if found.good else "bold red")
    if rest:
        console.print("seen:", *(f"  {line}" for line in rest), sep="\n")
    if found.causes:
        console.print("likely causes, first things first:")
        console.print(*(f"  {number}. {cause}" for number, cause in enumerate(found.causes, 1)), sep="\n")


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        flags = _parse(argv)
        found = _of_log(flags) if flags.workdir is None else _of_workdir(flags.workdir)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    show(found)
    return 0 if found.good else 1


if __name__ == "__main__":
    interrupt.run(main)
