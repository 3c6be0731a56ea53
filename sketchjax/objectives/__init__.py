"""Objectives: each a record of pure functions, picked by `match`."""

from sketchjax.config import Config
from sketchjax.objectives import simclr
from sketchjax.objectives.record import Objective, Outputs, Variables


def make_objective(config: Config) -> Objective:
    """The configured objective."""
    match config.method.name:
        case "simclr":
            return simclr.make(config)
    raise AssertionError(config.method.name)


__all__ = ["Objective", "Outputs", "Variables", "make_objective"]
