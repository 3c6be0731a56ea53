"""Curves of logged lines, as SVG in the page's own colours: light or dark, as its reader has it."""

import io
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from sketchjax.config import Config
from sketchjax.evaluation import scores
from sketchjax.health import gauge
from sketchjax.health.bands import Band, bands, planned
from sketchjax.health.lines import Line, number, probes

# Matplotlib writes these colours; the page says what they are.
_INK, _FAINT = "#010101", "#020202"
_RUNS = tuple(f"#03030{digit}" for digit in range(1, 7))
_NAMED = {_INK: "currentColor", _FAINT: "var(--faint)", **{c: f"var(--run{i})" for i, c in enumerate(_RUNS, 1)}}
MOST = len(_RUNS)  # runs in one picture


def _none(config: Config, lines: Sequence[Line]) -> dict[str, float]:
    return {}


class Chart(NamedTuple):
    """A number of the log by epoch, and level lines by their names."""

    title: str
    column: str
    says: str
    levels: Callable[[Config, Sequence[Line]], dict[str, float]] = _none
    logarithmic: bool = False


def _ends(config: Config, lines: Sequence[Line]) -> dict[str, float]:
    scale = gauge.scale(config)
    return {"chance": scale.chance, "floor": scale.floor} if scale.of == "loss" else {}


def _before(config: Config, lines: Sequence[Line]) -> dict[str, float]:
    last = probes(lines)[-1]
    floors = {scores.NAMES[name]: last.get(f"validation_{name}") for name in ("pixels", "hog")}  # of a new enough run
    before = last.get("validation_start", last["validation_untrained"])
    return {"before training": before} | {name: at for name, at in floors.items() if at is not None}


CHARTS = (
    Chart("Loss", "loss", "Chance: all embeddings are equal; floor: those of a perfect encoder.", _ends),
    Chart("Gauge, %", "gauge", "The way from chance (0 %) to the floor (100 %).", lambda *_: {"chance": 0.0}),
    Chart("Few-shot on validation classes, %", "validation_accuracy", "What chooses the best checkpoint.", _before),
    Chart("Spread of embeddings", "embedding_std", "Towards 0 all drawings look alike to the encoder: collapse."),
    Chart("Effective rank", "effective_rank", "How many directions the embeddings use; 1 is collapse."),
    Chart("Learning rate", "learning_rate", "It rises, then falls along a cosine."),
    Chart("Gradient norm", "grad_norm", "Sudden peaks are the first sign of divergence.", logarithmic=True),
)


def svg(chart: Chart, runs: Sequence[tuple[str, Config, Sequence[Line]]]) -> str:
    """An <svg> element. runs: name, config and logged lines of each, MOST at most."""

    def paint(axes: Any) -> None:
        _, first, lines = runs[0]
        if band := _band(chart, first, lines):
            epochs = [update * first.epochs / planned(lines[-1]) for update in band.updates]
            axes.fill_between(epochs, band.low, band.high, color=_RUNS[0], alpha=0.15, lw=0)
        for (_, config, lines), colour in zip(runs, _RUNS, strict=False):
            known = [line for line in lines if math.isfinite(number(line, chart.column))]
            at = [config.epochs * line["progress"] for line in known]
            few = "o" if len(known) < 20 else ""
            axes.plot(at, [line[chart.column] for line in known], color=colour, lw=1.6, marker=few, ms=3, clip_on=False)
        axes.set_xlim(0, max(config.epochs for _, config, _ in runs))
        levels = sorted(chart.levels(*runs[0][1:]).items(), key=lambda level: level[1])
        for rank, (name, height) in enumerate(levels):  # side by side, for they may be close
            axes.axhline(height, color=_FAINT, lw=1, ls="--")
            at = (1 - 0.3 * (rank % 3), height)
            axes.annotate(name, at, xycoords=("axes fraction", "data"), ha="right", va="bottom", color=_FAINT)
        axes.set_xlabel("epoch")
        if chart.logarithmic and any(number(line, chart.column) > 0 for _, _, lines in runs for line in lines):
            axes.set_yscale("log")  # of zeros only there is none
            axes.yaxis.set(major_formatter=_plain(), minor_formatter=_plain())

    return _drawn(chart.title, paint)


def _plain() -> Any:
    """Of a logarithmic scale: 0.6, where matplotlib has a formula that takes half a second to set."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    return Plain()


def _band(chart: Chart, config: Config, lines: Sequence[Line]) -> Band | None:
    """That of the loss is the gauge's, the other way round."""
    scale, found = gauge.scale(config), bands(config, planned(lines[-1]))
    if chart.column == "loss" and scale.of == "loss" and "gauge" in found:
        ends = (found["gauge"].high, found["gauge"].low)
        low, high = ([scale.chance - at / 100 * (scale.chance - scale.floor) for at in end] for end in ends)
        return found["gauge"]._replace(low=low, high=high)
    return found.get(chart.column)


def sweep(title: str, runs: Sequence[Sequence[scores.Row]]) -> str:
    """An <svg> element: accuracy by shots, of each run, and the floors of the first."""

    def paint(axes: Any) -> None:
        at = [row["shot"] for row in runs[0]]
        for rows, colour in zip(runs, _RUNS, strict=False):
            mean, ci95 = (np.array([row[name] for row in rows]) for name in ("accuracy", "ci95"))
            axes.fill_between(at, mean - ci95, mean + ci95, color=colour, alpha=0.2, lw=0)
            axes.plot(at, mean, color=colour, lw=1.6, marker="o", ms=3)
        for name, dashes in (("hog", "-"), ("pixels", "--"), ("untrained", ":")):
            axes.plot(at, [row[name] for row in runs[0]], color=_FAINT, lw=1, ls=dashes, label=scores.NAMES[name])
        axes.legend(frameon=False, loc="lower right")
        axes.set_xscale("log")
        axes.set_xticks(at, [str(shot) for shot in at], minor=False)
        axes.minorticks_off()
        axes.set_xlabel("examples of each class (shots)")

    return _drawn(title, paint)


def _drawn(title: str, paint: Callable[[Any], None]) -> str:
    """What paint puts on a pair of axes."""
    import matplotlib  # half a second, which only a page pays
    from matplotlib.figure import Figure

    style: Any = {
        name: _INK for name in ("axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "text.color")
    }
    style |= {"svg.fonttype": "none", "svg.hashsalt": title, "font.size": 9, "font.family": "sans-serif"}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(5.2, 2.6))
        axes = figure.add_axes((0.14, 0.17, 0.84, 0.75))  # the same in every picture: they stand below each other
        paint(axes)
        axes.spines[["top", "right"]].set_visible(False)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = drawn.getvalue()
    for colour, name in _NAMED.items():
        text = text.replace(colour, name)
    return text[text.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
