"""A loss on a scale: 0 % is chance, 100 % is the floor that a perfect encoder reaches."""

import math
from typing import NamedTuple

from sketchjax.config import Config


class Scale(NamedTuple):
    """The two losses between which a run moves, in nats."""

    chance: float
    floor: float

    def gauge(self, loss: float) -> float:
        """The share of the way from chance to floor, in percent: negative above chance, slightly over 100 can be."""
        return 100 * (self.chance - loss) / (self.chance - self.floor)


def nt_xent(sketches: int, temperature: float) -> Scale:
    """NT-Xent over so many sketches, two views each: chance is all similarities equal, ln(2N-1); the floor is positives
    at cosine 1 and negatives at cosine 0 (peers.md, section 0; negatives can go slightly below)."""
    negatives = 2 * sketches - 2
    return Scale(math.log(negatives + 1), math.log1p(negatives * math.exp(-1 / temperature)))


def scale(config: Config) -> Scale:
    """The scale of the logged loss: a micro-batch under `multisteps` sees only its own negatives."""
    return nt_xent(config.micro_batch, config.method.temperature)
