"""How long a step of training takes, what it waits for, and how far it is from the limit of the device.

Times are of blocks of steps, about a second each: quartiles over the blocks. A block with one batch again and again
times the step alone; one with the run's own batches, in turn with it, what training does. The limit is measured, too:
the rate of a large matrix product and of a copy, and from XLA's count of operations and bytes the time that neither
lets a step fall below.
"""

import math
import re
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from sketchjax.config import Config
from sketchjax.data.augment import views_of
from sketchjax.data.batches import make_batches
from sketchjax.data.feed import Batch, Feed, make_feed
from sketchjax.data.record import Source
from sketchjax.mesh import make_mesh, replicate, replicated
from sketchjax.objectives import make_objective
from sketchjax.progress import watched
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state
from sketchjax.training.step import make_train_step

BLOCKS, _SECONDS = 9, 1.0
_SIDE, _COPY = 2048, 1 << 24  # of the matrices; numbers copied
_TALK = "all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute"
_COLLECTIVE = re.compile(rf" = (\(.*?\)|\S+) (?:{_TALK})(?:-start)?\(")
_SHAPE = re.compile(r"\b(pred|[a-z]+(\d+))\[([\d,]*)\]")
Found = dict[str, Any]


def measure(config: Config, source: Source, mesh: Mesh) -> Found:
    """Everything about the training step of a config on these devices. Seconds, bytes and operations of one device."""
    found, program, state, batch, feed, incoming = _compiled(config, source, mesh)
    (state, _), found["first_step_s"] = _timed(lambda: program(state, feed.resident, batch))
    found |= _blocks(lambda state, batch: program(state, feed.resident, batch)[0], state, batch, incoming)
    sketches = config.batch_size / config.steps_per_update
    found["sketches_per_second"] = [sketches / seconds for seconds in found["training_s"][::-1]]
    found["views_s"] = _views(config, feed, batch)
    found |= _limit(program, found["step_s"][1], config.dtype) | _memory(program)
    found |= dict(zip(("collectives", "collective_bytes"), collectives(program.as_text()), strict=True))
    for devices in (2**power for power in range(mesh.size.bit_length() - 1) if config.batch_size % 2**power == 0):
        found[f"step_s_on_{devices}"] = _on(devices, config, source)
    return found


def _compiled(config: Config, source: Source, mesh: Mesh) -> tuple[Found, Any, Any, Batch, Feed, Iterator[Batch]]:
    started = time.perf_counter()
    feed = make_feed(config, source, mesh)
    batches = make_batches(config, feed.labels)
    objective, optimizer = make_objective(config), make_optimizer(config, batches.updates_per_epoch)
    step: Any = make_train_step(config, objective, optimizer, config.epochs * batches.updates_per_epoch)
    step = jax.jit(step, donate_argnums=0, out_shardings=replicated(mesh))
    state = replicate(mesh, make_state(config, objective, optimizer))
    incoming = feed.batches(batches, 0, 1 << 30)
    batch, found = next(incoming), Found(start_s=time.perf_counter() - started)
    lowered, found["trace_s"] = _timed(lambda: step.lower(state, feed.resident, batch))
    program, found["compile_s"] = _timed(lowered.compile)
    return found, program, state, batch, feed, incoming


def _on(devices: int, config: Config, source: Source) -> list[float]:
    """Quartiles of a step's seconds on fewer devices."""
    _, program, state, batch, feed, incoming = _compiled(config, source, make_mesh(jax.devices()[:devices]))
    return _blocks(lambda state, batch: program(state, feed.resident, batch)[0], state, batch, incoming)["step_s"]


def _views(config: Config, feed: Feed, batch: Batch) -> list[float]:
    """Quartiles of the seconds that a step's augmented views take by themselves."""
    count = make_objective(config).views

    @jax.jit
    def program(resident: Any, batch: Batch) -> jax.Array:
        rows = batch.rows.reshape(-1)
        if batch.pages is None:
            pages = jax.tree.map(lambda x: x[rows], resident)
        else:
            pages = jax.tree.map(lambda x: x.reshape(-1, *x.shape[batch.rows.ndim :]), batch.pages)
        return views_of(pages, rows, jax.random.key(config.seed), config.augment, count)

    _timed(lambda: program(feed.resident, batch))
    seconds = [_timed(lambda: program(feed.resident, batch))[1] for _ in range(BLOCKS)]
    return np.percentile(seconds, [25, 50, 75]).tolist()


