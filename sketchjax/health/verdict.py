"""What a run's numbers say together: one word, the evidence for it, its likely causes and their cures.

A pure function of the config and the logged lines, so that a resumed run, a live one and a post-mortem say the same. No
verdict rests on one number: what looks hopeless is called so only where few-shot on validation classes, asked twice,
finds nothing that the encoder did not know before training. The thresholds are derived, each where it is used.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from sketchjax.config import Config
from sketchjax.health import causes, gauge
from sketchjax.health.lines import (
    CHANGED,
    TRAVEL,
    Line,
    above,
    before,
    compared,
    mean,
    number,
    probes,
    steps,
    uncertainty,
    useless,
)

HEALTHY, SLOW, AT_CHANCE, COLLAPSED, LOW_RANK = "healthy", "slow", "at_chance", "collapsed", "low_rank"
DIVERGING, NON_FINITE, TARGET_FROZEN = "diverging", "non_finite", "target_frozen"
SHORTCUT, OVERFITTED, NO_GRADIENT = "shortcut", "overfitted", "no_gradient"

WINDOW = 3  # logged updates in a row: one or two may be bad batches
AGAIN = 1.5  # and how much farther before it is asked again


class Verdict(NamedTuple):
    """A verdict with its reasons."""

    name: str
    evidence: tuple[str, ...] = ()  # what was seen, with values
    causes: tuple[str, ...] = ()  # the most likely first, each with what to change

    @property
    def good(self) -> bool:
        """Nothing has to be changed for the run to end well."""
        return self.name in (HEALTHY, SLOW)


def judge(config: Config, lines: Sequence[Line]) -> Verdict:
    """The verdict after the last of the logged lines."""
    if found := _certain(config, lines) or _learned_something_else(lines):
        return _explained(config, *found)
    if (found := suspicion(config, lines)) and (late := _late(lines)) and useless(late, before(late[-1])):
        name, evidence = found
        return _explained(config, name, (*evidence, compared(late[-1], before(late[-1]))))
    if found := _slow(lines):
        return _explained(config, *found)
    return Verdict(HEALTHY, tuple(_checklist(lines)))


def wants_probe(config: Config, lines: Sequence[Line]) -> bool:
    """Whether few-shot has to be asked about a suspicion: at once, and again when the run has come half as far more."""
    asked = [line["travel"] for line in _late(lines)]
    return suspicion(config, lines) is not None and lines[-1]["travel"] >= max(asked, default=0) * AGAIN


def _late(lines: Sequence[Line]) -> list[Line]:
    """Few-shot scores of a run that could have learned by then."""
    return [line for line in probes(lines) if line["travel"] >= TRAVEL]


def suspicion(config: Config, lines: Sequence[Line]) -> tuple[str, tuple[str, ...]] | None:
    """The name and the evidence of what looks hopeless by the embeddings alone, or None: also while it is too early."""
    if len(lines) < WINDOW or lines[-1]["travel"] < TRAVEL:
        return None
    last = lines[-WINDOW:]
    rank, reached = max(number(line, "effective_rank") for line in last), mean(last, "gauge")
    if rank < 2:  # a line has 1: prototypes on it separate neighbours only
        return LOW_RANK, (f"the drawings lie almost on a line: effective rank {rank:.1f}",)
    noise = noise_of(config, last)
    if not reached < noise:
        return None
    seen = (
        f"gauge {reached:.1f} % (0 % is chance; random vectors reach up to {noise:.1f} %), "
        f"nearest view right in {mean(last, 'top1'):.1f} % (chance {mean(last, 'top1_chance'):.1f} %)",
        f"cosine of positives {mean(last, 'positive_cosine'):.4f}, of negatives {mean(last, 'negative_cosine'):.4f}",
    )
    temperature = gauge.temperature(config)
    if 1 - mean(last, "negative_cosine") < temperature / 10 or mean(last, "embedding_spread") < 0.1:
        return COLLAPSED, (*seen, f"embedding spread {mean(last, 'embedding_spread'):.4f} (1 at most, 0 at a point)")
    start, now = number(lines[0], "loss"), mean(last, "loss")
    if reached < -noise and now > start:
        return DIVERGING, (*seen, f"loss {start:.3f} -> {now:.3f}, worse than chance and than at the start")
    return AT_CHANCE, seen


def noise_of(config: Config, lines: Sequence[Line]) -> float:
    """How far the mean gauge of some lines strays from chance if embeddings are random vectors: 4 standard errors, %.

    Cosines of random unit vectors of d dimensions have deviation 1/sqrt(d); a loss averages N independent pairs, each
    off by cosine/temperature. Of episodes, the share of right queries has the binomial's."""
    method, sketches = config.method, config.batch_size // config.steps_per_update
    scale = gauge.scale(config)
    if method.name == "prototypical":
        queries = sketches * method.query / (method.shot + method.query)
        return 400 * math.sqrt((1 / method.way) * (1 - 1 / method.way) / (queries * len(lines)))
    deviation = 1 / (gauge.temperature(config) * math.sqrt(method.projection_features))
    return 400 * deviation / math.sqrt(sketches * len(lines)) / (scale.chance - scale.floor)


