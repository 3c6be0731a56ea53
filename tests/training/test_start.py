"""Where a run starts: another run's best encoder, with heads, optimizer and target of its own."""

import copy

import jax
import numpy as np
import pytest

from sketchjax.config import UserError
from sketchjax.health.lines import probes
from sketchjax.objectives import make_objective
from sketchjax.training import loop
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.optim import make_optimizer
from sketchjax.training.start import check_start, restored, start
from sketchjax.training.workdir import Workdir
from tests.conftest import METHODS, as_method


@pytest.fixture
def first_stage(config, small_source, one_device, tmp_path):
    """(config of a finished SimCLR run, its best encoder)."""
    config.workdir, config.epochs = str(tmp_path / "first"), 1
    workdir = Workdir.claim(config)
    with Checkpoints(workdir.path) as checkpoints:
        loop.train(config, small_source, one_device, workdir, checkpoints)
        _, best = restored(config, checkpoints, "best", one_device)
    return config, best


def assert_same(a, b, same=True):
    found = [np.array_equal(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)]
    assert all(found) if same else not any(found)


@pytest.mark.parametrize("method", METHODS)
def test_only_the_encoder_is_taken_over(first_stage, one_device, method):
    before, best = first_stage
    config = as_method(copy.deepcopy(before), method)
    config.seed = 5
    objective, optimizer = make_objective(config), make_optimizer(config, 4)
    random = start(config, objective, optimizer, one_device)
    config.init_from = before.workdir
    state = start(config, objective, optimizer, one_device)
    assert (int(state.step), int(state.skipped)) == (0, 0)
    assert_same(state.params["encoder"], best.params["encoder"])
    assert_same(state.stats["encoder"], best.stats["encoder"])
    assert_same(state.opt_state, random.opt_state)
    kernels = lambda tree: [leaf for leaf in jax.tree.leaves(tree) if leaf.ndim > 1]  # noqa: E731
    assert_same(kernels(state.params["encoder"]), kernels(random.params["encoder"]), same=False)
    for name in state.params.keys() - {"encoder"}:
        assert_same(state.params[name], random.params[name])
    for name in state.target:  # BYOL's follower starts where the leader does
        assert_same(state.target[name], state.params[name])
    assert bool(state.target) == (method == "byol")


def test_it_logs_what_it_starts_from_and_what_a_random_encoder_knows(first_stage, small_source, one_device, capsys):
    before, _ = first_stage
    config = copy.deepcopy(before)
    config.workdir, config.init_from = f"{before.workdir}-continued", before.workdir
    workdir = Workdir.claim(config)
    with Checkpoints(workdir.path) as checkpoints:
        loop.train(config, small_source, one_device, workdir, checkpoints)
    first, second = (probes(Workdir.find(one.workdir).lines())[-1] for one in (before, config))
    assert second["validation_start"] == first["validation_accuracy"]
    assert second["validation_untrained"] == first["validation_untrained"] and "validation_start" not in first
    assert f"the encoder it starts from {second['validation_start']:.1f} ±" in capsys.readouterr().out


def test_another_encoder_is_refused_in_one_line(first_stage):
    before, _ = first_stage
    config = copy.deepcopy(before)
    config.init_from, config.encoder.width = before.workdir, 0.25
    with pytest.raises(
        UserError, match=r"has another encoder \(encoder.width=0.25, there 0.125\): set it alike"
    ) as error:
        check_start(config)
    assert "\n" not in str(error.value)


def test_a_stage_that_is_planned_need_not_be_there_yet(config):
    second = copy.deepcopy(config)
    config.workdir = second.init_from = "~/nowhere"
    check_start(second, [config, second])
    with pytest.raises(UserError, match="workdir=~/nowhere holds no run"):
        check_start(second)


def test_a_home_folder_is_found_again(config, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    config.workdir = "~/run"
    Workdir.claim(config)
    assert Workdir.find("~/run").path == tmp_path / "run"


def test_a_run_without_a_checkpoint_is_refused(config, one_device, tmp_path):
    config.workdir = config.init_from = str(tmp_path / "run")
    Workdir.claim(config)
    check_start(config)
    with pytest.raises(UserError, match="no checkpoint yet"):
        start(config, make_objective(config), make_optimizer(config, 4), one_device)
