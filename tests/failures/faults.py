"""Faults to inject: each the smallest real change of a config, of the data, or of a function of sketchjax.

A fault is a function of (config, patch): it changes the config in place, and replaces functions with patch.setattr,
which is undone after the run. Beside it stand the methods in which it is tried.
"""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

from sketchjax import stage
from sketchjax.config import Config
from sketchjax.data import sources
from sketchjax.data.feed import Batch
from sketchjax.health import views as seen
from sketchjax.model import heads
from sketchjax.objectives import byol, simclr
from sketchjax.training import loop, start, step

Fault = Callable[[Config, pytest.MonkeyPatch], None]
FAULTS: dict[str, tuple[Fault, tuple[str, ...]]] = {}
ALL = ("simclr", "byol", "prototypical")
PAIRS = ("simclr", "byol")


def fault(*methods: str) -> Callable[[Fault], Fault]:
    def add(function: Fault) -> Fault:
        FAULTS[function.__name__] = function, methods
        return function

    return add


# The config.


@fault(*ALL)
def learning_rate_x100(config, patch):
    config.optim.lr *= 100


@fault(*ALL)
def learning_rate_x0001(config, patch):
    config.optim.lr *= 0.001


@fault(*ALL)
def weight_decay_10(config, patch):
    config.optim.weight_decay = 10.0


@fault("simclr", "byol")
def lars_without_warmup(config, patch):
    config.optim.name, config.optim.lr, config.optim.warmup_epochs = "lars", 4.8, 0.0


@fault("simclr")
def temperature_100(config, patch):
    config.method.temperature = 100.0


@fault("simclr")
def temperature_0001(config, patch):
    config.method.temperature = 0.001


@fault("simclr", "byol")
def projection_of_1_dimension(config, patch):
    config.method.projection_features = 1


@fault("byol")
def tau_1(config, patch):
    config.method.tau = 1.0


@fault("byol")
def tau_0(config, patch):
    config.method.tau = 0.0


@fault(*PAIRS)
def views_equal(config, patch):
    for field in dataclasses.fields(config.augment):
        setattr(config.augment, field.name, type(getattr(config.augment, field.name))(0))


@fault(*ALL)
def crops_of_a_hundredth(config, patch):
    config.augment.crop, config.augment.rotate = 0.99, 180.0


# The objective.


def _loss(patch, nt_xent):
    patch.setattr(simclr, "nt_xent", lambda anchors, others, temperature, block: nt_xent(anchors, others, temperature))


@fault("simclr")
def normalised_over_all_axes(config, patch):
    """tensorflow/similarity#233: an l2_normalize without an axis."""
    whole = lambda x: x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x), 1e-12))  # noqa: E731
    patch.setattr(simclr, "normalise", whole)


@fault("simclr")
def positives_masked(config, patch):
    """The mask that should leave out each view itself leaves out its positive."""

    def nt_xent(anchors, others, temperature):
        a = heads.normalise(anchors).reshape(-1, anchors.shape[-1])
        similarity = jnp.matmul(a, a.T) / temperature
        mate = jnp.arange(len(a)) ^ 1
        masked = jnp.where(jax.nn.one_hot(mate, len(a)) > 0, -jnp.inf, similarity)
        return jnp.mean(jax.nn.logsumexp(masked, -1) - jnp.diagonal(similarity))

    _loss(patch, nt_xent)


@fault("simclr")
def positives_shuffled(config, patch):
    right = simclr.nt_xent
    shifted = lambda x: jnp.stack([x[:, 0], jnp.roll(x[:, 1], 1, 0)], 1)  # noqa: E731
    _loss(patch, lambda a, b, temperature: right(shifted(a), shifted(b), temperature))


@fault("simclr")
def loss_maximised(config, patch):
    right = simclr.nt_xent
    _loss(patch, lambda a, b, t: (lambda value: 2 * jax.lax.stop_gradient(value) - value)(right(a, b, t)))


@fault("simclr")
def negatives_of_one_device_in_8(config, patch):
    right = simclr.nt_xent

    def local(a, b, t):
        parts = lambda x: x.reshape(8, -1, *x.shape[1:])  # noqa: E731
        return jax.vmap(lambda a, b: right(a, b, t))(parts(a), parts(b)).mean()

    _loss(patch, local)


