"""Embeddings do not depend on blocks or devices; blurred pixels are what they say."""

import jax
import numpy as np

from sketchjax.evaluation import embed
from sketchjax.mesh import make_mesh, replicate
from sketchjax.objectives import make_objective
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state


def test_blocks_and_devices_change_nothing(config, images, mesh, monkeypatch):
    state = make_state(config, make_objective(config), make_optimizer(config, 4))
    many = np.resize(images, (600, 16, 16))

    def embedded(devices):
        state_there = replicate(devices, state)
        return embed.Embedder(config, devices)(state_there.params, state_there.stats, many)

    one = embedded(make_mesh(jax.devices()[:1]))
    assert one.shape[0] == 600
    np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(embedded(mesh), one, atol=1e-6)
    monkeypatch.setattr(embed, "_BLOCK", 100)
    np.testing.assert_allclose(embedded(make_mesh(jax.devices()[:1])), one, atol=1e-6)


def test_blurred_pixels_forgive_a_small_shift_and_scale_of_ink():
    rng = np.random.default_rng(0)
    images = np.kron(rng.random((8, 4, 4)) < 0.4, np.ones((7, 7))).astype(np.uint8) * 255
    here, shifted = embed.pixels(images), embed.pixels(np.roll(images, 1, 2))
    cosine = np.asarray(here) @ np.asarray(shifted).T
    assert (cosine.argmax(1) == np.arange(8)).all()
    np.testing.assert_allclose(embed.pixels(images // 2), here, atol=0.01)
