"""What accumulation costs and what it changes: python launch/accumulation.py  (5 minutes on two cores)

SimCLR on doodles by the default recipe, at the first step. For each way to see 128 sketches: the relative error of its
gradient against the exact large batch, BatchNorm grouped alike; the time of a step against one pass (median of paired
runs); the temporary memory of the compiled step. Then that memory for larger batches at a fixed micro-batch.
"""

import dataclasses
import time
from typing import Any

import jax
import numpy as np

from sketchjax.config import Config
from sketchjax.data import doodles
from sketchjax.data.augment import views_of
from sketchjax.data.feed import Batch
from sketchjax.objectives import make_objective
from sketchjax.training.accumulate import gradient
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state
from sketchjax.training.step import make_train_step

_REPEATS = 7
IMAGES = doodles.draw_classes(doodles.NAMES[::8], 28)  # 10 classes of 100


def recipe(batch_size: int, accumulate: int, accumulation: str = "cached") -> Config:
    config = Config(batch_size=batch_size, accumulate=accumulate, accumulation=accumulation)
    return dataclasses.replace(config, encoder=dataclasses.replace(config.encoder, width=0.5))


def rows_of(config: Config) -> np.ndarray:
    """Of the first step."""
    rows = np.random.default_rng(0).permutation(len(IMAGES))[: config.batch_size].astype(np.int32)
    rows = rows.reshape(config.steps_per_update, config.parts, -1)[0]
    return rows if config.parts > 1 else rows[0]


def compiled(config: Config) -> tuple[Any, Any]:
    """(state before the first step, compiled step)."""
    objective, optimizer = make_objective(config), make_optimizer(config, 10)
    state, step = make_state(config, objective, optimizer), make_train_step(config, objective, optimizer, 100)
    return state, jax.jit(step).lower(state, IMAGES, Batch(rows_of(config))).compile()


def error(accumulate: int) -> float:
    """Of the mean of micro-batch gradients, against the cached gradient."""
    config = recipe(128, accumulate)
    objective = make_objective(config)
    state = make_state(config, objective, make_optimizer(config, 10))

    def embed(params: Any, stats: Any, batch: Batch) -> Any:
        views = views_of(jax.numpy.asarray(IMAGES)[batch.rows], batch.rows, jax.random.key(0), config.augment)
        return objective.forward(params, stats, {}, views)

    grads = jax.jit(lambda rows: gradient(embed, objective.loss, state.params, state.stats, Batch(rows)).grads)
    flat = lambda tree: np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])  # noqa: E731
    exact = flat(grads(rows_of(config)))
    naive = np.mean([flat(grads(part)) for part in rows_of(config)], 0)
    return float(np.linalg.norm(naive - exact) / np.linalg.norm(exact))


def main() -> None:
    steps = {(n, kind): compiled(recipe(128, n, kind)) for n in (1, 2, 4) for kind in ("cached", "multisteps")}
    seconds: dict[Any, list[float]] = {key: [] for key in steps}
    for _ in range(_REPEATS + 1):  # the first warms up
        for (n, kind), (state, step) in steps.items():
            started = time.perf_counter()
            jax.block_until_ready(step(state, IMAGES, Batch(rows_of(recipe(128, n, kind)))))
            seconds[n, kind].append((time.perf_counter() - started) * (n if kind == "multisteps" else 1))
    print("| 128 sketches as | accumulation | error of the gradient | time, ratio to one pass | memory, MiB |")
    print("|---|---|--:|--:|--:|")
    for (n, kind), (_, step) in steps.items():
        if n == 1 and kind == "multisteps":
            continue
        ratio = np.array(seconds[n, kind][1:]) / np.array(seconds[1, "cached"][1:])
        off = f"{100 * error(n):.0f} %" if kind == "multisteps" else "0"
        memory = step.memory_analysis().temp_size_in_bytes / 2**20
        spread = f"{np.median(ratio):.2f} ({ratio.min():.2f} to {ratio.max():.2f})"
        print(f"| {n} x {128 // n} | {kind if n > 1 else 'none'} | {off} | {spread} | {memory:.1f} |")
    for batch in (32, 128, 512):
        memory = compiled(recipe(batch, batch // 32))[1].memory_analysis().temp_size_in_bytes / 2**20
        print(f"{batch} sketches in 32s, cached: {memory:.1f} MiB")


if __name__ == "__main__":
    main()
