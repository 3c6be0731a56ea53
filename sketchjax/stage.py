"""A stage of main: everything that can be known before training, said at once; then training, scores, the result."""

import os
import platform
import time
from contextlib import suppress
from functools import partial
from importlib import metadata
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from sketchjax import interrupt, judge
from sketchjax.config import Config, Failed
from sketchjax.data.batches import Batches, make_batches
from sketchjax.data.feed import Batch, glance, is_streamed, room
from sketchjax.data.likeness import ink_kept
from sketchjax.data.record import Source, remaining, summary
from sketchjax.data.sources import check_source
from sketchjax.health import bands, plan, proof, views
from sketchjax.health import preflight as hyperparameters
from sketchjax.health.lines import busy
from sketchjax.health.preflight import Finding
from sketchjax.mesh import is_first, make_mesh, replicate, replicated, split_rows, wait_for_all
from sketchjax.objectives import make_objective
from sketchjax.page import pictures
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.loop import train
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import TrainState, make_state
from sketchjax.training.step import make_train_step
from sketchjax.training.workdir import Workdir


def preflight(config: Config, source: Source, whole: bool) -> pictures.Pictures:
    """Prints the findings, errors first; the whole of it also prints the arithmetic and learns one batch by heart.
    Returns some of the views that it looked at, for the page.

    Raises: UserError where one is an error, unless health.preflight=warn."""
    base, validation = glance(config, source, "base"), glance(config, source, "validation")
    streamed = is_streamed(config, source)
    drawings = sum(source.counts["base"].values()) if streamed else len(base.labels)
    for part, read in (("base", base), ("validation", validation)):
        if read.skipped:
            print(f"skipped {summary(read.skipped)} ({part})")
            check_source(remaining(source, {part: read}), config)
    memory = (jax.local_devices()[0].memory_stats() or {}).get("bytes_limit")
    found = hyperparameters.findings(config, jax.device_count(), drawings, memory, streamed)
    sample = views.sample(base.images, views.viewer(config), config, base.pages)
    found += views.findings(base.images, validation.images, sample, config)

    batches = make_batches(config, base.labels)
    objective, optimizer = make_objective(config), make_optimizer(config, batches.updates_per_epoch)
    state = make_state(config, objective, optimizer)
    seen = sample.views
    if config.method.name == "prototypical":  # which sees whole episodes
        rows = batches.rows_of(0)
        seen = views.viewer(config)(jax.tree.map(lambda part: part[rows], base.pages), rows)
    found += proof.findings(config, objective, state, seen)
    if whole:
        unlearned, learned = _by_heart(config, base.pages, batches, state)
        found += unlearned
        arithmetic = plan.arithmetic(config, plan.make_plan(config, jax.device_count(), drawings, streamed))
        print(*arithmetic, room(config, source), views.summary(sample), learned, sep="\n")
    hyperparameters.show(found)
    hyperparameters.refuse(found, config)
    return pictures.of_views(sample.drawings, sample.views, ink_kept(sample.drawings, sample.views))


def _by_heart(config: Config, pages: Any, batches: Batches, state: TrainState) -> tuple[list[Finding], str]:
    """Whether one batch can be learned: what is wrong, and how it went. pages: what views are made of."""
    mesh, objective = make_mesh(), make_objective(config)
    optimizer, updates = make_optimizer(config, batches.updates_per_epoch), config.epochs * batches.updates_per_epoch
    step = make_train_step(config, objective, optimizer, updates)
    step = jax.jit(step, donate_argnums=0, out_shardings=replicated(mesh))
    pages = replicate(mesh, pages)

    def again(state: TrainState, at: int) -> tuple[TrainState, dict[str, Any]]:
        rows = batches.batch_at(at)
        return step(state, pages, Batch(split_rows(mesh, rows, axis=rows.ndim - 1)))

    return proof.overfit(config, again, replicate(mesh, state))


def finished(config: Config, source: Source, workdir: Workdir, seen: pictures.Pictures, command: str) -> dict[str, Any]:
    """The result of a stage: what result.json holds, after the training and the evaluation that are missing.

    seen: by preflight, for the page. command: what made it, for who would make it again."""
    if workdir.ended(config):
        return workdir.result() or {}
    started, found, mesh = time.monotonic() - busy(workdir.lines(), config.batch_size), None, make_mesh()
    judged = judge.Judged([], [], [], [])
    preempted = partial(workdir.write_unfinished, "preempted")
    with interrupt.last_words(preempted), Checkpoints(workdir.path) as checkpoints:
        try:
            with interrupt.deferred():
                verdict = train(config, source, mesh, workdir, checkpoints)
                checkpoints.wait()
        except Failed as error:
            with suppress(Failed):  # it may be the same disk
                workdir.write_unfinished("failed", str(error))
                workdir.write_report()
            raise
        stopped = not verdict.good and config.health.verdict == "stop"
        if not stopped:
            found = judge.embedded(config, source, ["novel"], mesh, checkpoints, "best")
            judged = judge.in_episodes(config, source, "novel", found)
        good = checkpoints.last_good()
    kept = "no checkpoint is good" if good is None else f"the last good checkpoint is of step {good}"
    result = {"outcome": "stopped" if stopped else "done", "verdict": verdict.name}
    result |= {"reasons": [*verdict.evidence, *([kept] * stopped)], "cures": verdict.causes}
    result |= {name: value for name, value in judged._asdict().items() if name != "of_episodes"}
    result |= {"novel_evaluations": int(bool(judged.few_shot)), "seconds": time.monotonic() - started}
    result["bands"] = bands.places(config, workdir.lines())
    result |= {"made_on": _made_on(mesh), "command": command}
    workdir.write_result(result)
    if found is not None and is_first():  # the others write nothing, and a map takes seconds
        seen = seen | pictures.of_features(found.drawings, found.trained, config.seed)
        seen |= {"of_episodes": np.stack(judged.of_episodes)}
    workdir.write_report(seen)
    wait_for_all("the page is written")  # a process that leaves has little patience for the others
    return result


def _made_on(mesh: Mesh) -> str:
    """Hardware and versions."""
    devices = f"{mesh.size} x {mesh.devices.flat[0].device_kind}, {os.cpu_count()} CPU cores"
    versions = (f"{name} {metadata.version(name)}" for name in ("jax", "flax", "optax", "orbax-checkpoint"))
    return ", ".join((devices, f"Python {platform.python_version()}", *versions))