def _objective(patch, change):
    """Replaces what preflight and training make their steps of."""
    make = loop.make_objective
    for module in (loop, start, stage):
        patch.setattr(module, "make_objective", lambda config: change(make(config)))


@fault("byol")
def no_stop_gradient(config, patch):
    """The online network is its own target, and learns from both ends."""
    patch.setattr(byol.jax.lax, "stop_gradient", lambda x: x)

    def change(objective):
        def forward(params, stats, target, views):
            online = {name: params[name] for name in ("encoder", "projector")}
            return objective.forward(params, stats, online, views)

        return objective._replace(forward=forward)

    _objective(patch, change)


@fault("byol")
def no_predictor(config, patch):
    def change(objective):
        def forward(params, stats, target, views):
            outputs, moved = objective.forward(params, stats, target, views)
            return outputs._replace(p=outputs.z), moved

        return objective._replace(forward=forward)

    _objective(patch, change)


@fault("byol")
def target_not_moved(config, patch):
    _objective(patch, lambda objective: objective._replace(after_update=lambda target, params, progress: target))


@fault("prototypical")
def labels_shuffled(config, patch):
    make = loop.make_batches
    patch.setattr(
        loop, "make_batches", lambda config, labels: make(config, np.random.default_rng(0).permutation(labels))
    )


# The network.


def _first(patch, change):
    """Changes the first parameters."""
    _objective(patch, lambda objective: objective._replace(init=lambda key, views: change(*objective.init(key, views))))


def _replaced(params, module, block, name, value):
    leaf = params[module][block][name]
    return {**params, module: {**params[module], block: {**params[module][block], name: jnp.full_like(leaf, value)}}}


@fault(*ALL)
def dead_activations(config, patch):
    """The last block's ReLU is never above zero."""
    _first(patch, lambda params, stats: (_replaced(params, "encoder", "BatchNorm_3", "bias", -20.0), stats))


@fault(*PAIRS)
def projector_of_zeros(config, patch):
    _first(patch, lambda params, stats: (_replaced(params, "projector", "Dense_1", "kernel", 0.0), stats))


@fault(*ALL)
def batchnorm_in_evaluation_mode(config, patch):
    def embed(self, params, stats, views):
        outputs = self.apply({"params": params, "batch_stats": stats}, heads._flat(views), False)
        return jax.tree.map(lambda x: x.reshape(*views.shape[:2], -1), heads.Outputs(*outputs)), stats

    patch.setattr(heads.Network, "embed", embed)


@fault(*ALL)
def encoder_frozen(config, patch):
    def change(objective):
        def forward(params, stats, target, views):
            params = {**params, "encoder": jax.lax.stop_gradient(params["encoder"])}
            return objective.forward(params, stats, target, views)

        return objective._replace(forward=forward)

    _objective(patch, change)


# The views.


def _views(patch, change):
    """change(views [n, count, size, size], rows, key) -> views, for preflight and compiled into the step."""
    right = step.views_of

    def views_of(images, rows, key, augment, count=2):
        return change(right(images, rows, key, augment, count), rows, key)

    _instead(patch, views_of)


def _instead(patch, views_of):
    for module in (step, seen):
        patch.setattr(module, "views_of", views_of)


@fault(*ALL)
def views_blank(config, patch):
    _views(patch, lambda views, rows, key: jnp.zeros_like(views))


@fault(*PAIRS)
def original_augmentation(config, patch):
    """As the run that started it all: white dilated over thin black strokes, black corners, random inversion."""
    _instead(patch, original_views)


def original_views(images, rows, key, augment, count=2):
    """rotate and scale with black fill, dilate the *paper* up to 3 times (probability 0.9), invert (0.1)."""
    page = 1 - images.astype(jnp.float32) / 255  # black on white, as the original had it
    size = images.shape[1]
    line = jnp.arange(size, dtype=jnp.float32) - (size - 1) / 2
    y, x = jnp.meshgrid(line, line, indexing="ij")

    def view(image, row, number):
        chance = jax.random.uniform(jax.random.fold_in(jax.random.fold_in(key, row), number), (6,))
        turn = (2 * chance[0] - 1) * np.float32(np.pi / 6)
        zoom = 1 / (0.9 + 0.2 * chance[1])
        at = [(jnp.cos(turn) * y + jnp.sin(turn) * x) * zoom, (jnp.cos(turn) * x - jnp.sin(turn) * y) * zoom]
        moved = jax.scipy.ndimage.map_coordinates(image, [a + (size - 1) / 2 for a in at], order=1, cval=0.0)
        grown = moved
        steps = jnp.where(chance[2] < 0.9, jnp.floor(chance[3] * 6) - 2, 0)  # -2 to 3, as it was
        wide = lambda x: jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (3, 3), (1, 1), "SAME")  # noqa: E731
        for ring in range(3):
            grown = jnp.where(steps > ring, wide(grown), grown)
            grown = jnp.where(steps < -ring, -wide(-grown), grown)
        return jnp.where(chance[4] < 0.1, 1 - grown, grown)

    both = jax.vmap(view, (None, None, 0))
    return 1 - jax.vmap(both, (0, 0, None))(page, rows, jnp.arange(count))


