"""What watching costs: python launch/monitor.py  (3 minutes on two cores)

SimCLR on doodles by the default recipe. The time of a step that reports everything against one that reports only its
loss (paired runs, in alternating order), and the time of a logged line (embeddings measured, judged) as a share of the
steps between two lines.
"""

import time
from typing import Any
from unittest import mock

import jax
import numpy as np

from sketchjax import flags
from sketchjax.data import doodles
from sketchjax.data.feed import Batch
from sketchjax.health import monitor, verdict
from sketchjax.objectives import make_objective
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state
from sketchjax.training.step import make_train_step

_PAIRS, _STEPS = 9, 12


def compiled(config: Any, images: np.ndarray, rows: Batch) -> tuple[Any, Any]:
    objective, optimizer = make_objective(config), make_optimizer(config, 10)
    state = make_state(config, objective, optimizer)
    step = make_train_step(config, objective, optimizer, 100)
    return state, jax.jit(step).lower(state, images, rows).compile()


def seconds(state: Any, step: Any, images: np.ndarray, rows: Batch) -> float:
    """Of a step, the mean of several in a row."""
    started = time.perf_counter()
    for _ in range(_STEPS):
        state, report = step(state, images, rows)
    jax.block_until_ready(report)
    return (time.perf_counter() - started) / _STEPS


def main() -> None:
    config, _ = flags.parse(["--config=configs/simclr.py"], "")
    images = jax.device_put(doodles.draw_classes(doodles.NAMES[::8], config.data.image_size))
    rows = Batch(jax.device_put(np.arange(config.batch_size, dtype=np.int32)))
    state, watched = compiled(config, images, rows)
    with mock.patch.object(monitor, "watch", lambda *arguments: {}):
        _, plain = compiled(config, images, rows)
    times = {True: [], False: []}
    for pair in range(_PAIRS):
        for which in (True, False) if pair % 2 else (False, True):
            times[which].append(seconds(state, watched if which else plain, images, rows))
    ratios = np.array(times[True]) / np.array(times[False])
    low, high = np.percentile(ratios, [25, 75])
    print(f"a watched step, ratio: median {np.median(ratios):.3f}, quartiles {low:.3f} to {high:.3f} ({_PAIRS} pairs)")

    measure = jax.jit(lambda sample: monitor.measure(sample, config))
    sample = watched(state, images, rows)[1]["sample"]
    line = {name: value.item() for name, value in jax.device_get(measure(sample)).items()}
    line |= {"step": 1, "update": 1, "progress": 0.1, "travel": 1.0, "gauge": 50.0, "loss": 1.0, "learning_rate": 0.1}
    lines, costs = [line | {"skipped": 0, "grad_norms": {"encoder.Conv_0": 1.0}}] * 1000, []
    for _ in range(_PAIRS):
        started = time.perf_counter()
        jax.device_get(measure(sample))
        verdict.wants_probe(config, lines)
        verdict.judge(config, lines)
        costs.append(time.perf_counter() - started)
    share = np.median(costs) / (config.log_every_updates * np.median(times[False]))
    print(f"a logged line: {1000 * np.median(costs):.1f} ms, {100 * share:.2f} % of {config.log_every_updates} steps")


if __name__ == "__main__":
    main()
