"""What every objective is made of."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jaxtyping import Array, Float

Metrics = dict[str, jax.Array]


class Variables(NamedTuple):
    """What a network holds: trained parameters and BatchNorm's running statistics, each by module ("encoder", ...)."""

    params: Any
    stats: Any


class Outputs(NamedTuple):
    """What a network says of a batch of sketches, each in several views."""

    h: Float[Array, "sketches views features"]  # representation: what few-shot uses
    z: Float[Array, "sketches views projection"]  # projection: what the loss uses


class Objective(NamedTuple):
    """Three pure functions. The loss knows embeddings only, so that it can be differentiated by them alone."""

    init: Callable[[jax.Array, Float[Array, "sketches views height width"]], Variables]  # (key, views)
    forward: Callable[[Any, Any, Float[Array, "sketches views height width"]], tuple[Outputs, Any]]  # -> outputs, stats
    loss: Callable[[Outputs], tuple[Float[Array, ""], Metrics]]
