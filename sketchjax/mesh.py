"""The devices of all processes as one axis, `data`. The only file that says Mesh, NamedSharding, PartitionSpec."""

import hashlib
import os
import platform
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from sketchjax import interrupt
from sketchjax.config import Failed, UserError

AXIS = "data"
_JOIN, _PATIENCE = 300, 30  # seconds: for the others to start; for one that has gone silent, or has yet to end


def keep_compiled() -> None:
    """Keeps what XLA compiles in the user's cache folder, for the next run: JAX's own cache, whose keys hold versions,
    flags and devices; on CPU we add the processor's features, for a home that machines share. Nothing is changed where
    JAX_COMPILATION_CACHE_DIR or JAX_ENABLE_COMPILATION_CACHE says otherwise; the folder may be removed at any time."""
    chosen = jax.config.values  # by name: as attributes, they are known to no type checker before jax 0.12
    if chosen["jax_compilation_cache_dir"] is not None or not chosen["jax_enable_compilation_cache"]:
        return
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "sketchjax"
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else [f"flags {platform.processor()}"]
    features = "".join(sorted({line for line in lines if line.lower().startswith(("flags", "features"))}))
    try:
        folder = cache / hashlib.sha256(features.encode()).hexdigest()[:8]
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that cannot be written: every run compiles
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


def make_mesh(devices: Sequence[Any] | None = None) -> Mesh:
    """All devices (or those given) in a row. Auto: the default, Explicit, refuses z @ z.T of a sharded z."""
    devices = jax.devices() if devices is None else devices
    return jax.make_mesh((len(devices),), (AXIS,), axis_types=(AxisType.Auto,), devices=devices)


def replicated(mesh: Mesh) -> NamedSharding:
    """Whole on every device."""
    return NamedSharding(mesh, PartitionSpec())


def replicate(mesh: Mesh, tree: Any) -> Any:
    """Puts every leaf, the same in all processes, whole on every device."""
    return jax.tree.map(lambda leaf: _put(leaf, replicated(mesh)), tree)


def split_rows(mesh: Mesh, rows: np.ndarray, axis: int = 0) -> jax.Array:
    """Puts an array, the same in all processes, on the devices, one of its axes split over them."""
    return _put(rows, NamedSharding(mesh, PartitionSpec(*[None] * axis, AXIS)))


def _put(array: Any, sharding: NamedSharding) -> jax.Array:
    if sharding.is_fully_addressable:
        return jax.device_put(array, sharding)
    array = np.asarray(array)  # device_put would compare it with everyone's first
    with jax.transfer_guard("allow"):
        return jax.make_array_from_callback(array.shape, sharding, array.__getitem__)


def own_rows(mesh: Mesh, count: int) -> slice:
    """Of so many rows split over the devices, this process's own."""
    spans = NamedSharding(mesh, PartitionSpec(AXIS)).addressable_devices_indices_map((count,)).values()
    ends = [span[0].indices(count) for span in spans if span]
    return slice(min(start for start, *_ in ends), max(stop for _, stop, _ in ends))


def from_processes(mesh: Mesh, own: np.ndarray, axis: int = 0) -> jax.Array:
    """The array whose rows along an axis are split over the devices, from every process's own_rows."""
    sharding = NamedSharding(mesh, PartitionSpec(*[None] * axis, AXIS))
    with jax.transfer_guard("allow"):  # it is asked for, whatever JAX calls it between processes
        return jax.make_array_from_process_local_data(sharding, own)


@contextmanager
def joined(several: bool) -> Iterator[None]:
    """Inside, this process is one of several that train together, as Slurm, a TPU pod, MPI, or JAX_COORDINATOR_ADDRESS,
    JAX_NUM_PROCESSES and JAX_PROCESS_ID say; the first one speaks for all. Where one fails or goes, none waits for it.

    Raises: UserError where nothing says so."""
    if not several:
        yield
        return
    numbers = {"num_processes": "JAX_NUM_PROCESSES", "process_id": "JAX_PROCESS_ID"}
    timeouts: Any = {"heartbeat_timeout_seconds": _PATIENCE, "shutdown_timeout_seconds": _PATIENCE}
    jax.config.update("jax_enable_preemption_service", False)  # it would take SIGTERM from interrupt
    try:
        given = {name: int(os.environ[variable]) for name, variable in numbers.items() if variable in os.environ}
        jax.distributed.initialize(**given, initialization_timeout=_JOIN, **timeouts)
    except (ValueError, RuntimeError) as error:
        raise UserError(f"--distributed: {str(error).splitlines()[0]}: see docs/devices.md") from error
    if not is_first():
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    try:
        yield
    except interrupt.Interrupted:
        raise
    except jax.errors.JaxRuntimeError as error:
        why = str(error).partition("\n")[0]
        if "RESOURCE_EXHAUSTED" in why:  # its own memory
            _leave(1, why)
        _leave(interrupt.EXIT, f"another process has gone: run the same command again ({why})")
    except (UserError, Failed) as error:
        _leave(2 if isinstance(error, UserError) else 1, str(error))
    except Exception:
        _leave(1, traceback.format_exc())


def _leave(code: int, why: str) -> NoReturn:
    """At once: an orderly exit would wait for the others, who wait for this process in a collective."""
    print(f"process {jax.process_index()}: {why}", file=sys.stderr, flush=True)
    os._exit(code)


def is_first() -> bool:
    """Whether this process is the one that writes and speaks."""
    return jax.process_index() == 0


def wait_for_all(what: str) -> None:
    """Until every process is here."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(what)


def least(number: float) -> float:
    """Of what every process has."""
    if jax.process_count() == 1:
        return number
    return float(np.min(multihost_utils.process_allgather(np.float32(number))))


class Asked:
    """Whether a signal has asked any process for an end. Between processes it is answered one call late, so that none
    waits for it, and alike in all."""

    def __init__(self, mesh: Mesh):
        self._mesh, self._before = mesh, None
        self._any = jax.jit(lambda asked: asked.any(), out_shardings=replicated(mesh))

    def __call__(self) -> bool:
        if jax.process_count() == 1:
            return interrupt.asked()
        own = np.full(jax.local_device_count(), interrupt.asked())
        before, self._before = self._before, self._any(from_processes(self._mesh, own))
        return before is not None and bool(jax.device_get(before))

    def check(self) -> None:
        """Raises: Interrupted where it has."""
        if self():
            raise interrupt.Interrupted
