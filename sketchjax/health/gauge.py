"""A loss on a scale: 0 % is chance, 100 % is the floor that a perfect encoder reaches."""

import math
from typing import NamedTuple

from sketchjax.config import GAUGE_TEMPERATURE, Config


class Scale(NamedTuple):
    """The two values between which a logged number moves, in nats."""

    chance: float
    floor: float
    of: str = "loss"  # the logged number

    def gauge(self, numbers: dict[str, float]) -> float:
        """The share of the way from chance to floor, in percent: negative above chance, slightly over 100 can be."""
        return 100 * (self.chance - numbers[self.of]) / (self.chance - self.floor)


def nt_xent(sketches: int, temperature: float, of: str = "loss") -> Scale:
    """NT-Xent over so many sketches, two views each: chance is all similarities equal, ln(2N-1); the floor is positives
    at cosine 1 and negatives at cosine 0 (peers.md, section 0; negatives can go slightly below)."""
    negatives = 2 * sketches - 2
    return Scale(math.log(negatives + 1), math.log1p(negatives * math.exp(-1 / temperature)), of)


def temperature(config: Config) -> float:
    """What divides the cosines of the number that the gauge reads."""
    return GAUGE_TEMPERATURE if config.method.name == "byol" else config.method.temperature


def scale(config: Config) -> Scale:
    """The scale of a run: a micro-batch under `multisteps` sees only its own negatives. BYOL's own loss is lowest at
    collapse, so there the contrast of predictions with targets is read, which training does not see."""
    sketches = config.batch_size // config.steps_per_update
    match config.method.name:
        case "simclr":
            return nt_xent(sketches, temperature(config))
        case "byol":
            return nt_xent(sketches, temperature(config), "nt_xent")
        case "prototypical":
            return Scale(math.log(config.method.way), 0.0)
    raise AssertionError(config.method.name)
