"""Score a run's checkpoint by prototypical few-shot, on the drawings it was trained for or on others.

  python -m sketchjax.evaluate --workdir=runs/simclr-doodles
  python -m sketchjax.evaluate --workdir=runs/simclr-doodles --source=omniglot --root=DIR --classes=validation --way=5
  python -m sketchjax.evaluate --workdir=runs/simclr-doodles --against=runs/byol-doodles
  python -m sketchjax.evaluate --workdir=runs/simclr-doodles --probes

--against scores another run's encoder, too, and the difference, whose confidence is that of pairs: the same episodes.
--probes judges all classes at once, base, validation and novel, by nearest neighbours and a linear probe: a third of
each class's drawings is held out.
Exit code: 0 evaluated, 2 refused, 75 interrupted.
"""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

from sketchjax import interrupt
from sketchjax.config import DISTANCES, REPRESENTATIONS, SOURCES, Config, UserError
from sketchjax.data.split import PARTS
from sketchjax.flags import Parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.strip("()").split(",") if number)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("python -m sketchjax.evaluate", __doc__)
    parser.add_argument("--workdir", required=True, help="of the run")
    parser.add_argument("--source", choices=SOURCES, help="the drawings; the run's own unless given")
    parser.add_argument("--root", help="folder or archive that the source reads; the run's own unless given")
    parser.add_argument("--split", help="class split of the source")
    parser.add_argument("--classes", choices=PARTS, default="novel", help="which part of the class split")
    parser.add_argument("--step", default="best", help="best, latest, or the number of a checkpoint")
    parser.add_argument("--way", type=_numbers, help="classes an episode, such as 5 or 5,20")
    parser.add_argument("--shot", type=_numbers, help="support drawings a class, such as 1 or 1,5")
    parser.add_argument("--query", type=int, help="query drawings a class")
    parser.add_argument("--episodes", type=int)
    parser.add_argument("--representation", choices=REPRESENTATIONS, help="what is compared")
    parser.add_argument("--distance", choices=DISTANCES)
    parser.add_argument("--centre", action="store_true", default=None, help="subtract the mean of base drawings first")
    parser.add_argument("--whiten", type=float, help="0 to 1: level the directions of base drawings")
    parser.add_argument("--within", action="store_true", default=None, help="an episode's classes are of one alphabet")
    parser.add_argument("--against", metavar="WORKDIR", help="of another run")
    parser.add_argument("--probes", action="store_true", help="on all classes, instead of episodes")
    return parser.parse_args(argv)


def run(flags: argparse.Namespace) -> None:
    """Evaluates, prints the table, and adds the rows to result.json."""
    from sketchjax import judge  # after the flags: a mistyped one is answered at once
    from sketchjax.evaluation import scores
    from sketchjax.mesh import keep_compiled
    from sketchjax.training.workdir import Workdir

    def settings(trained: Config) -> Config:
        """Those of a run, with what the flags say about data and episodes."""
        names = {field.name for field in dataclasses.fields(trained.evaluate)}
        given = {name: value for name, value in vars(flags).items() if name in names and value is not None}
        episodes = dataclasses.replace(trained.evaluate, **given)
        return dataclasses.replace(judge.on(trained, flags.source, flags.root, flags.split), evaluate=episodes)

    keep_compiled()
    workdir, parts = Workdir.find(flags.workdir), PARTS if flags.probes else (flags.classes,)
    config, result = settings(workdir.config()), workdir.result()
    if result is None and "novel" in parts:
        raise UserError(
            f"the run in {flags.workdir} has not ended: until then only --classes=validation may be looked at"
        )
    step: Any = int(flags.step) if flags.step.isdigit() else flags.step
    source, found = judge.of_run(workdir, config, parts, step)
    if flags.probes:
        found_rows = {"probes": judge.by_probes(config, source, found)}
        scores.show(found_rows["probes"])
    else:
        against = None
        if flags.against:
            other = Workdir.find(flags.against)
            _, against = judge.of_run(other, settings(other.config()), parts, "best")
        judged = judge.in_episodes(config, source, flags.classes, found, against)
        found_rows = {"few_shot": judged.few_shot, "shot_sweep": judged.shot_sweep}
        scores.show(judged.few_shot)
        scores.show_hardest(judged.hardest)
    if result is not None:
        result |= {name: [*result.get(name, []), *rows] for name, rows in found_rows.items()}
        result["novel_evaluations"] += "novel" in parts
        workdir.write_result(result)


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
