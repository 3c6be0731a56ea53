"""What the drawings say before any training, as they are and as the augmentation shows them: findings.

Graded by the gauge that remains within reach. An anchor that cannot tell its positive from k other views loses at least
ln(1 + k) nats, whatever the encoder; where a view shows nothing of its drawing, k is all the others: such a pair stays
at chance. An error leaves less than half of the scale, a warning less than nine tenths."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, UInt8

from sketchjax.config import Config
from sketchjax.data import likeness
from sketchjax.data.augment import views_of
from sketchjax.health import gauge
from sketchjax.health.preflight import ERROR, NOTE, WARNING, Finding
from sketchjax.objectives import make_objective

Drawings = UInt8[np.ndarray, "n size size"]
Views = Float[np.ndarray, "n views size size"]
View = Callable[[Any, np.ndarray], Views]  # (drawings, their rows) -> views; the same rows are moved alike

_DRAWINGS = 512  # looked at: a share of 1 % is then known within 0.5
_DRAWN = 0.1  # of its drawing's ink: a view that keeps less shows nothing of it (the sound ones keep 0.3 at least)
_MEND = "python -m sketchjax.data.inspect shows the views; mend --config.augment.*"


class Sample(NamedTuple):
    """Drawings, their views, and the views of as many empty pages by the same draws: what these hold is no drawing."""

    drawings: Float[np.ndarray, "n size size"]
    views: Views
    fill: Views


def viewer(config: Config) -> View:
    """The configured augmentation, as the first update applies it."""
    key, count = jax.random.fold_in(jax.random.key(config.seed), 0), make_objective(config).views
    program = jax.jit(lambda images, rows: views_of(images, rows, key, config.augment, count))
    return lambda images, rows: np.asarray(program(images, jnp.asarray(rows)))


def sample(images: Drawings, view: View, config: Config, pages: Any = None) -> Sample:
    """Of drawings that the seed chooses; an episode's worth at least. pages: what views are made of, where these are
    not the images but strokes."""
    count = max(_DRAWINGS, config.method.way * (config.method.shot + config.method.query))
    rows = np.random.default_rng(config.seed).permutation(len(images))[:count].astype(np.int32)
    drawings = images[rows]
    chosen = jax.tree.map(lambda part: part[rows], images if pages is None else pages)
    empty = jax.tree.map(np.zeros_like, chosen)
    return Sample(drawings.astype(np.float32) / 255, view(chosen, rows), view(empty, rows))


def findings(
    images: Drawings, validation: UInt8[np.ndarray, "others size size"], sample: Sample, config: Config
) -> list[Finding]:
    """About all base drawings, those of validation, and the views of a sample. Novel drawings are not looked at."""
    if not np.isfinite(sample.views).all() or sample.views.min() < -0.01 or sample.views.max() > 1.01:
        reason = f"from {sample.views.min():.3g} to {sample.views.max():.3g}, where paper is 0 and ink 1"
        return [Finding(ERROR, "values of the views", reason, _MEND)]
    return [
        *_pages(sample),
        *_copies(images, sample, config),
        *_leaked(images, validation),
        *_fill(sample),
        *_drawn(sample),
        *_alike(sample),
    ]


def summary(sample: Sample) -> str:
    """The line of --preflight_only about the views."""
    kept, related = ink_kept(sample), [relatedness(sample, at) for at in range(sample.views.shape[1])]
    low, middle = np.percentile(kept, [1, 50])
    return (
        f"views of {len(kept)} drawings: a view keeps {_percent(middle)} of the ink (median; 1st percentile "
        f"{_percent(low)}); blurred, it is more like its own drawing than like another in "
        f"{' and '.join(map(_percent, related))} of comparisons (50 % is chance)"
    )


def _graded(lost: float, what: str, reason: str, cure: str) -> Iterator[Finding]:
    """lost: the share of the scale, from chance to floor, that is out of reach; a thousandth is not worth a word."""
    if lost > 0.001:
        yield Finding(ERROR if lost > 0.5 else WARNING if lost > 0.1 else NOTE, what, reason, cure)


def _percent(share: Any) -> str:
    return f"{100 * share:.3g} %"


def _pages(sample: Sample) -> Iterator[Finding]:
    """Ink is a line on paper: never nothing, never most of the page."""
    ink = sample.drawings.mean((1, 2))
    blank, inverted = float((ink < 1e-3).mean()), float((ink > 0.5).mean())
    reason = f"{_percent(blank)} of {len(ink)} base drawings have less than 0.1 % of ink"
    yield from _graded(blank, "blank drawings", reason, "remove them")
    reason = f"{_percent(inverted)} of {len(ink)} base drawings are ink on more than half of the page"
    if inverted > 0.001:  # of some: their polarity tells them from the others; of all: every fill is a wedge of ink
        grade = ERROR if inverted > 0.9 else WARNING
        yield Finding(grade, "inverted drawings", reason, "store every drawing as dark ink on light paper")


def _copies(images: Drawings, sample: Sample, config: Config) -> Iterator[Finding]:
    """Copies of an anchor's drawing among the others of its batch are alternatives to its positive."""
    scale, others = gauge.scale(config), config.batch_size // config.steps_per_update - 1
    others = config.method.way - 1 if config.method.name == "prototypical" else 2 * others
    _, counts = np.unique(likeness.digests(images), return_counts=True)
    exact = float((counts * (counts - 1)).sum()) / max(len(images) * (len(images) - 1), 1)
    look = likeness.looks(sample.drawings)
    near = float((look @ look.T > likeness.SAME).sum() - len(look)) / max(len(look) * (len(look) - 1), 1)
    for kind, share in (("exact", exact), ("near", near - exact)):
        lost = math.log1p(others * max(share, 0.0)) / max(scale.chance - scale.floor, 1e-9)
        reason = f"an anchor has {others * share:.2g} copies of its drawing among its {others} alternatives"
        if kind == "exact":
            reason += f" ({len(counts)} of {len(images)} base drawings differ)"
            lost = 1.0 if len(counts) < config.batch_size else lost  # no batch is without copies
        yield from _graded(lost, f"{kind} duplicates", reason, "keep one of each")


