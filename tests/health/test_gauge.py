"""The scale of NT-Xent against the table of reference/peers.md, section 0, and the loss itself."""

import jax.numpy as jnp
import pytest

from sketchjax.config import Config
from sketchjax.health import gauge
from sketchjax.model.heads import Outputs
from sketchjax.objectives import make_objective
from sketchjax.objectives.simclr import nt_xent


@pytest.mark.parametrize(
    ("sketches", "temperature", "chance", "floor"),
    [(32, 0.5, 4.143, 2.240), (128, 0.07, 5.541, 0.000), (512, 0.2, 6.930, 2.065), (4096, 0.1, 9.011, 0.316)],
)
def test_published_table(sketches, temperature, chance, floor):
    scale = gauge.nt_xent(sketches, temperature)
    assert scale.chance == pytest.approx(chance, abs=5e-4)
    assert scale.floor == pytest.approx(floor, abs=5e-4)


def test_ends_are_the_losses_they_name():
    scale = gauge.nt_xent(8, 0.5)
    collapsed, perfect = jnp.ones((8, 2, 16)), jnp.repeat(jnp.eye(8, 16)[:, None], 2, 1)
    assert scale.gauge({"loss": float(nt_xent(collapsed, collapsed, 0.5))}) == pytest.approx(0, abs=1e-4)
    assert scale.gauge({"loss": float(nt_xent(perfect, perfect, 0.5))}) == pytest.approx(100, abs=1e-4)


def test_multisteps_counts_only_its_micro_batch_and_cached_all():
    config = Config(batch_size=128, accumulate=4, accumulation="multisteps")
    assert gauge.scale(config) == gauge.nt_xent(32, config.method.temperature)
    config.accumulation = "cached"
    assert gauge.scale(config) == gauge.nt_xent(128, config.method.temperature)


@pytest.mark.parametrize("method", ["simclr", "byol", "prototypical"])
def test_collapse_reads_0_and_perfection_100(method):
    """BYOL's own loss is *lowest* at collapse, which is why its gauge reads another number."""
    config = Config(batch_size=16)
    config.method.name, config.method.way, config.method.shot, config.method.query = method, 4, 1, 3
    loss, scale = make_objective(config).loss, gauge.scale(config)
    classes = jnp.eye(16)[jnp.arange(16) // 4] if method == "prototypical" else jnp.eye(16)
    for embedding, expected in ((jnp.ones((16, 16)), 0), (classes * 5, 100)):
        both = jnp.repeat(embedding[:, None], 2, 1)
        value, metrics = loss(Outputs(both[:, :1] if method == "prototypical" else both, both, both, both))
        numbers = {"loss": float(value)} | {name: float(number) for name, number in metrics.items()}
        assert scale.gauge(numbers) == pytest.approx(expected, abs=1e-3)
        assert method != "byol" or numbers["loss"] == pytest.approx(0, abs=1e-5)
