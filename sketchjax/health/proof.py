"""The one-minute proof, on real views: the loss is its paper's, gradients get everywhere, one batch can be learned."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from sketchjax.config import Config
from sketchjax.health import gauge, oracle
from sketchjax.health.preflight import ERROR, Finding
from sketchjax.model.heads import Outputs
from sketchjax.objectives import Objective
from sketchjax.progress import watched

_SKETCHES = 32  # of the small batch; episodes have their own number
UPDATES = 60  # of the proof that one batch can be learned, at most
Step = Callable[[Any, int], tuple[Any, dict[str, Any]]]  # (state, step of the update) -> state, report


class _Pass(NamedTuple):
    """A forward and a backward pass."""

    outputs: Outputs
    stats: Any  # moved
    numbers: dict[str, float]  # the loss and what it says beside its value
    grads: Any  # by the parameters
    to_target: Any  # by the target's parameters


def findings(
    config: Config, objective: Objective, state: Any, views: Float[np.ndarray, "n views size size"]
) -> list[Finding]:
    """About a state before training, from one pass through the network on the first of these views.

    state: has params, stats and target."""
    method = config.method
    few = method.way * (method.shot + method.query) if method.name == "prototypical" else _SKETCHES
    first = jnp.asarray(views[:few])

    def loss_of(params: Any, target: Any) -> tuple[jax.Array, tuple[Outputs, Any, Any]]:
        outputs, moved = objective.forward(params, state.stats, target, first)
        loss, metrics = objective.loss(outputs)
        return loss, (outputs, moved, {"loss": loss, **metrics})

    both = jax.value_and_grad(loss_of, (0, 1), has_aux=True)
    both = jax.jit(both, compiler_options={"xla_backend_optimization_level": 0})  # it runs twice

    def run(target: Any) -> _Pass:
        (_, (outputs, moved, numbers)), grads = jax.device_get(both(state.params, target))
        return _Pass(outputs, moved, {name: float(x) for name, x in numbers.items()}, *grads)

    seen = run(state.target)
    found = [*_loss(config, seen), *_reach(seen), *_apart(config, seen), *_statistics(state.stats, seen)]
    if state.target:
        found += _target(objective, state, seen, run(jax.tree.map(_elsewhere, state.target)))
    return found


def _loss(config: Config, seen: _Pass) -> Iterator[Finding]:
    """Float32 knows a logit to about 1e-5 of the largest: 1/temperature, or the longest squared distance."""
    largest = 1 / gauge.temperature(config)
    if config.method.name == "prototypical" and config.method.distance == "euclidean":
        largest = 4 * float(np.square(seen.outputs.h).sum(-1).max())
    for name, expected in oracle.losses(config, seen.outputs).items():
        found = seen.numbers[name]
        if not abs(found - expected) < 1e-4 + 1e-5 * largest:
            reason = f"NumPy in float64 finds {expected:.6g} for the same embeddings"
            cure = f"sketchjax/objectives/{config.method.name}.py no longer says what its paper does"
            yield Finding(ERROR, f"{name} of the first drawings = {found:.6g}", reason, cure)


def _reach(seen: _Pass) -> Iterator[Finding]:
    """Of kernels: a bias before a norm has no gradient by right."""
    norms = {
        jax.tree_util.keystr(path, simple=True, separator="."): float(np.linalg.norm(leaf))
        for path, leaf in jax.tree_util.tree_leaves_with_path(seen.grads)
        if leaf.ndim > 1
    }
    most = max(norms.values())
    if wrong := [name for name, norm in norms.items() if not math.isfinite(norm)]:
        yield _layers("not finite", wrong, norms, "look for a division by zero there, or a rate far too high before")
    if still := [name for name, norm in norms.items() if norm <= 1e-7 * most]:
        yield _layers("zero", still, norms, "look for dead ReLUs, weights that start at zero, a stop_gradient")


def _layers(kind: str, names: list[str], norms: dict[str, float], cure: str) -> Finding:
    several = f"{', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"
    reason = f"{len(names)} of {len(norms)} layers cannot learn ({several})"
    return Finding(ERROR, f"the loss's gradient is {kind}", reason, cure)


def _apart(config: Config, seen: _Pass) -> Iterator[Finding]:
    """Unit vectors e apart have a cosine of 1 - e^2 / 2: below e = 0.001 float32 cannot tell it from 1."""
    outputs = {"simclr": seen.outputs.z, "byol": seen.outputs.p, "prototypical": seen.outputs.h}
    x = np.asarray(outputs[config.method.name], np.float64)
    unit = x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-6)
    if (apart := float(np.ptp(unit, axis=(0, 1)).max())) < 1e-3:
        reason = f"unit embeddings of {len(x)} drawings differ by {apart:.1g} at most: the loss is chance"
        yield Finding(ERROR, "all drawings look alike", reason, "look for dead ReLUs, weights that start at zero")


def _statistics(before: Any, seen: _Pass) -> Iterator[Finding]:
    pairs = zip(jax.tree.leaves(before), jax.tree.leaves(seen.stats), strict=True)
    if all(np.array_equal(b, a) for b, a in pairs):
        reason = "its running statistics stay as they are in a training pass"
        yield Finding(ERROR, "BatchNorm", reason, "call the network with train=True: batches normalise themselves")


def _target(objective: Objective, state: Any, seen: _Pass, other: _Pass) -> Iterator[Finding]:
    """other: the pass with another target, of which the target's projection must tell, and nothing else."""
    cure = "sketchjax/objectives/byol.py: the target has a stop_gradient and parameters of its own"
    if any(np.any(leaf) for leaf in jax.tree.leaves(seen.to_target)):
        yield Finding(ERROR, "the target", "the loss's gradient reaches it, and must not", cure)
    if np.allclose(np.asarray(seen.outputs.target), np.asarray(other.outputs.target), atol=1e-4):
        yield Finding(ERROR, "the target", "its projection does not depend on its parameters", cure)
    followed = jax.tree.map(_elsewhere, state.params)
    moved = objective.after_update(state.target, followed, jnp.zeros(()))
    if not _nearer(moved, state.target, {name: followed[name] for name in state.target}):
        yield Finding(ERROR, "the target", "an update does not take it towards the network", "--config.method.tau=0.95")


