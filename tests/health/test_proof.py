"""The proof finds each fault of loss, network and target by itself, and nothing where there is none."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.data.augment import views_of
from sketchjax.data.feed import Batch
from sketchjax.health import oracle, proof
from sketchjax.health.preflight import ERROR
from sketchjax.mesh import replicate, split_rows
from sketchjax.model import encoders, heads
from sketchjax.model.heads import Network, Outputs
from sketchjax.objectives import byol, make_objective, prototypical, simclr
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state
from tests.conftest import METHODS, SLOWLY, as_method
from tests.training.steps import step_of


def state_of(config):
    return make_state(config, make_objective(config), make_optimizer(config, 8))


def found(config, images, change: Callable[[Any], Any] = lambda state: state, objective=None) -> set[str]:
    """What the findings are about."""
    objective = objective or make_objective(config)
    rows = jnp.arange(len(images), dtype=jnp.int32)
    view = jax.jit(lambda images, rows: views_of(images, rows, jax.random.key(0), config.augment, objective.views))
    views = np.asarray(view(images, rows))
    findings = proof.findings(config, objective, change(state_of(config)), views)
    assert all(f.grade == ERROR and "\n" not in str(f) for f in findings)
    return {f.what.split(" of ")[0] for f in findings}


@pytest.mark.parametrize("method", SLOWLY)
def test_sound_networks_have_none(config, images, method):
    assert found(as_method(config, method), images) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "encoder"), [("simclr", "resnet50"), ("byol", "sketch_cnn"), ("prototypical", "resnet18")]
)
def test_sound_encoders_have_none(config, images, method, encoder):
    config.encoder.name = encoder
    assert found(as_method(config, method), images) == set()


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0.001, 0.07, 100.0])
def test_the_oracle_agrees_at_every_temperature(config, images, temperature):
    config.method.temperature = temperature
    assert "loss" not in found(config, images)


def wrong_axis(x):
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, 0, keepdims=True), 1e-12))


def masked(anchors, others, temperature, block):
    """Positives are left out of the denominator."""
    loss = simclr_nt_xent(anchors, others, temperature)
    a, b = heads.normalise(anchors), heads.normalise(others)
    positive = jnp.exp((a * b[:, ::-1]).sum(-1) / temperature - 1 / temperature)
    logits = jnp.einsum("iud,jvd->iujv", a, b) / temperature - 1 / temperature
    own = jnp.eye(len(a))[:, None, :, None] * jnp.eye(2)[None, :, None, :]
    every = jnp.sum(jnp.exp(logits) * (1 - own), (2, 3))
    return loss + jnp.mean(jnp.log(every - positive) - jnp.log(every))


simclr_nt_xent = simclr.nt_xent


def shuffled(anchors, others, temperature, block):
    """Another sketch's view is called the positive."""
    both = jnp.stack([anchors[:, 0], jnp.roll(anchors[:, 1], 1, 0)], 1)
    return simclr_nt_xent(both, both, temperature)


@pytest.mark.parametrize(("name", "fault"), [("normalise", wrong_axis), ("nt_xent", masked), ("nt_xent", shuffled)])
def test_a_wrong_loss_is_found(config, images, monkeypatch, name, fault):
    monkeypatch.setattr(simclr, name, fault)
    assert found(config, images) == {"loss"}


@pytest.mark.slow
def test_a_wrong_byol_loss_is_found(config, images, monkeypatch):
    """Predicting the target's projection of the same view."""
    right = byol.regression
    monkeypatch.setattr(byol, "regression", lambda p, t: right(p, t[:, ::-1]))
    assert found(as_method(config, "byol"), images) == {"loss"}


@pytest.mark.slow
def test_a_wrong_prototype_is_found(config, images, monkeypatch):
    """Prototypes that include the queries."""
    method = as_method(config, "prototypical").method
    monkeypatch.setattr(prototypical, "_closeness", lambda e, c: prototypical.nearness(e[:, method.shot :], e.mean(1)))
    assert found(config, images) == {"loss"}


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_the_oracle_of_episodes(config, distance):
    as_method(config, "prototypical").method.distance = distance
    h = jax.random.normal(jax.random.key(0), (32, 1, 8))
    loss, _ = make_objective(config).loss(Outputs(h))
    assert oracle.losses(config, Outputs(h))["loss"] == pytest.approx(float(loss), rel=1e-5)


