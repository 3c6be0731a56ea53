"""Which drawings a step sees: a pure function of (seed, step). No iterator, so no position to save."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Int32

from sketchjax.config import Config


class Batches(NamedTuple):
    """The drawings of every update, cut into its steps and their micro-batches: fixed slices, in order."""

    rows_of: Callable[[int], Int32[np.ndarray, " batch_size"]]  # update -> its drawings
    updates_per_epoch: int
    steps_per_update: int = 1
    parts: int = 1  # micro-batches a step

    def batch_at(self, step: int) -> Int32[np.ndarray, "*parts micro_batch"]:
        """The rows of one step, [micro_batch], or [parts, micro_batch] where it sees several."""
        update, at = divmod(step, self.steps_per_update)
        rows = self.rows_of(update).reshape(self.steps_per_update, self.parts, -1)[at]
        return rows if self.parts > 1 else rows[0]


def make_batches(config: Config, labels: Int[np.ndarray, " drawings"]) -> Batches:
    """The batches of a run over drawings with these labels, which only episodes look at."""
    updates_per_epoch = len(labels) // config.batch_size
    if config.method.name == "prototypical":
        rows_of = _episodes(config, labels)
    else:
        rows_of = _epochs(config.seed, len(labels), config.batch_size, updates_per_epoch)
    return Batches(rows_of, updates_per_epoch, config.steps_per_update, config.parts)


def _epochs(seed: int, drawings: int, batch_size: int, updates: int) -> Callable[[int], np.ndarray]:
    """Every epoch is one permutation of the drawings, cut into updates; its incomplete tail is dropped."""

    @lru_cache(maxsize=2)
    def permutation(epoch: int) -> np.ndarray:
        rows = np.arange(drawings, dtype=np.int32)  # shuffled in place: 4 bytes a drawing at most
        np.random.default_rng([seed, epoch]).shuffle(rows)
        return rows

    def rows_of(update: int) -> np.ndarray:
        epoch, at = divmod(update, updates)
        return permutation(epoch)[at * batch_size : (at + 1) * batch_size]

    return rows_of


def _episodes(config: Config, labels: np.ndarray) -> Callable[[int], np.ndarray]:
    """Every update is fresh episodes: classes without repeats, then drawings of each without repeats."""
    method, seed, batch_size = config.method, config.seed, config.batch_size
    members = [np.flatnonzero(labels == label).astype(np.int32) for label in np.unique(labels)]
    drawings = method.shot + method.query

    def rows_of(update: int) -> np.ndarray:
        rng = np.random.default_rng([seed, update])
        episodes = range(batch_size // (method.way * drawings))
        chosen = [rng.permutation(len(members))[: method.way] for _ in episodes]
        return np.concatenate([rng.permutation(members[c])[:drawings] for episode in chosen for c in episode])

    return rows_of
