"""Which drawings a step sees: a pure function of (seed, step). No iterator, so no position to save."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32

from sketchjax.config import Config


class Batches(NamedTuple):
    """Every epoch is one permutation of the drawings, cut into updates; its incomplete tail is dropped."""

    seed: int
    drawings: int
    batch_size: int  # per update
    steps_per_update: int

    @property
    def updates_per_epoch(self) -> int:
        return self.drawings // self.batch_size

    def batch_at(self, step: int) -> Int32[np.ndarray, " micro_batch"]:
        """The rows of one step: the step's fixed slice of its update's drawings."""
        update, part = divmod(step, self.steps_per_update)
        epoch, at = divmod(update, self.updates_per_epoch)
        micro = self.batch_size // self.steps_per_update
        start = at * self.batch_size + part * micro
        return _permutation(self.seed, epoch, self.drawings)[start : start + micro]


@lru_cache(maxsize=2)
def _permutation(seed: int, epoch: int, drawings: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(drawings).astype(np.int32)


def make_batches(config: Config, drawings: int) -> Batches:
    """The batches of a run over so many drawings."""
    steps_per_update = config.accumulate if config.accumulation == "multisteps" else 1
    return Batches(config.seed, drawings, config.batch_size, steps_per_update)