def _certain(config: Config, lines: Sequence[Line]) -> tuple[str, tuple[str, ...]] | None:
    """What needs no second opinion: steps that are not finite, parts without a gradient, a target that stands still."""
    tail = next((at for at in range(len(lines) - 1, -1, -1) if steps(lines, at) >= 10), None)
    if tail is not None:
        lost, of = lines[-1]["skipped"] - (lines[tail - 1]["skipped"] if tail else 0), steps(lines, tail)
        if lost >= of / 2:  # rare bad drawings spoil rare batches
            last, first = lines[-1]["last_finite"], lines[-1]["step"] - lost + 1
            since = f": all since step {last + 1}" if last < first else f"; the last finite one was step {last}"
            return NON_FINITE, (f"{lost} of the last {of} steps were not finite and changed nothing{since}",)
    last = lines[-WINDOW:]
    if len(last) < WINDOW:
        return None
    if dead := [name for name in last[0]["grad_norms"] if all(line["grad_norms"][name] == 0 for line in last)]:
        return NO_GRADIENT, (f"the gradient is exactly 0 in {', '.join(dead)}",)
    if all(_stands_still(config, line) for line in last):
        distance, moved = number(last[-1], "target_distance"), number(last[-1], "target_moved")
        return TARGET_FROZEN, (f"the target moves by {moved:.1e} of its length an update, {distance:.2f} behind",)
    return None


def _stands_still(config: Config, line: Line) -> bool:
    """It moves by less than a hundredth of what tau asks for; at the end of a run tau asks for nothing."""
    distance, moved = number(line, "target_distance"), number(line, "target_moved")
    due = (1 - config.method.tau) * (math.cos(math.pi * line["progress"]) + 1) / 2 * distance
    return distance > 1e-4 and moved <= due / 100 and (due > 1e-6 or config.method.tau == 1)


def _learned_something_else(lines: Sequence[Line]) -> tuple[str, tuple[str, ...]] | None:
    """Training's own task is half solved or better, and few-shot gains nothing, or loses most of what it had gained.

    An encoder that another run has trained solves the task and need not gain: the score to be above is an untrained
    one's, and what it had gained includes what it came with."""
    asked = probes(lines)
    if not asked or not number(lines[-1], "gauge") >= 50:
        return None
    says = f"gauge {number(lines[-1], 'gauge'):.0f} %"
    if useless([line for line in asked if number(line, "gauge") >= 50], "untrained"):
        return SHORTCUT, (says, compared(asked[-1], "untrained"))
    best = max(asked, key=lambda line: line["validation_accuracy"])
    highest, update = max((best["validation_accuracy"], best["update"]), (best.get("validation_start", 0.0), 0))
    gained = highest - best["validation_untrained"]
    lost = [highest - line["validation_accuracy"] for line in asked[-2:]]
    if len(asked) > 2 and min(lost) > max(gained / 2, uncertainty(best, "untrained")):
        fell = f"few-shot fell from {highest:.1f} % (update {update})"
        return OVERFITTED, (says, f"{fell} to {asked[-1]['validation_accuracy']:.1f} %")
    return None


def _slow(lines: Sequence[Line]) -> tuple[str, tuple[str, ...]] | None:
    """At this pace the weights cannot become new; or the end is there and few-shot has gained nothing."""
    if not lines or lines[-1]["progress"] < 0.25:
        return None
    far, asked = lines[-1]["travel"], probes(lines)
    if far / lines[-1]["progress"] < CHANGED:
        return SLOW, (f"all steps so far come to {far:.2g} of the weights' length: they can hardly have changed",)
    if lines[-1]["progress"] == 1 and asked and not above(asked[-1], before(asked[-1])):
        return SLOW, (compared(asked[-1], before(asked[-1])),)
    return None


def _checklist(lines: Sequence[Line]) -> list[str]:
    """Loss falls, learning rate falls, nothing is skipped, few-shot gains."""
    if not lines:
        return []
    first, last = lines[0], lines[-1]
    highest = max(number(line, "learning_rate") for line in lines)
    return [
        f"loss {number(first, 'loss'):.3f} -> {number(last, 'loss'):.3f}, gauge {number(last, 'gauge'):.0f} %",
        f"learning rate up to {highest:.2g}, now {number(last, 'learning_rate'):.2g}; {last['skipped']} steps skipped",
        *(compared(line, before(line)) for line in probes(lines)[-1:]),
    ]


def _explained(config: Config, name: str, evidence: tuple[str, ...]) -> Verdict:
    return Verdict(name, evidence, causes.of(name, config))
