"""The scale of NT-Xent against the table of reference/peers.md, section 0, and the loss itself."""

import jax.numpy as jnp
import pytest

from sketchjax.config import Config
from sketchjax.health import gauge
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
    assert scale.gauge(float(nt_xent(collapsed, 0.5))) == pytest.approx(0, abs=1e-4)
    assert scale.gauge(float(nt_xent(perfect, 0.5))) == pytest.approx(100, abs=1e-4)


def test_multisteps_counts_only_its_micro_batch():
    config = Config(batch_size=128, accumulate=4, accumulation="multisteps")
    assert gauge.scale(config) == gauge.nt_xent(32, config.method.temperature)
