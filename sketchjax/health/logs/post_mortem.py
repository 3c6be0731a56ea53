"""The verdict on a log of any framework, from what it holds: often the loss alone.

The gauge, 0 % at chance and 100 % at the floor, is read in the last third of the points. What the thresholds mean:
  1 %    a positive is exp(0.01 (chance - floor)) times as probable as by a blind choice, in the geometric mean: 1.02
         times at batch 32 and temperature 0.5, 1.06 at 128 and 0.07 (the controlled trial's "nearly dead" had 0.8 %).
  ln 2   nats below chance: a positive is twice as probable as by a blind choice.
  0.01   of the variance of unit vectors, 1 in sum, is what a mean cosine of 0.99 leaves, and a standard deviation of
         0.001 in up to 10,000 dimensions.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from sketchjax.config import UserError
from sketchjax.health import verdict
from sketchjax.health.gauge import Scale
from sketchjax.health.logs import byol, causes
from sketchjax.health.logs.columns import ACCURACY, COSINE, EMBEDDING_STD, LEARNING_RATE, Log
from sketchjax.health.logs.conventions import Convention, Setting, choose
from sketchjax.health.logs.curve import Curve, curve, resolution
from sketchjax.health.verdict import Verdict

AT = 1.0  # %


def judge(log: Log, setting: Setting) -> Verdict:
    """The verdict; its first evidence is a sentence that sums it up. Raises: UserError for an impossible loss."""
    if (since := _lost(log.loss)) is not None:
        before = f", {log.loss[since - 1]:.6g} before" if since else ""
        seen = f"not finite from {log.place(since)} to {log.place(-1)}, the end: {log.loss[since]}{before}"
        return Verdict(verdict.NON_FINITE, (seen, *log.notes), causes.of(verdict.NON_FINITE))
    finite = [at for at, value in enumerate(log.loss) if math.isfinite(value)]
    log = log._replace(loss=[log.loss[at] for at in finite], places=[log.places[at] for at in finite])
    line = curve(log.loss)
    match setting.method:
        case "byol":
            found = byol.judge(log, line)
        case "prototypical":  # a cross-entropy over the classes of an episode
            scale = Scale(math.log(setting.way), 0.0)
            found = _on_scale(log, line, Convention("mean", scale, 1.0, setting.way, 1.0), "over the queries")
            found = found._replace(causes=(causes.PRETRAINED,) * (found.name == verdict.AT_CHANCE) + found.causes)
        case _:
            found = _on_scale(log, line, *choose(line, setting))
    found = _with_accuracy(_with_spread(found, log, line), log, setting)
    return found._replace(evidence=(*found.evidence, *_learning_rate(log), *log.notes))


def _lost(loss: Sequence[float]) -> int | None:
    """Since when, if to the end, and for longer than ever before: tables also mark by nan what was not measured."""
    runs = [(finite, len(list(run))) for finite, run in groupby(map(math.isfinite, loss))]
    (finite, length), before = runs[-1], max((length for finite, length in runs[:-1] if not finite), default=0)
    return None if finite or length <= before else len(loss) - length


def _on_scale(log: Log, line: Curve, convention: Convention, why: str) -> Verdict:
    """By chance and floor alone."""
    gauge, scale, oddly = convention.gauge, convention.scale, f" {convention.says}" * bool(convention.says)
    median = f" {line.end:.8g} in the last {line.end_points} of {line.points} points (median)," * (line.end_points > 1)
    course = f"loss {line.first:.8g} at first,{median} {line.recent:.8g} at the end"
    reached = f"{_percent(gauge(line.end))} of the way{_give_or_take(line, convention)}"
    measured = (
        course if line.points > 1 else f"loss {line.end:.8g}, a single point",
        f"chance {scale.chance:.8g}, floor {scale.floor:.4g}: {reached}",
        f"scale: --reduction={convention.reduction}{oddly}, {why}",
    )
    name, best, now = _name(line, convention), log.place(line.best_at), gauge(line.recent)
    match name:
        case verdict.AT_CHANCE:
            return _at_chance(log, line, convention, measured)
        case verdict.COLLAPSED:
            seen = f"back at chance, after {gauge(line.best):.0f} % of the way at {best}"
        case verdict.DIVERGING:
            seen = f"{gauge(line.best):.0f} % of the way from chance to floor at {best}, {now:.0f} % at the end"
        case _:
            seen = f"{now:.0f} % of the way from chance to floor"
    return Verdict(name, (f"{name}: {seen}", *measured), causes.of(name))


def _percent(share: float) -> str:
    return f"{round(share, 2) + 0.0:.2f} %"  # no -0.00


def _give_or_take(line: Curve, convention: Convention) -> str:
    error = 100 * line.error / convention.way
    return f" (standard error {_percent(error)})" if error >= 0.005 else ""


def _name(line: Curve, convention: Convention) -> str:
    """The margin of chance widens by 3 standard errors of the end, to 4 % at most, and by the last digit printed; a
    lowest stretch must stand out by 5 deviations more, as the lowest of many. Raises: UserError for too few digits."""
    noise, error, print_ = (100 * x / convention.way for x in (line.noise, line.error, line.resolution))
    margin = AT + 3 * min(error, AT) + print_
    end, last, recent, best = map(convention.gauge, (line.end, line.last, line.recent, line.best))
    left = best > margin + 5 * noise / math.sqrt(line.window)
    if line.end > max(convention.scale.chance, min(line.first, line.best)) + convention.slack + 3 * line.error:
        return verdict.DIVERGING
    if end <= margin and last <= margin + 3 * noise:
        if print_ > 10 and abs(end) <= AT + print_:
            raise UserError(f"loss {line.end:g} is printed too coarsely to tell it from chance: log more digits")
        return verdict.COLLAPSED if left else verdict.AT_CHANCE
    if left and best - recent > max(best / 2, 6 * error):
        return verdict.DIVERGING
    twice = convention.scale.chance - line.recent >= convention.factor * math.log(2)
    return verdict.HEALTHY if twice or recent >= 50 else verdict.SLOW


def _at_chance(log: Log, line: Curve, convention: Convention, measured: tuple[str, ...]) -> Verdict:
    """Since when, and whether all similarities are equal or only no use."""
    near = convention.slack + 3 * line.noise + line.resolution
    before = log.loss[: line.points - line.end_points]
    away = [at for at, value in enumerate(before) if abs(value - convention.scale.chance) > near]
    since = f"since {log.place(away[-1] + 1)}" if away else f"from the first {log.unit}"
    off, rounding = abs(line.end - convention.scale.chance), convention.rounding(line.resolution)
    # Vectors of a random direction in up to 2048 dimensions would be off by 1 / (2 * 2048 temperature^2).
    distinct = convention.factor * min(1 / (4096 * convention.temperature**2), 1e-3)
    if max(off, line.noise) > rounding or rounding > distinct:
        worse = line.end > convention.scale.chance + convention.slack
        seen = f"at chance {since}: positives are no nearer than negatives"
        seen = "at chance, or worse: positives are farther than negatives" if worse else seen
        return Verdict(verdict.AT_CHANCE, (seen, *measured), causes.UNRELATED)
    equal = (
        f"the loss is chance to {off:.0e}, where print and float32 round by {rounding:.0e}: all similarities are "
        "equal, as of a constant vector; neither a small batch nor the temperature explains that"
    )
    seen = f"at chance {since}: all embeddings equal"
    return Verdict(verdict.AT_CHANCE, (seen, *measured, equal), causes.CONSTANT)


def _with_spread(found: Verdict, log: Log, line: Curve) -> Verdict:
    """What the embeddings' own spread adds: it may be gone though the loss fell, and be there though it did not."""
    limits = {EMBEDDING_STD: (0.001, "1/sqrt(dimensions) at most"), COSINE: (-0.99, "of different drawings")}
    seen, gone = [], False
    for kind, (limit, says) in limits.items():
        if values := [value for value in log.also.get(kind, ()) if math.isfinite(value)]:
            end = float(np.median(values[-max(1, len(values) // 3) :]))
            gone |= (-end if kind == COSINE else end) <= limit
            seen.append(f"{kind.replace('_', ' ')} {end:.4f} ({says})")
    if not gone:
        return found._replace(evidence=(*found.evidence, *seen))
    if found.name == verdict.AT_CHANCE:
        return found._replace(evidence=(*found.evidence, *seen), causes=causes.CONSTANT)
    fell = 100 * (line.first - line.end) / abs(line.first) if line.first else 0
    although = f", although the loss fell {fell:.0f} %" if fell >= 1 else ""
    name, (_, *rest) = verdict.COLLAPSED, found.evidence
    return Verdict(name, (f"collapsed: all embeddings nearly equal{although}", *seen, *rest), causes.of(name))


def _with_accuracy(found: Verdict, log: Log, setting: Setting) -> Verdict:
    """An accuracy of exactly 1/k, three times and more, is that of one answer to every question."""
    values = [value for value in log.also.get(ACCURACY, ()) if math.isfinite(value)]
    last = values[-max(3, len(values) // 3) :]
    if len(last) < 3 or not max(last) > 0:
        return found
    unit = 100 if max(last) > 1 else 1
    ways, near = round(unit / max(last)), min(resolution(last), 0.005 * unit)
    if ways < 2 or max(abs(value - unit / ways) for value in last) > max(near, 1e-6 * unit):
        return found
    seen = f"accuracy {last[-1]:g} at all of the last {len(last)} points: chance of {ways} classes, one answer for all"
    if setting.way != ways and near > 0.0005 * unit:  # 0.2 may be 0.2000, or 0.21 with one digit
        return found._replace(evidence=(*found.evidence, f"{seen}, if there are so many: say --way={ways}"))
    if not found.good:
        return found._replace(evidence=(*found.evidence, seen))
    if setting.method == "prototypical":
        return Verdict(verdict.AT_CHANCE, (f"at chance: {seen}", *found.evidence[1:]), causes.CONSTANT)
    says = f"shortcut: the loss falls, but {seen}"
    return Verdict(verdict.SHORTCUT, (says, *found.evidence), causes.of(verdict.SHORTCUT))


def _learning_rate(log: Log) -> Iterator[str]:
    rate = [value for value in log.also.get(LEARNING_RATE, ()) if math.isfinite(value)]
    if len(rate) >= 10 and rate[-1] >= max(rate):
        yield f"the learning rate ended where it was highest, at {rate[-1]:g}: no schedule lowered it"
