"""A run's encoder, judged: on drawings in episodes, or on whole classes by probes, beside what no learning reaches."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jax.sharding import Mesh

from sketchjax.check import check
from sketchjax.config import Augment, Config, UserError
from sketchjax.data.record import Drawings, Source, remaining
from sketchjax.data.sources import check_episodes, open_source
from sketchjax.data.split import PARTS, digest_of, upright
from sketchjax.evaluation import probes, scores
from sketchjax.evaluation.embed import Embedder
from sketchjax.evaluation.few_shot import mistaken
from sketchjax.evaluation.floors import floors
from sketchjax.mesh import make_mesh
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.start import restored
from sketchjax.training.workdir import Workdir

_AROUND = 10_000  # base drawings by which features are centred and levelled, at most


class Embedded(NamedTuple):
    """Drawings, and what an encoder makes of them before and after training."""

    drawings: Drawings
    trained: np.ndarray  # [drawings, features]
    untrained: np.ndarray
    step: int
    around: np.ndarray | None  # base drawings, by which features are centred and levelled


def on(trained: Config, source: str | None, root: str | None, split: str | None) -> Config:
    """The config of a run, but for the drawings: None leaves what it was trained for."""
    data = trained.data
    if source not in (None, data.source):  # another source has its own root and split
        data = dataclasses.replace(data, source=source, root="", split="", strokes=False, per_class=0)
        trained = dataclasses.replace(trained, augment=Augment())  # which may move strokes: nothing is augmented here
    given = {name: value for name, value in (("root", root), ("split", split)) if value is not None}
    return dataclasses.replace(trained, data=dataclasses.replace(data, **given))


def of_run(workdir: Workdir, config: Config, parts: Sequence[str], step: str | int) -> tuple[Source, Embedded]:
    """The drawings that a config names, by the encoder of a run; its own config or one with other data and episodes.

    Raises: UserError where there is no such checkpoint, or a part does not hold the episodes."""
    check(config, 1)
    source = open_source(config.data)
    if len(parts) == 1:
        check_episodes(source, parts[0], config.evaluate)
    with Checkpoints(workdir.path, own=False) as checkpoints:
        return source, embedded(config, source, parts, make_mesh(), checkpoints, step)


def embedded(
    config: Config, source: Source, parts: Sequence[str], mesh: Mesh, checkpoints: Checkpoints, step: str | int
) -> Embedded:
    """Of some parts of a source, one after the other. step: "best", "latest" or a number.

    Raises: UserError where too few drawings for the episodes are left of one part."""
    untrained, trained = restored(config, checkpoints, step, mesh)
    read, embed = [source.read(part) for part in parts], Embedder(config, mesh)
    if len(parts) == 1 and read[0].skipped:  # those of novel classes are known only now: training does not look at them
        check_episodes(remaining(source, {parts[0]: read[0]}), parts[0], config.evaluate)
    firsts = np.cumsum([0, *(len(drawings.classes) for drawings in read[:-1])], dtype=np.int32)
    drawings = Drawings(
        np.concatenate([drawings.images for drawings in read]),
        np.concatenate([drawings.labels + first for drawings, first in zip(read, firsts, strict=True)]),
        sum((drawings.classes for drawings in read), ()),
    )
    around = _evenly(source.read("base").images) if config.evaluate.centre or config.evaluate.whiten else None
    features = [embed(state.params, state.stats, drawings.images, around) for state in (trained, untrained)]
    return Embedded(drawings, features[0], features[1], int(trained.step), around)


def _evenly(images: np.ndarray) -> np.ndarray:
    """_AROUND of them or fewer, of all classes: enough for a mean and a covariance."""
    return images[:: -(-len(images) // _AROUND)]


class Judged(NamedTuple):
    """What few-shot says of an encoder; the names are those of result.json."""

    few_shot: list[scores.Row]
    shot_sweep: list[scores.Row]
    hardest: list[scores.Row]
    of_episodes: list[np.ndarray]  # of each row of few_shot


def in_episodes(config: Config, source: Source, part: str, found: Embedded, against: Embedded | None = None) -> Judged:
    """against: the same drawings by another encoder. Raises: UserError where they are not."""
    drawings, features = found.drawings, {"accuracy": found.trained}
    if against:
        if (*against.drawings.labels, against.drawings.classes) != (*drawings.labels, drawings.classes):
            raise UserError(
                "--against: that run has other drawings: name those to compare on: --source, --root, --split"
            )
        features["against"] = against.trained
    features |= {"untrained": found.untrained, **floors(drawings.images, found.around, config.evaluate.whiten)}
    of = {**_of(config, source, found), "classes": part}
    scored = scores.score(drawings, features, config.evaluate)
    return Judged(
        [{**of, **row} for row, _ in scored],
        [{**of, **row} for row in scores.over_shots(drawings, features, config.evaluate)],
        scores.hardest(mistaken(found.trained, drawings.labels), drawings.classes),
        [values for _, values in scored],
    )


def by_probes(config: Config, source: Source, found: Embedded) -> list[scores.Row]:
    """Rows of result.json's probes, of all classes of the source."""
    nothing = floors(found.drawings.images, found.around, config.evaluate.whiten)
    features = {"accuracy": found.trained, "untrained": found.untrained, **nothing}
    of = {**_of(config, source, found), "classes": "all"}
    return [{**of, **row} for row in probes.probe(features, found.drawings.labels, config.evaluate.seed)]


def _of(config: Config, source: Source, found: Embedded) -> scores.Row:
    """What was judged, and how drawings and encoder came to be compared."""
    evaluate, classes = config.evaluate, found.drawings.classes
    return {
        "source": source.name,
        "step": found.step,
        "split": digest_of({part: list(source.counts[part]) for part in PARTS}),
        "classes_there": len(classes),
        "rotations": upright(classes[-1])[1] > 0,
        "image_size": config.data.image_size,
        **{name: getattr(evaluate, name) for name in ("representation", "normalise", "centre", "whiten")},
    }
