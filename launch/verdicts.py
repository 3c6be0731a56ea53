"""A picture of every verdict, in docs/when-a-run-fails.md.

  python launch/verdicts.py docs/verdicts          runs what is missing (ten minutes on two busy cores), draws, prints
  python launch/verdicts.py docs/verdicts --print  prints only, what the page quotes

One trial of tests/failures for each verdict, and a healthy one. Each is carried out to its end, unguarded: the picture
has it in full colour up to where it would have been stopped, and pale where it went on all the same. No trial has ever
overfitted: that picture is of a log written by hand, as in tests/health/test_verdict.py. What was logged and seen is
kept in OUT/verdicts.json: remove a line there to have its trial run again.
"""

import io
import json
import math
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from sketchjax.config import Augment, Config, Data
from sketchjax.data import inspection
from sketchjax.data.sources import open_source
from sketchjax.health import causes, verdict
from sketchjax.health.lines import Line, number, probes
from sketchjax.mesh import keep_compiled
from sketchjax.page import run
from tests.failures.faults import FAULTS, original_views
from tests.failures.runs import Trial, carry_out, config_of
from tests.health.test_verdict import line as written

TRIALS = {
    verdict.HEALTHY: Trial("", "simclr", 0),
    verdict.SLOW: Trial("learning_rate_x0001", "simclr", 0),
    verdict.AT_CHANCE: Trial("original_augmentation", "byol", 0),
    verdict.COLLAPSED: Trial("no_stop_gradient", "byol", 2),
    verdict.LOW_RANK: Trial("drawings_half_inverted", "byol", 0),
    verdict.DIVERGING: Trial("loss_maximised", "simclr", 0),
    verdict.NO_GRADIENT: Trial("dead_activations", "simclr", 0),
    verdict.TARGET_FROZEN: Trial("tau_1", "byol", 0),
    verdict.NON_FINITE: Trial("infinite_from_step_60", "simclr", 0),
    verdict.SHORTCUT: Trial("corner_tells_the_drawing", "simclr", 0),
}
Told = dict[str, Any]
NAMES = (*TRIALS, verdict.OVERFITTED)
_LAST = {  # title, columns of the fourth picture
    verdict.NO_GRADIENT: ("gradient norm, all blocks", ("grad_norm",)),
    verdict.TARGET_FROZEN: ("target: distance, move an update", ("target_distance", "target_moved")),
    verdict.NON_FINITE: ("steps skipped so far", ("skipped",)),
    verdict.SLOW: ("way come, lengths of the weights", ("travel",)),
}
_COLUMNS = (
    *("update", "gauge", "embedding_spread", "effective_rank", "positive_cosine", "negative_cosine", "grad_norm"),
    *("target_distance", "target_moved", "skipped", "travel", "validation_accuracy", "validation_untrained"),
)
_COSINES = ("cosine of positives, negatives", ("positive_cosine", "negative_cosine"))
_BLUE, _RED, _GREY = "#1f5fa8", "#c2410c", "#6b7280"


def config_with_fault(trial: Trial) -> Config:
    """As the trial trains: some faults are settings."""
    config = config_of(trial)
    with pytest.MonkeyPatch.context() as patch:
        if trial.fault:
            FAULTS[trial.fault][0](config, patch)
    return config


def carried_out(name: str) -> Told:
    """What is to be told of a trial, with what the picture needs of its logged lines."""
    if name == verdict.OVERFITTED:
        scores = {200: 60.0, 400: 70.0, 600: 54.0, 800: 53.0, 1000: 53.0}
        losses = ((at, 0.5 + 4.5 * math.exp(-at / 60)) for at in range(20, 1020, 20))
        lines = [written(at, loss, scores.get(at)) for at, loss in losses]
        told: Told = {"trial": "written by hand", "errors": [], "config": Config()}
    else:
        with tempfile.TemporaryDirectory() as folder:
            said = io.StringIO()
            with redirect_stdout(said):
                row = carry_out(TRIALS[name], Path(folder))
            found = run.read(Path(folder))
        errors = [line for line in said.getvalue().splitlines() if line.startswith("error: ")]
        lines, told = found.lines, {"trial": row["name"], "errors": errors, "config": found.config}
    config = told.pop("config")
    words = [verdict.judge(config, lines[: at + 1]) for at in range(len(lines))]
    ends = next((at for at, word in enumerate(words) if not word.good), len(lines) - 1)
    told |= {"update": lines[ends]["update"], "updates": round(lines[-1]["update"] / lines[-1]["progress"])}
    drawn = [{column: _short(number(line, column)) for column in _COLUMNS if column in line} for line in lines]
    drawn = [{column: value for column, value in line.items() if math.isfinite(value)} for line in drawn]
    return {
        "verdict": words[ends].name,
        **told,
        "stopped": not words[ends].good,
        "seen": words[ends].evidence,
        "lines": drawn,
    }


def _short(value: float) -> float | int:
    """To four digits, as much as is drawn."""
    return int(value) if value == value // 1 else float(f"{value:.4g}")


