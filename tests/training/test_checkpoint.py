"""Checkpoints: the latest and the best are kept, and a damaged one is never used."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.config import UserError
from sketchjax.mesh import make_mesh, replicate
from sketchjax.training.checkpoint import Checkpoints, fingerprint


def state_at(step: int, devices: int = 1):
    mesh = make_mesh(jax.devices()[:devices])
    return replicate(mesh, {"step": jnp.int32(step), "w": jnp.arange(1000, dtype=jnp.float32) * step})


@pytest.fixture
def saved(tmp_path):
    """Steps 10 to 50, of which 20 scored best."""
    with Checkpoints(tmp_path) as checkpoints:
        for step, score in zip((10, 20, 30, 40, 50), (30.0, 90.0, 50.0, 40.0, 35.0), strict=True):
            checkpoints.save(step, state_at(step), score, {"config": "c"})
    return tmp_path


def flip_a_bit(folder, step):
    """In the middle of the largest file of a step, where the arrays are."""
    files = [p for p in (folder / "checkpoints" / str(step) / "state").rglob("*") if p.is_file()]
    largest = max(files, key=lambda p: p.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)


def test_keeps_the_latest_and_the_best(saved):
    with Checkpoints(saved) as checkpoints:
        assert checkpoints.steps() == {"latest": 50, "best": 20}
    assert sorted(p.name for p in (saved / "checkpoints").iterdir() if p.name.isdigit()) == ["20", "50"]


@pytest.mark.parametrize("devices", [1, 2, 8])
def test_restores_bit_for_bit_on_any_number_of_devices(saved, devices):
    with Checkpoints(saved) as checkpoints:
        found, about = checkpoints.restore(20, state_at(0, devices))
    assert about["config"] == "c" and "jax" in about["versions"]
    assert found["w"].sharding.num_devices == devices
    np.testing.assert_array_equal(found["w"], state_at(20)["w"])


@pytest.mark.parametrize("own", [False, True])
def test_what_another_process_is_saving_is_left_alone(saved, own):
    half = saved / "checkpoints" / "60.orbax-checkpoint-tmp"
    (half / "about").mkdir(parents=True)
    with Checkpoints(saved, own=own) as checkpoints:
        assert checkpoints.steps() == {"latest": 50, "best": 20}
        checkpoints.save(70, state_at(70), 1.0, {})  # orbax clears up in the background, before it saves
    assert half.exists() != own and not list(half.rglob("metrics"))


def test_nothing_saved_is_nothing_restored(tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.restore_newest(state_at(0)) is None
        assert checkpoints.steps() == {}


def test_a_flipped_bit_is_noticed_and_the_older_one_used(saved, capsys):
    flip_a_bit(saved, 50)
    with Checkpoints(saved) as checkpoints:
        found, _ = checkpoints.restore_newest(state_at(0))
        assert int(found["step"]) == 20
        assert checkpoints.steps() == {"latest": 20, "best": 20}
        checkpoints.save(50, state_at(50), 1.0, {})  # the step can be reached again
    assert "checkpoint 50" in capsys.readouterr().out
    assert (saved / "damaged" / "50").is_dir()


def test_a_flipped_bit_would_go_unnoticed_without_the_fingerprint(saved, monkeypatch):
    """Negative control of the test above: orbax alone restores it, wrong."""
    flip_a_bit(saved, 50)
    monkeypatch.setattr("sketchjax.training.checkpoint.fingerprint", lambda _: stored)
    about = next((saved / "checkpoints" / "50" / "about").rglob("metadata"))
    stored = json.loads(about.read_text())["fingerprint"]
    with Checkpoints(saved) as checkpoints:
        found, _ = checkpoints.restore_newest(state_at(0))
    assert int(found["step"]) == 50
    assert (np.asarray(found["w"]) != np.asarray(state_at(50)["w"])).any()


def test_all_damaged_is_refused_and_nothing_moved(saved):
    flip_a_bit(saved, 20)
    flip_a_bit(saved, 50)
    with Checkpoints(saved) as checkpoints, pytest.raises(UserError, match="no other is intact"):
        checkpoints.restore_newest(state_at(0))
    assert sorted(p.name for p in (saved / "checkpoints").iterdir() if p.name.isdigit()) == ["20", "50"]


def test_a_step_saved_twice_is_an_error(saved):
    with Checkpoints(saved) as checkpoints, pytest.raises(RuntimeError, match="did not save step 50"):
        checkpoints.save(50, state_at(50), 1.0, {})


def test_the_fingerprint_sees_every_leaf_its_type_and_its_place():
    one = {"a": np.zeros(3, np.float32), "b": np.zeros(3, np.float32)}
    others = [
        {**one, "b": np.array([0, 0, 1e-45], np.float32)},
        {**one, "b": np.zeros(3, np.int32)},
        {**one, "b": np.zeros((3, 1), np.float32)},
        {"a": one["a"], "c": one["b"]},
    ]
    assert len({fingerprint(tree) for tree in (one, *others)}) == 5
