"""The devices as one axis, `data`. The only file that says Mesh, NamedSharding, PartitionSpec."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

AXIS = "data"


def make_mesh(devices: Sequence[Any] | None = None) -> Mesh:
    """All devices (or those given) in a row. Auto: the default, Explicit, refuses z @ z.T of a sharded z."""
    devices = jax.devices() if devices is None else devices
    return jax.make_mesh((len(devices),), (AXIS,), axis_types=(AxisType.Auto,), devices=devices)


def replicated(mesh: Mesh) -> NamedSharding:
    """Whole on every device."""
    return NamedSharding(mesh, PartitionSpec())


def replicate(mesh: Mesh, tree: Any) -> Any:
    """Puts every leaf whole on every device."""
    return jax.device_put(tree, replicated(mesh))


def split_rows(mesh: Mesh, rows: np.ndarray, axis: int = 0) -> jax.Array:
    """Puts an array on the devices, one of its axes split over them."""
    return jax.device_put(rows, NamedSharding(mesh, PartitionSpec(*[None] * axis, AXIS)))
