"""The arithmetic of a run: what its config comes to on so many drawings and devices."""

import math
from statistics import NormalDist
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from sketchjax.config import Config
from sketchjax.data.feed import bytes_of
from sketchjax.health import gauge
from sketchjax.model.encoders import make_encoder
from sketchjax.objectives import make_objective

SPREAD = 0.2  # standard deviation of the cosine of unrelated unit vectors that use 25 directions: 1 / sqrt(25)


class Memory(NamedTuple):
    """Bytes on one device."""

    state: int  # parameters, statistics, target, the optimizer's moments and the gradients they are made of
    drawings: int
    activations: int  # about: what the backward pass needs again

    @property
    def total(self) -> int:
        return sum(self)

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {size / 2**20:.1f}" for name, size in self._asdict().items())
        return f"{self.total / 2**20:.0f} MiB ({parts})"


class Plan(NamedTuple):
    updates_per_epoch: int
    updates: int
    warmup: int  # updates
    stiffness: float  # one by the typical size of a weight: the root of its fan in
    moves: float  # by an update at the peak: of a typical weight, as a share of its size
    travel: float  # the sum of all updates' moves: half the peak's, through linear warmup and cosine
    scale: gauge.Scale
    negatives: int  # per anchor
    pulling: float  # the negatives that share an anchor's gradient
    normalised: int  # values from which the BatchNorm of a dense layer takes its statistics
    memory: Memory


def make_plan(config: Config, devices: int, drawings: int, streamed: bool = False) -> Plan:
    """Of a run over so many base drawings, on the device or streamed to it. Traces the network, computes nothing."""
    objective, size = make_objective(config), config.data.image_size
    views = jax.ShapeDtypeStruct((1, objective.views, size, size), jnp.float32)
    params, stats = jax.eval_shape(objective.init, jax.random.key(0), views)
    updates_per_epoch = drawings // config.batch_size
    updates = config.epochs * updates_per_epoch
    stiffness = _stiffness(params)
    moves = config.peak_lr * (stiffness if config.optim.name == "adamw" else _LARS)
    negatives = 2 * (config.batch_size // config.steps_per_update) - 2
    moments = (2 if config.optim.name == "adamw" else 1) + (config.steps_per_update > 1)
    state = (2 + moments) * _bytes(params) + _bytes(stats) + _bytes(jax.eval_shape(objective.target, params))
    sketches = config.micro_batch * objective.views
    resident = 0 if streamed else drawings * bytes_of(config)
    return Plan(
        updates_per_epoch,
        updates,
        round(config.optim.warmup_epochs * updates_per_epoch),
        stiffness,
        moves,
        moves * updates / 2,
        gauge.scale(config),
        negatives,
        pulling(negatives, config.method.temperature) if config.method.name == "simclr" else 0.0,
        sketches,
        Memory(state, resident, round(_KEPT * -(-sketches // devices) * _activations(config))),
    )


_KEPT = 1.7  # XLA CPU's temporary memory by the layers' outputs: 1.5 to 1.8 (conv4, resnet18; 28 to 96 px; jax 0.12)
_LARS = 0.001 / (1 - 0.9)  # optax.lars: its trust coefficient, which momentum sums up; times lr, a share of the weights


def _stiffness(params: Any) -> float:
    """The mean over weights of sqrt(fan in): Adam moves each by about lr an update, its size is 1 / sqrt(fan in)."""
    kernels = [leaf.shape for leaf in jax.tree.leaves(params) if leaf.ndim > 1]
    sizes = [math.prod(shape) for shape in kernels]
    return sum(n * math.sqrt(math.prod(shape[:-1])) for n, shape in zip(sizes, kernels, strict=True)) / sum(sizes)


def pulling(negatives: int, temperature: float) -> float:
    """How many negatives share an anchor's gradient: the perplexity of the softmax over cosines ~ N(0, SPREAD)."""
    normal = NormalDist(0.0, SPREAD / temperature)
    logits = [normal.inv_cdf((at + 0.5) / negatives) for at in range(negatives)]
    weights = [math.exp(logit - logits[-1]) for logit in logits]
    shares = [weight / math.fsum(weights) for weight in weights]
    return math.exp(-math.fsum(share * math.log(share) for share in shares if share > 0))


def _activations(config: Config) -> int:
    """Bytes that a view leaves in the encoder: what its convolutions and norms put out."""
    image = jax.ShapeDtypeStruct((1, config.data.image_size, config.data.image_size, 1), jnp.float32)
    train = lambda key, x: make_encoder(config).init_with_output(key, x, True, capture_intermediates=True)[1]  # noqa: E731
    return _of_layers(jax.eval_shape(train, jax.random.key(0), image)["intermediates"])


def _of_layers(outputs: Any) -> int:
    """A module that has modules puts out what one of them did: only the innermost count."""
    inside = [child for name, child in outputs.items() if name != "__call__"]
    return sum(map(_of_layers, inside)) if inside else _bytes(outputs)


def _bytes(tree: Any) -> int:
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


def arithmetic(config: Config, plan: Plan) -> list[str]:
    """What --preflight_only prints before the findings."""
    chance = f"{plan.scale.of} {plan.scale.chance:.3f} nats at chance, {plan.scale.floor:.3f} at its floor"
    start = {
        "simclr": f"about chance at the start: an untrained encoder finds all drawings alike; {chance}",
        "byol": f"loss about 4 at the start (predictions unrelated to targets), 0 at best; of its gauge, {chance}",
        "prototypical": chance,
    }
    lines = [
        f"{plan.updates} updates, {plan.updates_per_epoch} an epoch, {plan.warmup} of warmup; peak learning rate "
        f"{config.peak_lr:.4g}: an update moves a weight by {100 * plan.moves:.2g} % of its size, all by "
        f"{plan.travel:.3g} times its size at most",
        start[config.method.name],
        f"memory of a device: about {plan.memory}",
    ]
    if config.method.name == "simclr":
        lines.insert(1, f"{plan.negatives} negatives per anchor, of which about {plan.pulling:.0f} share its gradient")
    return lines
