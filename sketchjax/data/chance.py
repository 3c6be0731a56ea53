"""The randomness of a view: one vector of uniform numbers from one key, cut by name.

Each operation finds its own numbers whether or not the others are on, and the random generator is compiled once."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key


def numbers(key: Key[Array, ""], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, jax.Array]:
    """Uniform numbers of 0 to 1, an array of each shape. New shapes belong at the end: the others keep theirs."""
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    parts = jnp.split(jax.random.uniform(key, (sum(sizes),)), np.cumsum(sizes)[:-1].tolist())
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}
