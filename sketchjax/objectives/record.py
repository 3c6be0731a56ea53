"""What every objective is made of."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jaxtyping import Array, Float

from sketchjax.model.heads import Outputs

Metrics = dict[str, jax.Array]


def no_target(params: Any) -> Any:
    """Of a method that has none."""
    return {}


def stay(target: Any, params: Any, progress: Float[Array, ""]) -> Any:
    """Of a target that does not move."""
    return target


class Objective(NamedTuple):
    """Pure functions. The loss knows embeddings only, so that it can be differentiated by them alone."""

    views: int  # of each sketch
    init: Callable[[jax.Array, Float[Array, "sketches views height width"]], tuple[Any, Any]]  # -> params, stats
    forward: Callable[[Any, Any, Any, Float[Array, "sketches views height width"]], tuple[Outputs, Any]]
    """(params, stats, target, views) -> outputs, moved stats"""
    loss: Callable[[Outputs], tuple[Float[Array, ""], Metrics]]
    metrics: tuple[str, ...] = ()  # the names of what the loss says beside its value
    target: Callable[[Any], Any] = no_target  # params -> the network that learns by following, at the start
    after_update: Callable[[Any, Any, Float[Array, ""]], Any] = stay
    """(target, params, share of the run's updates that are made) -> target: once per update of the optimizer"""
