"""Learn to recognise hand-drawn sketches without labels, and prove it with a few-shot score.

  python -m sketchjax.main --config=configs/simclr.py
  python -m sketchjax.main --config=configs/simclr.py:tu_berlin --config.data.root=DIR --config.epochs=10
  python -m sketchjax.main --config=configs/byol.py --finetune=configs/prototypical.py --finetune.epochs=10

--finetune names a second stage that starts from the best encoder of the first, on the same drawings; its run lies in
WORKDIR/finetuned. Run the same command again to go on after an interruption.
Exit code: 0 finished, 1 failed, 2 refused before training, 130 interrupted.
"""

import sys
import time
from collections.abc import Sequence

from sketchjax import flags
from sketchjax.check import check
from sketchjax.config import Config, UserError


def run(stages: Sequence[Config]) -> None:
    """Trains each stage, evaluates its best checkpoint on novel classes, prints the table; goes on where an earlier run
    ended. Nothing is trained unless all stages can be."""
    import jax  # after the flags: a mistyped flag is answered at once

    from sketchjax.data.sources import check_source, open_source
    from sketchjax.evaluate import evaluate
    from sketchjax.evaluation import scores
    from sketchjax.mesh import make_mesh
    from sketchjax.training.checkpoint import Checkpoints
    from sketchjax.training.loop import train
    from sketchjax.training.start import check_start
    from sketchjax.training.workdir import Workdir

    for config in stages:
        check(config, jax.device_count())
        check_source(open_source(config.data), config)
        check_start(config, stages)
    for config in stages:
        workdir, source = Workdir.claim(config), open_source(config.data)
        if (result := workdir.result()) is None:
            started = time.monotonic()
            mesh = make_mesh()
            with Checkpoints(workdir.path) as checkpoints:
                train(config, source, mesh, workdir, checkpoints)
                rows = evaluate(config, source, "novel", mesh, checkpoints, "best")
            result = {"outcome": "done", "verdict": None, "reasons": [], "few_shot": rows, "novel_evaluations": 1}
            workdir.write_result(result | {"seconds": time.monotonic() - started})
        scores.show(result["few_shot"])
        print(f"{result['outcome']}: {workdir.path / 'result.json'}")


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        run(flags.stages(argv, str(__doc__)))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
