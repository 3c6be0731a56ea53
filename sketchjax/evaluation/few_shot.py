"""Few-shot classification by prototypes over embeddings computed once (Snell et al. 2017, arXiv:1703.05175)."""

import hashlib
import math
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Int32

from sketchjax.model.heads import normalise
from sketchjax.objectives.prototypical import nearness

_BLOCK = 64  # episodes in flight: memory does not grow with their number
_ROWS = 4096  # drawings compared with all classes at once


class Score(NamedTuple):
    """Accuracy over episodes, in percent, and the half-width of its 95 % confidence interval, 1.96 s/sqrt(episodes)."""

    accuracy: float
    ci95: float

    def __str__(self) -> str:
        return f"{self.accuracy:z.1f} ± {self.ci95:.1f}"

    def not_above(self, others: dict[str, "Score"]) -> dict[str, "Score"]:
        """Those that it is not above by more than the confidence of both, as if their episodes were not the same."""
        near = {name: math.hypot(self.ci95, other.ci95) for name, other in others.items()}
        return {name: other for name, other in others.items() if not self.accuracy - other.accuracy > near[name]}


class Episodes(NamedTuple):
    """A fixed list of episodes: rows of the drawings, the first `shot` of a class its support, the rest its queries."""

    rows: Int32[np.ndarray, "episodes way shot+query"]
    shot: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.rows.tobytes() + bytes([self.shot])).hexdigest()[:16]


def make_episodes(
    labels: Int[np.ndarray, " n"],
    way: int,
    shot: int,
    query: int,
    count: int,
    seed: int,
    groups: Int[np.ndarray, " classes"] | None = None,
) -> Episodes:
    """Draws classes, then drawings of each, without repeats. Needs way classes, each with shot + query drawings.

    groups: of each class that has drawings, where all classes of an episode are of one group: drawn first, each group
    of way classes or more alike."""
    rng = np.random.default_rng([seed, way, shot, query])
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    table = np.full((len(members), max(map(len, members))), -1, np.int32)
    for row, found in zip(table, members, strict=True):
        row[: len(found)] = found
    rows = np.empty((count, way, shot + query), np.int32)
    own = [np.flatnonzero(groups == group) for group in np.unique(groups)] if groups is not None else []
    large = [classes for classes in own if len(classes) >= way]
    for episode in rows:
        among = large[rng.integers(len(large))] if large else np.arange(len(table))
        classes = table[among[rng.permutation(len(among))[:way]]]
        order = np.where(classes < 0, 2.0, rng.random(classes.shape, np.float32))
        chosen = np.argsort(order, axis=1)[:, : shot + query]
        episode[:] = np.take_along_axis(classes, chosen, 1)
    return Episodes(rows, shot)


def few_shot(embeddings: Float[np.ndarray, "n features"], episodes: Episodes, distance: str = "euclidean") -> Score:
    """Each query goes to the class whose prototype, the mean of its support, is nearest."""
    return score_of(accuracies(embeddings, episodes, distance))


def score_of(values: Float[np.ndarray, " episodes"]) -> Score:
    """Their mean; of the differences of two encoders on the same episodes, too."""
    return Score(float(values.mean()), float(1.96 * values.std(ddof=1) / np.sqrt(len(values))))


def accuracies(
    embeddings: Float[np.ndarray, "n features"], episodes: Episodes, distance: str = "euclidean"
) -> Float[np.ndarray, " episodes"]:
    """The percentage of right queries of each episode. distance: see DISTANCES; by cosine, vectors and prototypes have
    length 1."""
    return sweep(embeddings, episodes, (episodes.shot,), distance)[0]


def sweep(
    embeddings: Float[np.ndarray, "n features"],
    episodes: Episodes,
    shots: tuple[int, ...],
    distance: str = "euclidean",
) -> Float[np.ndarray, "shots episodes"]:
    """The same where only the first so many of an episode's support are used, for each of shots."""
    on_device = jax.device_put((embeddings, episodes.rows))
    correct = jax.device_get(_correct(*on_device, episodes.shot, shots, _BLOCK, distance))
    way, queries = episodes.rows.shape[1], episodes.rows.shape[2] - episodes.shot
    return 100 * correct.T / (way * queries)


@partial(jax.jit, static_argnames=("shot", "shots", "block", "distance"))
def _correct(
    embeddings: Float[Array, "n features"],
    rows: Int32[Array, "episodes way drawings"],
    shot: int,
    shots: tuple[int, ...],
    block: int,
    distance: str,
) -> Int32[Array, "episodes shots"]:
    """How many queries of each episode are right, by so many of its support."""
    unit = normalise if distance == "cosine" else lambda x: x

    def one(episode: Int32[Array, "way drawings"]) -> Int32[Array, " shots"]:
        found = unit(embeddings[episode])
        queries = found[:, shot:].reshape(-1, found.shape[-1])
        own = jnp.repeat(jnp.arange(len(episode)), found.shape[1] - shot)
        nearest = [jnp.argmax(nearness(queries, unit(found[:, :some].mean(1))), 1) for some in shots]
        return jnp.stack([jnp.sum(by == own, dtype=jnp.int32) for by in nearest])

    return jax.lax.map(one, rows, batch_size=block)


def mistaken(
    embeddings: Float[np.ndarray, "n features"], labels: Int[np.ndarray, " n"]
) -> Int[np.ndarray, "classes classes"]:
    """Among all classes at once, how many drawings of each (row) are nearest to which class's mean, of which a drawing
    itself is no part."""
    x, classes = embeddings.astype(np.float64), labels.max() + 1
    sums, counts = np.zeros((classes, x.shape[1])), np.bincount(labels)[:, None]
    np.add.at(sums, labels, x)
    means = sums / np.maximum(counts, 1)
    table = np.zeros((classes, classes), int)
    for at in range(0, len(x), _ROWS):
        some, own = x[at : at + _ROWS], labels[at : at + _ROWS]
        near = 2 * some @ means.T - np.square(means).sum(1)
        without = (sums[own] - some) / np.maximum(counts[own] - 1, 1)
        near[np.arange(len(own)), own] = 2 * (some * without).sum(1) - np.square(without).sum(1)
        np.add.at(table, (own, near.argmax(1)), 1)
    return table
