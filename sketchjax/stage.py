"""A stage of main: everything that can be known before training, said at once; then training and its result."""

import time
from typing import Any

import jax

from sketchjax.config import Config
from sketchjax.data.batches import make_batches
from sketchjax.data.sources import Source
from sketchjax.evaluate import evaluate
from sketchjax.health import plan, proof, views
from sketchjax.health import preflight as hyperparameters
from sketchjax.mesh import make_mesh, replicate, replicated, split_rows
from sketchjax.objectives import make_objective
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.loop import train
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state
from sketchjax.training.step import make_train_step
from sketchjax.training.workdir import Workdir


def preflight(config: Config, source: Source, whole: bool) -> None:
    """Prints the findings, errors first; the whole of it also prints the arithmetic and learns one batch by heart.

    Raises: UserError where one is an error, unless health.preflight=warn."""
    base, validation = source.read("base"), source.read("validation")
    memory = (jax.devices()[0].memory_stats() or {}).get("bytes_limit")
    found = hyperparameters.findings(config, jax.device_count(), len(base.images), memory)
    sample = views.sample(base.images, views.viewer(config), config)
    found += views.findings(base.images, validation.images, sample, config)

    batches = make_batches(config, base.labels)
    objective, optimizer = make_objective(config), make_optimizer(config, batches.updates_per_epoch)
    state = make_state(config, objective, optimizer)
    seen = sample.views
    if config.method.name == "prototypical":  # which sees whole episodes
        rows = batches.rows_of(0)
        seen = views.viewer(config)(base.images[rows], rows)
    found += proof.findings(config, objective, state, seen)
    if whole:
        mesh, updates = make_mesh(), config.epochs * batches.updates_per_epoch
        step = make_train_step(config, objective, optimizer, updates)
        step = jax.jit(step, donate_argnums=0, out_shardings=replicated(mesh))
        images = replicate(mesh, base.images)

        def again(state: Any, at: int) -> tuple[Any, dict[str, Any]]:
            rows = batches.batch_at(at)
            return step(state, images, split_rows(mesh, rows, axis=rows.ndim - 1))

        unlearned, learned = proof.overfit(config, again, replicate(mesh, state))
        found += unlearned
        arithmetic = plan.arithmetic(config, plan.make_plan(config, jax.device_count(), len(base.images)))
        print(*arithmetic, views.summary(sample), learned, sep="\n")
    hyperparameters.show(found)
    hyperparameters.refuse(found, config)


def finished(config: Config, source: Source, workdir: Workdir) -> dict[str, Any]:
    """The result of a stage: what result.json holds, after the training and the evaluation that are missing."""
    if workdir.ended(config):
        return workdir.result() or {}
    started, rows, mesh = time.monotonic(), [], make_mesh()
    with Checkpoints(workdir.path) as checkpoints:
        verdict = train(config, source, mesh, workdir, checkpoints)
        stopped = not verdict.good and config.health.verdict == "stop"
        if not stopped:
            rows = evaluate(config, source, "novel", mesh, checkpoints, "best")
    result = {"outcome": "stopped" if stopped else "done", "verdict": verdict.name}
    result |= {"reasons": verdict.evidence, "cures": verdict.causes}
    result |= {"few_shot": rows, "novel_evaluations": int(bool(rows)), "seconds": time.monotonic() - started}
    workdir.write_result(result)
    return result
