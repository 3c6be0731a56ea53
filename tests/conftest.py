"""Strict JAX on 8 emulated devices, and a small folder of real drawings for runs in processes of their own."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image

# Level 1 compiles twice as fast and computes as fast (stack.md, section 10). So does, in two thirds of that (a step of
# SimCLR at 16 px: 9.2 s, not 14.6), what JAX 0.10 has beside its emitters of fusions, of a program in one piece: of
# several, level 0 (preflight's proof) finds wrong gradients without them, which test_encoders would see. The commands
# of README and docs run with the emitters, and all tests do where JAX has nothing else (0.12 knows no such flag).
FAST = "--xla_backend_optimization_level=1"
if version("jaxlib").startswith("0.10."):
    FAST += " --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {FAST}"

cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
if os.environ.get("PYTEST_XDIST_WORKER_COUNT") == str(len(cores)):
    # A core for each: XLA's threads of two processes on two cores wait for each other (4 and 11 % in two comparisons).
    worker = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))  # one that takes a dead one's place counts on
    os.sched_setaffinity(0, {cores[worker % len(cores)]})
jax.config.update("jax_num_cpu_devices", 8)
# Many tests run the same small step: what one compiles is there for the others, of both workers and in processes of
# their own, and where .ci/run names a folder, for its next session. JAX locks what it touches of a bounded folder.
if "SKETCHJAX_COMPILED" not in os.environ:  # workers have it from here
    os.environ["SKETCHJAX_COMPILED"] = tempfile.mkdtemp(prefix="sketchjax-")
    atexit.register(shutil.rmtree, os.environ["SKETCHJAX_COMPILED"], ignore_errors=True)
CACHE = {
    "JAX_COMPILATION_CACHE_DIR": os.environ["SKETCHJAX_COMPILED"],
    "JAX_COMPILATION_CACHE_MAX_SIZE": 2**31,
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": 0.1,
}
for name, value in CACHE.items():
    os.environ[name] = str(value)
    jax.config.update(name.lower(), value)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first: else a worker ends with it while the other waits."""
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


@pytest.fixture
def one_device():
    """A mesh of one device."""
    from sketchjax.mesh import make_mesh

    return make_mesh(jax.devices()[:1])


@pytest.fixture
def mesh():
    """All 8 devices."""
    from sketchjax.mesh import make_mesh

    return make_mesh()


@pytest.fixture
def config():
    """A small run: 16 px, 8 channels, batch 16."""
    from sketchjax.config import Config

    config = Config(epochs=2, batch_size=16, log_every_updates=1)
    config.data.image_size, config.encoder.width, config.method.hidden_features = 16, 1 / 8, 16
    config.evaluate.way, config.evaluate.shot, config.evaluate.query, config.evaluate.episodes = (5,), (1,), 5, 50
    config.checkpoint.every_epochs = 1
    return config


WALL_CLOCK = ("sketches_per_second", "input_wait")  # all else that is logged is the same in every run
METHODS = ("simclr", "byol", "prototypical")
SLOWLY = [pytest.param(name, marks=[] if name == "simclr" else pytest.mark.slow) for name in METHODS]  # the first now


def as_method(config, method: str):
    """The small config for a method; an episode is 4 classes x (1 + 3) drawings."""
    config.method.name, config.method.way, config.method.shot, config.method.query = method, 4, 1, 3
    return config


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """root/<class>/<image> with 24 classes of 12 doodles and a splits.json of 12 / 6 / 6."""
    from sketchjax.data import doodles, strokes

    root = tmp_path_factory.mktemp("drawings")
    names = doodles.NAMES[:24]
    for name in names:
        (root / name).mkdir()
        for index, image in enumerate(strokes.draw([doodles.drawing(name, i) for i in range(12)], 32)):
            Image.fromarray(255 - image).save(root / name / f"{index}.png")
    split = {"base": names[:12], "validation": names[12:18], "novel": names[18:]}
    (root / "splits.json").write_text(json.dumps(split))
    return root


@pytest.fixture
def small_source(folder):
    """The folder above as an opened source of 16 px."""
    from sketchjax.config import Data
    from sketchjax.data.sources import open_source

    return open_source(Data("folder", str(folder), 16))


@pytest.fixture(scope="session")
def command(folder):
    """Starts main on the folder above in a process of its own: command(workdir, *flags, recipe="simclr")."""

    def start(
        workdir: Path,
        *flags: str,
        recipe: str = "simclr",
        devices: int = 1,
        python: tuple[str, ...] = ("-m", "sketchjax.main"),
        bare: bool = True,  # without scikit-learn, as where its extra is not installed: no map, and 3 s less
    ) -> subprocess.Popen:
        fast = f"{FAST} --xla_force_host_platform_device_count={devices}"
        small = {
            "workdir": workdir,
            "data.root": folder,
            "data.image_size": 16,
            "epochs": 4,
            "batch_size": 16,
            "log_every_updates": 1,
            "encoder.width": 0.125,
            "method.hidden_features": 16,
            "evaluate.way": 5,
            "evaluate.shot": 1,
            "evaluate.query": 5,
            "evaluate.episodes": 50,
            "checkpoint.every_epochs": 1,
        }
        settings = [f"--config.{name}={value}" for name, value in small.items()]
        arguments = [sys.executable, *python, f"--config=configs/{recipe}.py:folder", *settings, *flags]
        return subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=os.environ | {"XLA_FLAGS": fast} | ({"PYTHONPATH": str(ROOT / "tests" / "without")} if bare else {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


@pytest.fixture(scope="session")
def trained_workdir(command, tmp_path_factory) -> Path:
    """A finished run of one epoch."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    run = command(folder, "--config.epochs=1", bare=False)
    shown = run.communicate()[0]
    assert run.returncode == 0, shown
    return folder


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """64 doodles of 16 px: 8 of each of 8 classes, one class after the other."""
    from sketchjax.data import doodles, strokes

    return strokes.draw([doodles.drawing(name, index) for name in doodles.NAMES[:8] for index in range(8)], 16)


@pytest.fixture
def compilations():
    """A list that grows by one with every program XLA compiles."""
    found: list[str] = []

    def listen(event: str, _: float, **__: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            found.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield found
    jax.monitoring.unregister_event_duration_listener(listen)


def needs(source: str) -> pytest.MarkDecorator:
    """Skips where the real data of ../shared/data are absent."""
    return pytest.mark.skipif(not (SHARED / source).exists(), reason=f"no {SHARED / source}")