def _leaked(images: np.ndarray, validation: np.ndarray) -> Iterator[Finding]:
    """Validation drawings choose the best checkpoint: those that were trained on choose by memory."""
    share = float(np.isin(likeness.digests(validation), likeness.digests(images)).mean()) if len(validation) else 0.0
    reason = f"{_percent(share)} of {len(validation)} validation drawings are base drawings too"
    yield from _graded(share, "split leakage", reason, "keep each drawing in one part: data.split or the folders")


def _fill(sample: Sample) -> Iterator[Finding]:
    """An empty page must stay empty: what appears on it is fill, or its polarity has been turned."""
    fill, ink = sample.fill.mean((2, 3)), sample.drawings.mean((1, 2))[:, None]
    flipped, wedges = fill > 0.5, (fill > 0.01) & (fill <= 0.5)
    if wedges.any():
        more, size = float((wedges & (fill > ink)).mean()), float(np.median(fill[wedges]))
        reason = (
            f"ink appears on {_percent(wedges.mean())} of empty pages and covers {_percent(size)} of them (median); "
        )
        reason += f"in {_percent(more)} of views it is more than the drawing"
        yield Finding(ERROR if more > 0.5 else WARNING, "fill", reason, "fill with paper, 0")
    if flipped.any():
        reason = f"{_percent(flipped.mean())} of empty pages become ink: no drawing is read so"
        yield Finding(ERROR if flipped.mean() > 0.5 else WARNING, "polarity of the views", reason, "do not invert")


def ink_kept(sample: Sample) -> Float[np.ndarray, "n views"]:
    """Of its drawing's ink, what each view shows: where it differs from the empty page."""
    return likeness.ink_kept(sample.drawings, sample.views, sample.fill)


def _drawn(sample: Sample) -> Iterator[Finding]:
    drawn = sample.drawings.mean((1, 2)) >= 1e-3  # a blank drawing has its own finding
    erased = ink_kept(sample)[drawn] < _DRAWN
    if not erased.size:
        return
    dead = float(erased.any(1).mean())
    reason = (
        f"{_percent(erased.mean())} of views keep less than {_percent(_DRAWN)} of their ink; {_percent(dead)} of pairs "
    )
    reason += f"have one and stay at chance: the gauge ends at {_percent(1 - dead)}"
    yield from _graded(dead, "erased views", reason, _MEND)


def _alike(sample: Sample) -> Iterator[Finding]:
    """Relatedness is 0.5 by chance, give or take sqrt(1 / 12 n), and 0.90 to 0.96 for the recipes' views of their
    sources: below 0.7 as if half of the views were of other drawings."""
    chance = 0.5 + 3 * math.sqrt(1 / (12 * len(sample.views)))
    for at in range(sample.views.shape[1]):
        if (related := relatedness(sample, at)) < max(chance, 0.7):
            reason = f"a view is more like its own drawing than like another in {_percent(related)} of comparisons"
            grade = ERROR if related < chance else WARNING
            yield Finding(grade, f"unrelated views (number {at})", f"{reason}, chance is 50 %", _MEND)
    if sample.views.shape[1] == 2:
        same = float((np.abs(sample.views[:, 0] - sample.views[:, 1]).max((1, 2)) < 1 / 255).mean())
        reason = f"{_percent(same)} of pairs are the same picture twice: equal pixels give the positive away"
        yield from _graded(same, "identical views", reason, "switch --config.augment.* on")


def relatedness(sample: Sample, at: int) -> float:
    """How often view number `at`, blurred, is more like its own drawing than like another, mirrored or not."""
    views, drawings = likeness.looks(sample.views[:, at]), likeness.looks(sample.drawings)
    alike = np.maximum(views @ drawings.T, views @ likeness.looks(sample.drawings[:, :, ::-1]).T)
    own = np.diagonal(alike)[:, None]
    wins = (alike < own).sum() + 0.5 * ((alike == own).sum() - len(own))
    return float(wins) / max(len(own) * (len(own) - 1), 1)
