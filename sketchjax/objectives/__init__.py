"""Objectives: each a record of pure functions, picked by `match`."""

from sketchjax.config import Config
from sketchjax.objectives import byol, prototypical, simclr
from sketchjax.objectives.record import Metrics, Objective


def make_objective(config: Config) -> Objective:
    """The configured objective."""
    match config.method.name:
        case "simclr":
            return simclr.make(config)
        case "byol":
            return byol.make(config)
        case "prototypical":
            return prototypical.make(config)
    raise AssertionError(config.method.name)


__all__ = ["Metrics", "Objective", "make_objective"]