def test_dead_relus_are_found(config, images):
    """Offsets so low that no unit ever fires."""
    dead = lambda path, leaf: leaf - 100 if "BatchNorm_3" in str(path) and "bias" in str(path) else leaf  # noqa: E731
    kill = lambda state: state._replace(params=jax.tree_util.tree_map_with_path(dead, state.params))  # noqa: E731
    assert {"the loss's gradient is zero", "all drawings look alike"} <= found(config, images, kill)


@pytest.mark.slow
def test_a_projector_of_zeros_is_found(config, images):
    def zero(state):
        return state._replace(
            params=state.params | {"projector": jax.tree.map(jnp.zeros_like, state.params["projector"])}
        )

    assert {"the loss's gradient is zero", "all drawings look alike"} <= found(config, images, zero)


@pytest.mark.slow
def test_a_layer_without_gradient_is_found(config, images):
    """Only the projector learns."""
    network = Network(encoders.make_encoder(config), heads.make_head(config))

    def forward(params, stats, target, views):
        return network.embed(params | {"encoder": jax.lax.stop_gradient(params["encoder"])}, stats, views)

    frozen = make_objective(config)._replace(forward=forward)
    assert found(config, images, objective=frozen) == {"the loss's gradient is zero"}


@pytest.mark.slow
def test_batch_norm_in_evaluation_is_found(config, images):
    """The statistics of a network that was called with train=False stay."""
    network, objective = Network(encoders.make_encoder(config), heads.make_head(config)), make_objective(config)

    def forward(params, stats, target, views):
        flat = views.reshape(-1, *views.shape[2:], 1)
        outputs = network.apply({"params": params, "batch_stats": stats}, flat, False)
        return jax.tree.map(lambda x: x.reshape(*views.shape[:2], -1), Outputs(*outputs)), stats

    assert "BatchNorm" in found(config, images, objective=objective._replace(forward=forward))


def of_byol(config, **changes):
    objective = make_objective(as_method(config, "byol"))
    return objective._replace(**{name: change(objective) for name, change in changes.items()})


def itself(objective):
    """The network is its own target."""
    return lambda params, stats, target, views: objective.forward(
        params, stats, {name: params[name] for name in target}, views
    )


@pytest.mark.slow
def test_a_gradient_to_the_target_is_found(config, images, monkeypatch):
    monkeypatch.setattr(jax.lax, "stop_gradient", lambda x: x)
    assert found(as_method(config, "byol"), images) == {"the target"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{"forward": itself}, {"after_update": lambda _: lambda target, params, progress: target}],
    ids=["not used", "does not move"],
)
def test_a_target_that_is_none_is_found(config, images, changes):
    assert found(config, images, objective=of_byol(config, **changes)) == {"the target"}


def test_tau_1_is_found(config, images):
    as_method(config, "byol").method.tau = 1.0
    assert found(config, images) == {"the target"}


def overfit(config, images, one_device):
    """As main hands it in: the compiled step, on rows of one update."""
    state, step = step_of(config, make_optimizer(config, 60), one_device)
    data = replicate(one_device, images)
    micro = config.batch_size // config.steps_per_update

    def on_rows(state, at):
        rows = np.arange(at * micro, (at + 1) * micro, dtype=np.int32)
        rows = rows.reshape(config.parts, -1) if config.parts > 1 else rows
        return step(state, data, Batch(split_rows(one_device, rows, axis=rows.ndim - 1)))

    before = jax.device_get(state)
    findings, said = proof.overfit(config, on_rows, state)
    jax.tree.map(np.testing.assert_array_equal, before, jax.device_get(state))
    assert "gauge" in said
    return findings


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_one_batch_is_learned(config, images, one_device, method):
    as_method(config, method).optim.lr = 0.03
    assert overfit(config, images, one_device) == []


@pytest.mark.slow
@pytest.mark.parametrize("accumulation", ["multisteps", "cached"])
def test_one_batch_is_learned_in_parts(config, images, one_device, accumulation):
    config.optim.lr, config.batch_size, config.accumulate, config.accumulation = 0.03, 32, 2, accumulation
    assert overfit(config, images, one_device) == []


@pytest.mark.slow
@pytest.mark.parametrize(("lr", "fault"), [(1e-7, False), (0.03, True)])
def test_one_batch_that_is_not_learned_is_told(config, images, one_device, lr, fault):
    """A rate far too small; drawings that are all alike."""
    config.optim.lr = lr
    (finding,) = overfit(config, images[:1].repeat(64, 0) * 0 if fault else images, one_device)
    assert finding.grade == ERROR and finding.what == "one batch is not learned"


def test_a_batch_without_a_negative_is_left_to_preflight(config, images, one_device):
    config.batch_size = 1
    assert proof.overfit(config, lambda state, at: 1 / 0, {})[0] == []
