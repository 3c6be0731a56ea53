"""Why a run fails, the most likely first, each with what to change."""

from sketchjax.config import Config

_LOOK = "python -m sketchjax.data.inspect --config=... --out=views.png"
_VIEWS = f"the views show no drawing, or not the same one: look at them with {_LOOK} and weaken --config.augment"
_STRONGER = "too weak an augmentation: raise --config.augment.crop, rotate, elastic, patches"
_YOURS = "check your own changes"
_POLARITY = f"drawings or views of both polarities, or that show no drawing: {_LOOK}"
_WARMUP = "no warmup: try --config.optim.warmup_epochs=1, or --config.optim.clip_norm=1"


def of(name: str, config: Config) -> tuple[str, ...]:
    """The causes of a verdict, by its name."""
    lower = f"the learning rate is too high: try --config.optim.lr={config.optim.lr / 10:g}"
    higher = f"the learning rate is too low: try --config.optim.lr={config.optim.lr * 10:g}"
    faster = "--config.method.tau=0.99"
    found = {
        "at_chance": (
            _VIEWS,
            f"pairs are not of one drawing: the source's images, its labels, the loss: {_YOURS}",
            lower,
        ),
        "collapsed": (_VIEWS, *_followed(config), lower, _decayed(config)),
        "low_rank": (
            _POLARITY,
            f"too narrow a projection ({config.method.projection_features} features): try 128",
            lower,
        ),
        "diverging": (lower, _WARMUP, f"a loss of the wrong sign: {_YOURS}"),
        "non_finite": (
            lower,
            "drawings that are not finite once augmented: check --config.augment and the source",
            *_overflows(config),
        ),
        "no_gradient": (
            "activations that are never above zero: look at the initial values and the learning rate",
            f"a part that is cut off (stop_gradient) or left out of the parameters: {_YOURS}",
            _VIEWS,
        ),
        "target_frozen": (f"the target does not follow (method.tau={config.method.tau:g}): try {faster}", _YOURS),
        "shortcut": (f"the views give the drawing away by something else than its shape: {_LOOK}", _STRONGER),
        "overfitted": (
            "too few drawings for so many epochs (the best checkpoint stays): fewer --config.epochs, more data",
            _STRONGER,
        ),
        "slow": (higher, "too short a run: more --config.epochs"),
    }
    return found.get(name, ())


def _followed(config: Config) -> tuple[str, ...]:
    if config.method.name != "byol":
        return ()
    return (
        f"the target has a gradient, or no predictor learns before it: {_YOURS}",
        "the target follows too fast: try --config.method.tau=0.99",
    )


def _decayed(config: Config) -> str:
    return f"weight decay pulls all to one point (optim.weight_decay={config.optim.weight_decay:g}): try 1e-4"


def _overflows(config: Config) -> tuple[str, ...]:
    """Where the arithmetic is narrower, or the temperature lower, than usual."""
    if config.dtype == "float32" and (config.method.name != "simclr" or config.method.temperature >= 0.07):
        return ()
    return (f"overflow (dtype={config.dtype}, temperature={config.method.temperature:g}): try float32 and 0.07",)