@fault(*ALL)
def views_half_inverted(config, patch):
    def change(views, rows, key):
        inverted = jax.random.bernoulli(jax.random.fold_in(key, 1), 0.5, views.shape[:2])
        return jnp.where(inverted[..., None, None], 1 - views, views)

    _views(patch, change)


@fault(*PAIRS)
def corner_tells_the_drawing(config, patch):
    """Twelve pixels of the corner hold the row's number, after augmentation."""

    def change(views, rows, key):
        bits = (rows[:, None] >> jnp.arange(12)) & 1
        corner = bits.reshape(-1, 1, 3, 4).astype(jnp.float32)
        return views.at[:, :, :3, :4].set(jnp.broadcast_to(corner, (*views.shape[:2], 3, 4)))

    _views(patch, change)


@fault("prototypical")
def corner_tells_the_class(config, patch):
    def change(views, rows, key):
        bits = ((rows[:, None] // 100) >> jnp.arange(12)) & 1  # doodles: 100 drawings a class
        return views.at[:, :, :3, :4].set(jnp.broadcast_to(bits.reshape(-1, 1, 3, 4), (*views.shape[:2], 3, 4)))

    _views(patch, lambda *a: change(*a).astype(jnp.float32))


def _at_step(patch, wrong):
    """wrong(step): at which steps the views are not finite."""
    make = loop.make_train_step
    _views(patch, lambda views, rows, key: jnp.where((rows < 0)[:, None, None, None], jnp.inf, views))

    def changed(*arguments):
        right = make(*arguments)
        return lambda state, images, batch: right(state, images, Batch(jnp.where(wrong(state.step), -1, batch.rows)))

    patch.setattr(loop, "make_train_step", changed)


@fault("simclr", "byol")
def infinite_at_step_30(config, patch):
    _at_step(patch, lambda step: step == 30)


@fault("simclr", "byol")
def infinite_from_step_60(config, patch):
    _at_step(patch, lambda step: step >= 60)


@fault(*ALL)
def a_drawing_of_nan(config, patch):
    _views(patch, lambda views, rows, key: jnp.where((rows == 7)[:, None, None, None], jnp.nan, views))


# The drawings.


def _drawings(patch, change):
    """change(images of the base classes) -> images."""
    right = sources.open_source

    def opened(data):
        source = right(data)

        def read(part):
            found = source.read(part)
            return found._replace(images=change(found.images)) if part == "base" else found

        return source._replace(read=read)

    patch.setattr(sources, "open_source", opened)


@fault(*ALL)
def drawings_half_inverted(config, patch):
    which = lambda images: np.random.default_rng(0).random(len(images)) < 0.5  # noqa: E731
    _drawings(patch, lambda images: np.where(which(images)[:, None, None], 255 - images, images))


@fault(*ALL)
def one_drawing_repeated(config, patch):
    _drawings(patch, lambda images: np.broadcast_to(images[:1], images.shape).copy())


@fault(*PAIRS)
def ten_drawings_repeated(config, patch):
    _drawings(patch, lambda images: images[np.arange(len(images)) % 10 * (len(images) // 10)])


@fault(*ALL)
def drawings_of_noise(config, patch):
    noise = lambda images: np.random.default_rng(0).integers(0, 256, images.shape).astype(np.uint8)  # noqa: E731
    _drawings(patch, noise)


@fault(*ALL)
def drawings_too_blurred(config, patch):
    """As if drawings of 20 px had been made from thumbnails of 2."""
    _drawings(patch, lambda images: ndimage.gaussian_filter(images, (0, 10, 10)))
