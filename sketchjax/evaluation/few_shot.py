"""Few-shot classification by prototypes over embeddings computed once (Snell et al. 2017, arXiv:1703.05175)."""

import hashlib
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Int32

from sketchjax.objectives.prototypical import nearness

_BLOCK = 64  # episodes in flight: memory does not grow with their number


class Score(NamedTuple):
    """Accuracy over episodes, in percent, and the half-width of its 95 % confidence interval, 1.96 s/sqrt(episodes)."""

    accuracy: float
    ci95: float

    def __str__(self) -> str:
        return f"{self.accuracy:.1f} ± {self.ci95:.1f}"


class Episodes(NamedTuple):
    """A fixed list of episodes: rows of the drawings, the first `shot` of a class its support, the rest its queries."""

    rows: Int32[np.ndarray, "episodes way shot+query"]
    shot: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.rows.tobytes() + bytes([self.shot])).hexdigest()[:16]


def make_episodes(labels: Int[np.ndarray, " n"], way: int, shot: int, query: int, count: int, seed: int) -> Episodes:
    """Draws classes, then drawings of each, without repeats. Needs way classes, each with shot + query drawings."""
    rng = np.random.default_rng([seed, way, shot, query])
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    table = np.full((len(members), max(map(len, members))), -1, np.int32)
    for row, found in zip(table, members, strict=True):
        row[: len(found)] = found
    rows = np.empty((count, way, shot + query), np.int32)
    for episode in rows:
        classes = table[rng.permutation(len(table))[:way]]
        order = np.where(classes < 0, 2.0, rng.random(classes.shape, np.float32))
        chosen = np.argsort(order, axis=1)[:, : shot + query]
        episode[:] = np.take_along_axis(classes, chosen, 1)
    return Episodes(rows, shot)


def few_shot(embeddings: Float[np.ndarray, "n features"], episodes: Episodes) -> Score:
    """Each query goes to the class whose prototype, the mean of its support, is nearest (Euclidean)."""
    on_device = jax.device_put((embeddings, episodes.rows))
    correct = jax.device_get(_correct(*on_device, episodes.shot, _BLOCK))
    way, queries = episodes.rows.shape[1], episodes.rows.shape[2] - episodes.shot
    accuracy = 100 * correct / (way * queries)
    return Score(float(accuracy.mean()), float(1.96 * accuracy.std(ddof=1) / np.sqrt(len(accuracy))))


@partial(jax.jit, static_argnames=("shot", "block"))
def _correct(
    embeddings: Float[Array, "n features"], rows: Int32[Array, "episodes way drawings"], shot: int, block: int
) -> Int32[Array, " episodes"]:
    """How many queries of each episode are right."""

    def one(episode: Int32[Array, "way drawings"]) -> Int32[Array, ""]:
        found = embeddings[episode]
        prototypes = found[:, :shot].mean(1)
        queries = found[:, shot:].reshape(-1, found.shape[-1])
        nearest = jnp.argmax(nearness(queries, prototypes), 1)
        own = jnp.repeat(jnp.arange(len(episode)), found.shape[1] - shot)
        return jnp.sum(nearest == own, dtype=jnp.int32)

    return jax.lax.map(one, rows, batch_size=block)