def _timed(function: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    done = jax.block_until_ready(function())
    return done, time.perf_counter() - started


def _blocks(step: Callable[[Any, Batch], Any], state: Any, batch: Batch, incoming: Iterator[Batch]) -> Found:
    """Quartiles of seconds a step, alone and with its input, and of the share of these that it waits for its input."""
    state, seconds = _timed(lambda: step(state, batch))
    steps, alone, training, waits = max(1, round(_SECONDS / seconds)), [], [], []
    for _ in watched(range(BLOCKS), "timing steps", BLOCKS):
        started = time.perf_counter()
        for _ in range(steps):
            state = step(state, batch)
        jax.block_until_ready(state)
        middle, waited = time.perf_counter(), 0.0
        for _ in range(steps):
            asked = time.perf_counter()
            ahead = next(incoming)
            waited += time.perf_counter() - asked
            state = step(state, ahead)
        jax.block_until_ready(state)
        ended = time.perf_counter()
        alone.append((middle - started) / steps)
        training.append((ended - middle) / steps)
        waits.append(waited / (ended - middle))
    quartiles = {"step_s": alone, "training_s": training, "input_wait": waits}
    return {name: np.percentile(values, [25, 50, 75]).tolist() for name, values in quartiles.items()}


def _limit(compiled: Any, seconds: float, dtype: str) -> Found:
    """The least time that the device's measured rates allow for XLA's count, and the share of the step that it is."""
    cost = compiled.cost_analysis()
    square, line = jnp.ones((_SIDE, _SIDE), dtype), jnp.ones(_COPY, jnp.float32)
    product, copy = jax.jit(lambda x: x @ x / _SIDE, donate_argnums=0), jax.jit(lambda x: x + 1, donate_argnums=0)
    rates = 2 * _SIDE**3 / _best(product, square), 2 * 4 * _COPY / _best(copy, line)
    flops, moved = float(cost["flops"]), float(cost["bytes accessed"])
    least = max(flops / rates[0], moved / rates[1])
    return {
        "flops": flops,
        "bytes": moved,
        "device_flops_per_second": rates[0],
        "device_bytes_per_second": rates[1],
        "share_of_peak": flops / seconds / rates[0],
        "share_of_roofline": least / seconds,
    }


def collectives(program: str) -> tuple[int, int]:
    """How often the devices talk in a program (XLA's text), and the bytes that each is left with."""
    told = _COLLECTIVE.findall(program)
    shapes = [shape for found in told for shape in _SHAPE.findall(found)]
    sizes = [math.prod(int(side) for side in sides.split(",") if side) for _, _, sides in shapes]
    return len(told), sum(size * int(bits or 8) // 8 for (_, bits, _), size in zip(shapes, sizes, strict=True))


def trace(config: Config, source: Source, mesh: Mesh, folder: str, steps: int = 3) -> None:
    """Writes what the host and the devices do in some steps of training, their input included, for Perfetto,
    TensorBoard and XProf."""
    _, program, state, batch, feed, incoming = _compiled(config, source, mesh)
    state = jax.block_until_ready(program(state, feed.resident, batch)[0])
    with jax.profiler.trace(folder, create_perfetto_trace=True):
        for step in range(steps):
            with jax.profiler.StepTraceAnnotation("step", step_num=step):
                state = program(state, feed.resident, next(incoming))[0]
        jax.block_until_ready(state)


def _best(function: Callable[[jax.Array], jax.Array], x: jax.Array) -> float:
    seconds = []
    for _ in range(6):
        x, last = _timed(lambda x=x: function(x))
        seconds.append(last)
    return min(seconds)


def _memory(compiled: Any) -> Found:
    """Of the step by XLA's plan; of the device and of this process at their peaks."""
    plan = compiled.memory_analysis()
    step = plan.argument_size_in_bytes + plan.output_size_in_bytes - plan.alias_size_in_bytes + plan.temp_size_in_bytes
    device = (jax.local_devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    process = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"step_bytes": step, "device_peak_bytes": device, "process_peak_bytes": process}
