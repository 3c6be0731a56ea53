"""What a config must be before anything is read or compiled: every problem at once, each with its cure."""

import math
from collections.abc import Iterator

from sketchjax.config import (
    ACCUMULATIONS,
    DISTANCES,
    DTYPES,
    ENCODERS,
    LOGGERS,
    LR_SCALINGS,
    METHODS,
    OPTIMIZERS,
    PREFLIGHTS,
    REPRESENTATIONS,
    SOURCES,
    STEMS,
    STREAMS,
    STROKES,
    VERDICTS,
    Config,
    UserError,
    nearest,
)
from sketchjax.fields import leaves

_OF_STROKES = tuple(
    f"augment.{name}"
    for name in ("smooth", "jitter", "cut_ends", "drop_strokes", "unfinished", "pen_width", "pen_vary")
)


def check(config: Config, devices: int) -> None:
    """Raises UserError with one line for every field that cannot be, each with its cure."""
    problems = [*_choices(config), *_ranges(config)]
    if not problems:
        problems += _divisible(config, devices)
    if problems:
        raise UserError("\n".join(problems))


def _divisible(config: Config, devices: int) -> Iterator[str]:
    """A micro-batch is shared by the devices and, of episodes, holds whole ones."""
    method, unit, says = config.method, devices, f"{devices} devices"
    if method.name == "prototypical":
        unit = math.lcm(devices, method.way * (method.shot + method.query))
        says = f"episodes of {method.way} x ({method.shot} + {method.query}) sketches, {says}"
    unit *= config.accumulate
    if config.batch_size % unit:
        yield (
            f"batch_size={config.batch_size} is not divisible by {says} x accumulate={config.accumulate}: "
            f"use batch_size={max(1, round(config.batch_size / unit)) * unit}"
        )


def _choices(config: Config) -> Iterator[str]:
    fields = dict(leaves(config))
    known = {
        "data.source": SOURCES,
        "data.stream": STREAMS,
        "encoder.name": ENCODERS,
        "encoder.stem": STEMS,
        "method.name": METHODS,
        "method.distance": DISTANCES,
        "evaluate.distance": DISTANCES,
        "evaluate.representation": REPRESENTATIONS,
        "accumulation": ACCUMULATIONS,
        "optim.name": OPTIMIZERS,
        "optim.lr_scaling": LR_SCALINGS,
        "dtype": DTYPES,
        "logger": LOGGERS,
        "health.preflight": PREFLIGHTS,
        "health.verdict": VERDICTS,
    }
    for name, options in known.items():
        if fields[name] not in options:
            yield f"{name}={fields[name]!r} is unknown{nearest(fields[name], options)}: use one of {', '.join(options)}"
    if config.data.source != "doodles" and not config.data.root:
        yield f"data.source={config.data.source} reads files: say where with --config.data.root=DIR"
    if config.data.strokes and config.data.source not in STROKES:
        yield f"data.strokes=True: {config.data.source} keeps no strokes: leave it off, or use {' or '.join(STROKES)}"
    for name in () if config.data.strokes else _OF_STROKES:
        if fields[name]:
            yield f"{name}={fields[name]} moves pen strokes: use 0, or train from strokes: --config.data.strokes=True"
    if config.method.name == "prototypical" and config.method.distance == "cosine" and not config.evaluate.normalise:
        yield "method.distance=cosine trains unit vectors: judge them so, with --config.evaluate.normalise=True"
    if config.method.name == "prototypical" and config.evaluate.representation == "projector":
        yield "evaluate.representation=projector: prototypical training has no projector: use encoder"
    if config.accumulate > 1 and config.accumulation == "none":
        yield (
            f"accumulate={config.accumulate} does not go with accumulation=none: use accumulate=1, or "
            "accumulation=cached (the exact large batch) or multisteps (the mean of micro-batch gradients)"
        )


def _ranges(config: Config) -> Iterator[str]:
    fields = dict(leaves(config))
    at_least = {
        **dict.fromkeys(("epochs", "batch_size", "accumulate", "log_every_updates", "checkpoint.every_epochs"), 1),
        **dict.fromkeys(("method.hidden_features", "method.projection_features", "evaluate.query"), 1),
        **dict.fromkeys(("method.shot", "method.query"), 1),
        **dict.fromkeys(("seed", "evaluate.seed", "optim.weight_decay", "optim.warmup_epochs", "optim.clip_norm"), 0),
        **{name: 0 for name in fields if name.startswith("augment.")},
        "method.tau": 0,
        "method.way": 2,
        "method.block": 0,
        "evaluate.episodes": 2,
        "evaluate.whiten": 0,
        "data.max_skipped": 0,
        "data.image_size": 16,
        "data.per_class": 0,
        "data.judged_per_class": 0,
    }
    for name, low in at_least.items():
        if not fields[name] >= low:  # also refuses nan
            yield f"{name}={fields[name]} must be at least {low}"
    for name in ("optim.lr", "method.temperature", "encoder.width"):
        if not 0 < fields[name] < float("inf"):
            yield f"{name}={fields[name]} must be greater than 0 and finite"
    shares = [f"augment.{name}" for name in ("flip", "upside_down", "scale", "crop", "patch_size", "intensity")]
    of_strokes = [name for name in _OF_STROKES if name != "augment.jitter"]
    for name in (*shares, *of_strokes, "augment.stroke_dropout", "method.tau", "data.max_skipped", "evaluate.whiten"):
        if not fields[name] <= 1:
            yield f"{name}={fields[name]} is a share or probability: at most 1"
    for name, low in (("evaluate.way", 2), ("evaluate.shot", 1)):
        if not fields[name] or not all(isinstance(n, int) and n >= low for n in fields[name]):
            yield f"{name}={fields[name]} must be whole numbers of at least {low}, such as 5 or 5,20"
