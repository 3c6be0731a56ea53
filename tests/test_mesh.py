"""What is compiled is kept for the next run, where the user lets us."""

import os
import subprocess
import sys

import jax
import pytest

from sketchjax.mesh import keep_compiled
from tests.conftest import ROOT


@pytest.fixture
def unset():
    """JAX's setting as a user has it; put back afterwards."""
    names = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
    before = {name: getattr(jax.config, name) for name in names}
    jax.config.update("jax_compilation_cache_dir", None)
    yield
    for name, value in before.items():
        jax.config.update(name, value)


def test_the_users_cache_folder_is_used(unset, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keep_compiled()
    assert jax.config.jax_compilation_cache_dir.startswith(str(tmp_path / "sketchjax"))
    jax.config.update("jax_compilation_cache_dir", "theirs")
    keep_compiled()
    assert jax.config.jax_compilation_cache_dir == "theirs"


def test_a_home_that_cannot_be_written_is_left_alone(unset, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    keep_compiled()
    assert jax.config.jax_compilation_cache_dir is None


PROGRAM = """
import jax, jax.numpy as jnp
from sketchjax.mesh import keep_compiled
keep_compiled()
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
seen = []
jax.monitoring.register_event_listener(lambda event, **_: seen.append(event))
print(float(jax.jit(lambda x: jnp.sin(x @ x).sum())(jnp.ones((8, 8)))))
print("hits", seen.count("/jax/compilation_cache/cache_hits") > 0)
"""


def test_a_second_process_compiles_nothing_anew(tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    env |= {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    runs = [subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True) for _ in range(2)]
    assert runs[0].stdout.split()[1:] == ["hits", "False"], runs[0].stderr
    assert runs[1].stdout == runs[0].stdout.replace("False", "True")