def picture(told: Told) -> Image.Image:
    """Gauge, embeddings, few-shot and what gives this verdict away, by update."""
    figure, lines = Figure(figsize=(10.6, 2.5), dpi=150, layout="constrained", facecolor="white"), told["lines"]
    gauge, spread, few_shot, last = axes = figure.subplots(1, 4)
    _curve(gauge, told, "gauge", _BLUE)
    gauge.axhline(0, color=_GREY, lw=1, ls="--")
    low, high = gauge.get_ylim()
    gauge.set(title="gauge, % (0: chance)", ylim=(min(-10, low), max(100, high)))
    _curve(spread, told, "embedding_spread", _BLUE)
    rank = spread.twinx()
    _curve(rank, told, "effective_rank", _RED)
    spread.set(title="spread (blue) and rank (red)", ylim=(0, 1))
    rank.set_ylim(0, max(10.0, 1.1 * max(_finite(lines, "effective_rank"))))
    _few_shot(few_shot, told)
    title, columns = _LAST.get(told["verdict"], _COSINES)
    for column, colour in zip(columns, (_BLUE, _RED), strict=False):
        _curve(last, told, column, colour)
    values = _finite(lines, *columns)
    bottom, top = (min(-0.25, 1.1 * min(values)), 1.05) if columns == _COSINES[1] else (0, 1.1 * max(values) or 1)
    last.set(title=title, ylim=(bottom, top))
    for of in (*axes, rank):
        of.set_xlim(0, told["updates"])
        of.title.set_fontsize(9)
        of.tick_params(labelsize=8)
        of.spines[["top"] if of in (spread, rank) else ["top", "right"]].set_visible(False)
    for of in axes:
        of.set_xlabel("update", size=8)
        if told["stopped"]:
            of.axvline(told["update"], color="black", lw=1, ls=":")
    spread.tick_params(axis="y", colors=_BLUE)
    rank.tick_params(axis="y", colors=_RED)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", facecolor="white")
    return Image.open(drawn).convert("RGB").quantize(64)


def _curve(axes: Any, told: Told, column: str, colour: str) -> None:
    """Pale from the update on at which it would have been stopped."""
    for pale in (True, False):
        some = [line for line in told["lines"] if pale or line["update"] <= told["update"]]
        at, heights = [line["update"] for line in some], [_value(line, column) for line in some]
        axes.plot(at, heights, color=colour, alpha=0.3 if pale else 1, lw=1.6, marker="o", ms=2, clip_on=False)


def _value(line: Line, column: str) -> float:
    """nan where no embedding is finite: their rank is logged as 1 there."""
    return number(line, column) if column != "effective_rank" or "embedding_spread" in line else math.nan


def _few_shot(axes: Any, told: Told) -> None:
    asked = probes(told["lines"])
    before = asked[-1]["validation_untrained"]
    for pale in (True, False):
        some = [line for line in asked if pale or line["update"] <= told["update"]]
        at, scores = [line["update"] for line in some], [line["validation_accuracy"] for line in some]
        alpha = 0.3 if pale else 1
        axes.plot([0, *at], [before, *scores], color=_BLUE, alpha=alpha, lw=1.6, marker="o", ms=4, clip_on=False)
    above = bool(asked[-1]["validation_accuracy"] <= before)  # of the curve's two sides the free one
    for height, name, up in ((before, "before training", above), (20, "chance", False)):
        axes.axhline(height, color=_GREY, lw=1, ls="--")
        at_end = (1, height), (0, 2 if up else -2), ("axes fraction", "data"), "offset points"
        axes.annotate(name, *at_end, ha="right", va="bottom" if up else "top", size=8)
    axes.set(title="few-shot, validation, %", ylim=(10, 80))


def _finite(lines: Sequence[Line], *columns: str) -> list[float]:
    return [value for line in lines for c in columns if math.isfinite(value := number(line, c))] or [0.0]


def erased() -> Image.Image:
    """Drawings, each beside two views of the original augmentation, as sketchjax.data.inspect shows them."""
    base = open_source(Data()).read("base")
    rows = np.random.default_rng(0).permutation(len(base.images))[:24].astype(np.int32)
    views = original_views(jnp.asarray(base.images[rows]), jnp.asarray(rows), jax.random.key(0), Augment())
    return inspection.contact_sheet(base.images[rows], np.asarray(views)).quantize(16)


def show(rows: Sequence[Told]) -> None:
    """What the page quotes: the picture, what was seen, the causes as the code says them now."""
    for row in rows:
        name, says = row["verdict"], f"update {row['update']} of {row['updates']}"
        config = config_with_fault(TRIALS[name]) if name in TRIALS else Config()
        print(f"\n![{name}](verdicts/{name}.png)\n")
        print(f"`{row['trial']}`, {says}\n\n```text")
        print(*row["errors"], "seen:", *(f"  {seen}" for seen in row["seen"]), sep="\n")
        if found := causes.of(name, config):
            print("likely causes, first things first:")
            print(*(f"  {number}. {cause}" for number, cause in enumerate(found, 1)), sep="\n")
        print("```")


def main(out: Path, only_print: bool) -> None:
    stored = out / "verdicts.json"
    rows = {row["verdict"]: row for row in json.loads(stored.read_text())} if stored.exists() else {}
    keep_compiled()
    for name in [] if only_print else NAMES:
        if name not in rows:
            found = carried_out(name)
            if found["verdict"] != name:
                print(f"{found['trial']} is {found['verdict']}, not {name}: choose another", file=sys.stderr)
                continue
            rows[name] = found
            out.mkdir(parents=True, exist_ok=True)
            stored.write_text("[\n" + ",\n".join(json.dumps(rows[n]) for n in NAMES if n in rows) + "\n]\n")
        picture(rows[name]).save(out / f"{name}.png", optimize=True)
    if not only_print:
        erased().save(out / "erased.png", optimize=True)
    show([rows[name] for name in NAMES if name in rows])


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--print" in sys.argv)