def _elsewhere(leaf: jax.Array) -> jax.Array:
    return leaf + 0.1 * jnp.sin(jnp.arange(leaf.size, dtype=leaf.dtype)).reshape(leaf.shape)


def _nearer(moved: Any, before: Any, followed: Any) -> bool:
    def distance(tree: Any) -> float:
        parts = jax.tree.map(lambda a, b: float(jnp.abs(a - b).sum()), tree, followed)
        return math.fsum(jax.tree.leaves(parts))

    return distance(moved) < distance(before)


def overfit(config: Config, step: Step, state: Any) -> tuple[list[Finding], str]:
    """Whether the compiled step learns one batch by heart: the same drawings in the same views; and how far it came.

    To be learned is one bit an anchor (InfoNCE: information is at least chance - loss, van den Oord et al. 2018), or
    half of what is left where that is less. What is donated to the step is a copy."""
    scale, reached = gauge.scale(config), []
    if scale.chance <= scale.floor:  # without negatives, of which preflight has told
        return [], "no loss to learn one batch by"
    bit, steps = 100 * math.log(2) / (scale.chance - scale.floor), config.steps_per_update
    state, goal = jax.tree.map(jnp.copy, state), math.inf
    for _ in watched(range(UPDATES), "learning one batch", UPDATES):
        report: dict[str, Any] = {}
        for at in range(steps):
            state, report = step(state._replace(step=state.step * 0 + at), at)  # views depend on the update
        reached.append(scale.gauge({scale.of: float(report[scale.of])}))
        start = max(reached[0], 0.0)
        goal = start + min(bit, (100 - start) / 2)
        if not math.isfinite(reached[-1]) or reached[-1] > goal:
            break
    said = f"the same batch over and over: gauge {reached[0]:.1f} % -> {reached[-1]:.1f} % in {len(reached)} updates"
    if reached[-1] > goal:
        return [], said
    reason = f"gauge {reached[0]:.1f} % -> {reached[-1]:.1f} % in {len(reached)} updates on the same views, where "
    reason += f"{goal:.1f} % is one bit an anchor, or half of the way left"
    cure = "see the other findings; then --config.optim.lr, ten times higher and lower"
    return [Finding(ERROR, "one batch is not learned", reason, cure)], said
