"""Where a run starts: at random, from another run's encoder, or where it was interrupted."""

from collections.abc import Sequence

from jax.sharding import Mesh
from optax import GradientTransformation

from sketchjax.config import Config, UserError
from sketchjax.fields import leaves
from sketchjax.mesh import replicate
from sketchjax.objectives import Objective, make_objective
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import Encoder, TrainState, make_state
from sketchjax.training.workdir import Workdir


def check_start(config: Config, planned: Sequence[Config] = ()) -> None:
    """Raises UserError where init_from neither holds a run nor is planned to, or one whose encoder is another."""
    if not config.init_from:
        return
    other = next((p for p in planned if p.folder == config.init_from), None)
    there = dict(leaves(other or Workdir.find(config.init_from).config()))
    here = {name: value for name, value in leaves(config) if name.startswith("encoder.") or name == "data.image_size"}
    if different := [
        f"{name}={value!r}, there {there[name]!r}" for name, value in here.items() if value != there[name]
    ]:
        raise UserError(f"init_from={config.init_from} has another encoder ({'; '.join(different)}): set it alike")


def start(config: Config, objective: Objective, optimizer: GradientTransformation, mesh: Mesh) -> TrainState:
    """The state before the first step, on the devices."""
    encoder = None
    if config.init_from:
        other = Workdir.find(config.init_from)
        with Checkpoints(other.path, own=False) as checkpoints:
            _, trained = restored(other.config(), checkpoints, "best", mesh)
        encoder = Encoder(trained.params["encoder"], trained.stats["encoder"])
    return replicate(mesh, make_state(config, objective, optimizer, encoder))


def known(
    config: Config, objective: Objective, optimizer: GradientTransformation, mesh: Mesh, state: TrainState
) -> dict[str, TrainState]:
    """What is scored before training, by name: an untrained state and, if it is another, the one it starts from."""
    if not config.init_from:
        return {"untrained": state}
    return {"untrained": replicate(mesh, make_state(config, objective, optimizer)), "start": state}


def restored(config: Config, checkpoints: Checkpoints, step: str | int, mesh: Mesh) -> tuple[TrainState, TrainState]:
    """A run's untrained state (its random start) and that of a checkpoint: "best", "latest" or a number.

    Raises: UserError where there is none, or it is damaged."""
    steps = checkpoints.steps()
    if not steps:
        raise UserError("the run has no checkpoint yet: wait for its first")
    if step not in (*steps, *steps.values()):
        raise UserError(f"--step={step} is not on disk: there are best={steps['best']} and latest={steps['latest']}")
    untrained = replicate(mesh, make_state(config, make_objective(config), make_optimizer(config, 2)))
    state, _ = checkpoints.restore(steps[step] if isinstance(step, str) else step, untrained)
    return untrained, state


def resumed(state: TrainState, about: dict[str, str], checkpoints: Checkpoints) -> TrainState:
    """The newest intact checkpoint's state, or the one given where there is none yet."""
    if (found := checkpoints.restore_newest(state)) is None:
        return state
    state, stored = found
    for name, value in about.items():
        if stored[name] != value:
            raise UserError(
                f"the checkpoints are of another {name} ({stored[name]}, here {value}): choose another workdir"
            )
    return state
