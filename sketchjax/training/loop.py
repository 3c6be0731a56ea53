"""The loop: what happens, in order, from the first step or the last checkpoint to the end."""

from functools import partial

import jax
from jax.sharding import Mesh

from sketchjax.config import Config
from sketchjax.data.batches import make_batches
from sketchjax.data.feed import make_feed
from sketchjax.data.record import Source
from sketchjax.evaluation.embed import Embedder
from sketchjax.evaluation.few_shot import Score, few_shot, make_episodes
from sketchjax.evaluation.floors import floors
from sketchjax.evaluation.scores import named
from sketchjax.fields import digest
from sketchjax.health.verdict import Verdict
from sketchjax.interrupt import Interrupted
from sketchjax.mesh import Asked, replicated
from sketchjax.objectives import make_objective
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.log import Log
from sketchjax.training.optim import make_optimizer
from sketchjax.training.start import known, resumed, start
from sketchjax.training.state import TrainState
from sketchjax.training.step import make_train_step
from sketchjax.training.workdir import Workdir


def train(config: Config, source: Source, mesh: Mesh, workdir: Workdir, checkpoints: Checkpoints) -> Verdict:
    """Trains to the end of the last epoch, from the newest intact checkpoint, or to a verdict that nothing will come of
    it; leaves metrics.jsonl and checkpoints."""
    feed = make_feed(config, source, mesh)
    batches = make_batches(config, feed.labels)
    objective, optimizer = make_objective(config), make_optimizer(config, batches.updates_per_epoch)
    updates, per_update = config.epochs * batches.updates_per_epoch, batches.steps_per_update
    every = config.checkpoint.every_epochs
    train_step = make_train_step(config, objective, optimizer, updates)
    train_step = jax.jit(train_step, donate_argnums=0, out_shardings=replicated(mesh))
    state = start(config, objective, optimizer, mesh)
    probe = Probe(config, source, mesh)
    before = known(config, objective, optimizer, mesh, state)
    at_start = {name: probe(one) for name, one in before.items()} | probe.floors()
    about = {"config": digest(config), "source": source.digest}
    state = resumed(state, about, checkpoints)
    first = int(state.step)
    asked = Asked(mesh)
    asked.check()

    workdir.drop_lines_after(first // per_update)
    with Log(config, batches, workdir, first // per_update, at_start) as log, jax.transfer_guard("disallow"):
        log.say(f"before training, {probe.way}-way {probe.shot}-shot on validation classes: {named(at_start)} %")
        incoming = feed.batches(batches, first, updates * per_update)
        for step in range(first, first if log.hopeless else updates * per_update):
            with log.input():
                batch = next(incoming)
            checkpoints.check()
            state, report = train_step(state, feed.resident, batch)
            log.flush(partial(probe, state))  # the update before: the device is busy with this one meanwhile
            update, rest = divmod(step + 1, per_update)
            save = rest == 0 and (update == updates or update % (every * batches.updates_per_epoch) == 0)
            if save or (rest == 0 and update % config.log_every_updates == 0):
                log.hold(update, report)
            if save or log.hopeless:  # what is saved has been logged
                log.flush(partial(probe, state), always=save)
                checkpoints.save(step + 1, state, log.score, about)
                workdir.refresh_report()
                if log.hopeless:
                    break
                asked.check()
            elif asked() and log.flush() and not log.hopeless:
                checkpoints.save(step + 1, state, -1.0, about)
                raise Interrupted
        return log.verdict


class Probe:
    """Few-shot accuracy on validation classes: what chooses the best checkpoint."""

    def __init__(self, config: Config, source: Source, mesh: Mesh):
        self._drawings = source.read("validation")
        self._embed = Embedder(config, mesh)
        e = config.evaluate
        self.way, self.shot = e.way[0], e.shot[0]
        self._episodes = make_episodes(self._drawings.labels, self.way, self.shot, e.query, e.episodes, e.seed)

    def __call__(self, state: TrainState) -> Score:
        return few_shot(self._embed(state.params, state.stats, self._drawings.images), self._episodes)

    def floors(self) -> dict[str, Score]:
        """What no learning scores on the same episodes."""
        return {name: few_shot(found, self._episodes) for name, found in floors(self._drawings.images).items()}
