"""Learn to recognise hand-drawn sketches without labels, and prove it with a few-shot score.

  python -m sketchjax.main --config=configs/simclr.py
  python -m sketchjax.main --config=configs/simclr.py:tu_berlin --config.data.root=DIR --config.epochs=10
  python -m sketchjax.main --config=configs/byol.py --finetune=configs/prototypical.py --finetune.epochs=10
  python -m sketchjax.main --config=configs/simclr.py --preflight_only

--finetune names a second stage that starts from the best encoder of the first, on the same drawings; its run lies in
WORKDIR/finetuned. Run the same command again to go on after an interruption.
--preflight_only says what can be known before training, in a minute, and trains nothing: exit code 0, or 2 for errors.
A run that cannot succeed is refused (--config.health.preflight=warn trains all the same) or, once that shows, stopped
with the reason (--config.health.verdict=warn goes on).
SIGTERM and Ctrl-C end a run after the step it is in, saved.
--distributed joins this process to the others of the same run, on this machine or on many: see docs/devices.md.
Exit code: 0 finished, 1 stopped or failed, 2 refused before training, 75 preempted and saved: run it again.
"""

import shlex
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sketchjax import flags, interrupt
from sketchjax.check import check
from sketchjax.config import Config, Failed, UserError


def run(stages: Sequence[Config], preflight_only: bool = False, command: str = "") -> int:
    """Trains each stage, evaluates its best checkpoint on novel classes, prints the table; goes on where an earlier run
    ended. Nothing is trained unless all stages can be. command: of this run, for its result. Returns the exit code: 1
    where a stage was stopped."""
    import jax

    from sketchjax import mesh, stage
    from sketchjax.data.sources import check_source, open_source
    from sketchjax.training.start import check_start
    from sketchjax.training.workdir import Workdir

    mesh.keep_compiled()
    sources = []
    for config in stages:
        check(config, jax.device_count())
        sources.append(open_source(config.data))
        check_source(sources[-1], config)
        check_start(config, stages)
    if not preflight_only:
        workdirs = [Workdir.claim(config) for config in stages]
    sources = [source._replace(read=cache(source.read)) for source in sources]  # preflight and training read the same
    seen = [
        {} if Workdir.ended(config) and not preflight_only else stage.preflight(config, source, whole=preflight_only)
        for config, source in zip(stages, sources, strict=True)
    ]
    if preflight_only:
        return 0
    for config, source, workdir, views in zip(stages, sources, workdirs, seen, strict=True):
        result = stage.finished(config, source, workdir, views, command)
        show(result, workdir.path)
        if result["outcome"] == "stopped":
            return 1
    return 0


def show(result: dict[str, Any], path: Path) -> None:
    """The scores; what is wrong, if anything is, and what to change; and in the last line how it ended."""
    from sketchjax.evaluation import scores
    from sketchjax.health.verdict import Verdict

    if result["few_shot"]:
        scores.show(result["few_shot"])
        scores.show_hardest(result["hardest"])
    if not Verdict(result["verdict"]).good:
        print("seen:", *result["reasons"], sep="\n  ")
        cures = (f"{number}. {cure}" for number, cure in enumerate(result["cures"], 1))
        print("likely causes, first things first:", *cures, sep="\n  ")
    for among in result.get("bands", []):  # a result of before there were any has none
        print(among)
    print(f"{result['outcome']}, {result['verdict']}: {path / 'result.json'}")


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        settings = [argument for argument in argv if argument not in ("--preflight_only", "--distributed")]
        stages = flags.stages(settings, str(__doc__))
        from sketchjax.mesh import joined  # after the flags: a mistyped flag is answered at once

        with joined("--distributed" in argv):
            return run(stages, "--preflight_only" in argv, shlex.join(("python", "-m", "sketchjax.main", *argv)))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    except interrupt.Interrupted:
        print("preempted: saved; the same command goes on", file=sys.stderr)
        return interrupt.EXIT


if __name__ == "__main__":
    interrupt.run(main)
