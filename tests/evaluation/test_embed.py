"""Embeddings do not depend on blocks or devices; blurred pixels are what they say."""

import jax
import numpy as np
import pytest

from sketchjax.evaluation import embed, few_shot, floors
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


@pytest.mark.parametrize(("representation", "features"), [("encoder", 8), ("projector", 16)])
def test_centred_features_of_either_output(config, images, representation, features):
    config.evaluate.representation, config.evaluate.normalise = representation, False
    config.encoder.width, config.method.projection_features = 0.125, 16
    state, mesh = make_state(config, make_objective(config), make_optimizer(config, 4)), make_mesh(jax.devices()[:1])
    embedder, state = embed.Embedder(config, mesh), replicate(mesh, state)
    plain, mean = (embedder(state.params, state.stats, some) for some in (images[:40], images[40:]))
    centred = embedder(state.params, state.stats, images[:40], images[40:])
    assert plain.shape == (40, features)
    np.testing.assert_allclose(centred, plain - mean.mean(0), atol=1e-6)


@pytest.mark.parametrize("whiten", [0.0, 0.5, 1.0])
def test_levelled_features_vary_more_alike_the_more_they_are_whitened(whiten):
    """Of other drawings, too; a feature that never varies stays finite."""
    rng = np.random.default_rng(0)
    made = lambda n: rng.normal(5, 1, (n, 4)) * (8, 4, 1, 0) @ np.linalg.qr(np.arange(16.0).reshape(4, 4) ** 2)[0]  # noqa: E731
    base, others = made(20_000).astype(np.float32), made(20_000).astype(np.float32)
    found = embed.levelled(others, base, whiten)
    assert found.dtype == np.float32 and np.abs(found.mean(0)).max() < 0.1
    variance = np.linalg.eigvalsh(np.cov(found.T))[::-1]
    scarce = 0.1 * 81 / 4  # of the mean variance, added to each
    expected = [v * (v + scarce) ** -whiten if whiten else v for v in (64, 16, 1, 0)]
    np.testing.assert_allclose(variance, expected, rtol=0.05, atol=1e-3)


def test_classes_behind_a_large_nuisance_come_out_by_whitening_and_those_before_it_need_none():
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(4), 25)
    nuisance, noise = 3 * rng.normal(size=(2, 100, 2)), 0.3 * rng.normal(size=(2, 100, 4))
    base, seen = (np.concatenate([np.eye(4)[labels] + a, b], 1) for a, b in zip(noise, nuisance, strict=True))
    right = [np.trace(few_shot.mistaken(embed.levelled(seen, base, whiten), labels)) for whiten in (0.0, 1.0)]
    assert right[0] < 50 < 80 < right[1]
    alone = embed.levelled(seen[:, :4], base[:, :4], 0.0)
    assert np.trace(few_shot.mistaken(alone, labels)) > 90


def test_what_learns_nothing_is_treated_alike(images):
    some, around = images[:40], images[40:]
    plain, base = floors.floors(some), floors.floors(around)
    for name, x in floors.floors(some, around, 0.5).items():
        expected = embed.levelled(plain[name], base[name], 0.5)
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        np.testing.assert_allclose(x, expected, atol=1e-5)
        assert np.abs(x - plain[name]).max() > 0.1


def test_gradients_tell_lines_by_their_direction():
    """Upright and level bars wherever they are: HOG knows, pixels do not."""
    pages = np.zeros((2, 8, 30, 30), np.uint8)
    for at in range(8):
        pages[0, at, 3 * at + 3 : 3 * at + 5, 3:27], pages[1, at, 3:27, 3 * at + 3 : 3 * at + 5] = 255, 255
    labels = np.repeat([0, 1], 8)
    right = {}
    for name, x in floors.floors(pages.reshape(16, 30, 30)).items():
        np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, rtol=1e-5)
        right[name] = np.trace(few_shot.mistaken(x, labels))
    assert right["hog"] >= 14 > right["pixels"]


def test_blurred_pixels_forgive_a_small_shift_and_scale_of_ink():
    rng = np.random.default_rng(0)
    images = np.kron(rng.random((8, 4, 4)) < 0.4, np.ones((7, 7))).astype(np.uint8) * 255
    here, shifted = floors.pixels(images), floors.pixels(np.roll(images, 1, 2))
    cosine = np.asarray(here) @ np.asarray(shifted).T
    assert (cosine.argmax(1) == np.arange(8)).all()
    np.testing.assert_allclose(floors.pixels(images // 2), here, atol=0.01)
