"""How other people's code reduces NT-Xent to one number, and which of the ways a logged curve was made in."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from sketchjax.config import UserError
from sketchjax.health.gauge import Scale, nt_xent
from sketchjax.health.logs.curve import Curve

REDUCTIONS = ("mean", "sum_of_two", "supcontrast", "sum")
BASE_TEMPERATURE = 0.07  # of SupContrast's losses.py, which multiplies the mean by temperature / base_temperature


class Setting(NamedTuple):
    """What the one who logged knows about the run."""

    method: str
    batch_size: int = 0  # sketches an update: of all devices and accumulated parts together
    temperature: float = 0.0
    reduction: str = "auto"  # or one of REDUCTIONS
    way: int = 0  # classes an episode
    devices: int = 1
    accumulate: int = 1


class Convention(NamedTuple):
    """One way to make the number, and the scale of it."""

    reduction: str
    scale: Scale
    factor: float  # times the mean over the anchors, in nats
    sketches: int  # whose views an anchor is compared with
    temperature: float
    says: str = ""  # what is odd about it

    @property
    def way(self) -> float:
        """From chance to the floor."""
        return self.scale.chance - self.scale.floor

    def gauge(self, loss: float) -> float:
        """The share of the way, in percent."""
        return self.scale.gauge({self.scale.of: loss})

    @property
    def lowest(self) -> float:
        """No embeddings do better: positives at cosine 1, all other pairs at -1/(N-1), the corners of a simplex."""
        logits = -(1 + 1 / max(self.sketches - 1, 1)) / self.temperature
        return self.factor * math.log1p((2 * self.sketches - 2) * math.exp(logits))

    @property
    def highest(self) -> float:
        """No embeddings do worse: not even with positives at cosine -1 and all other pairs at 1."""
        return self.factor * (math.log(2 * self.sketches - 1) + 2 / self.temperature)

    @property
    def slack(self) -> float:
        """How far above chance random vectors begin: cosines of variance 1/d add 1/(2 d temperature^2); d is 64 here,
        half of the usual projection. At least 1 % of the way."""
        return max(self.factor / (128 * self.temperature**2), self.way / 100)

    def rounding(self, resolution: float) -> float:
        """How far equal similarities can be from chance in print: by the last digit; or by float32's relative 2^-23 in
        terms of size chance + 1/temperature, which in a running sum over 2N anchors adds up as a random walk."""
        terms = self.scale.chance / self.factor + 1 / self.temperature
        return max(resolution, self.factor * 2**-23 * terms * math.sqrt(2 * self.sketches))

    def __str__(self) -> str:
        return f"{self.reduction}: {self.scale.floor:.4g} to {self.scale.chance:.4g}"


def choose(curve: Curve, setting: Setting) -> tuple[Convention, str]:
    """The convention of a curve, and why. Raises: UserError where it is possible under none.

    A flat curve on a chance level belongs to it. Otherwise the mean is taken where it is possible, then the smallest
    chance that is above the beginning, because training begins near chance.
    """
    usual = list(_usual(setting))
    equal = [c for c in (*usual, *_odd(setting)) if _equals(curve, c)]
    if level := equal or [c for c in usual if _stays(curve, c)]:
        best = min(level, key=lambda c: abs(curve.end - c.scale.chance))
        return best, f"because the loss {'equals' if equal else 'stays at'} its chance"
    possible = [c for c in usual if curve.end >= c.lowest - c.way / 10]  # an epoch's last batch may be smaller
    told = setting.reduction != "auto"  # then, a run may have been worse than chance from the first point
    tops = [c.highest if told else c.scale.chance + c.slack + 3 * min(curve.noise, c.way / 20) for c in possible]
    begins = (curve.first, min(curve.first, curve.last))
    fits = ([c for c, top in zip(possible, tops, strict=True) if begin <= top] for begin in begins)
    fit = next(filter(None, fits), None)
    if fit is None:
        known = "; ".join(map(str, usual))
        raise UserError(
            f"loss {curve.first:.6g} .. {curve.end:.6g} is impossible with batch_size={setting.batch_size}, "
            f"temperature={setting.temperature:g} ({known}): check --batch_size, --temperature, --reduction, --column"
        )
    best = min(fit, key=lambda c: (c.reduction != "mean", c.scale.chance))
    others = sorted({c.reduction for c in fit} - {best.reduction, "mean"})
    why = "as told" if told else "because the curve fits it"
    return best, why + (f" ({' and '.join(others)} too)" if others and best.reduction != "mean" else "")


def _equals(curve: Curve, convention: Convention) -> bool:
    """From the first point, within a tenth of the way, to the last third, which is flat."""
    chance, near = convention.scale.chance, convention.rounding(curve.resolution)
    if convention.says and near > 1e-3 * convention.factor:
        return False  # some 40 odd levels in 3 nats: a flat curve would meet one to 0.001 by chance, 3 %
    settled = max(abs(curve.end - chance), abs(curve.last - chance), curve.noise) <= near
    return settled and abs(curve.first - chance) <= convention.way / 10


def _stays(curve: Curve, convention: Convention) -> bool:
    """Never farther from chance than 2 % of the way and three deviations of a point; in the end, than 1 % and three
    standard errors. A point that deviates by more than 5 % of the way says nothing."""
    noise, error = curve.noise / convention.way, curve.error / convention.way
    off = [abs(value - convention.scale.chance) / convention.way for value in (curve.first, curve.best, curve.end)]
    return max(off) <= 0.02 + 3 * noise and off[2] <= 0.01 + 3 * error and noise <= 0.05


def _usual(setting: Setting) -> Iterator[Convention]:
    """Of all sketches, and of those that a device or an accumulated part has."""
    n, parts = setting.batch_size, {1, setting.devices, setting.accumulate, setting.devices * setting.accumulate}
    for reduction in REDUCTIONS if setting.reduction == "auto" else (setting.reduction,):
        for part in sorted(parts):
            yield _convention(reduction, max(2, n // part), setting, _unlike(n // part, n) * (part > 1))


def _odd(setting: Setting) -> Iterator[Convention]:
    """Chance levels of another number of candidates than 2N - 1, or of another N than was told."""
    n, away = setting.batch_size, math.exp(-1 / setting.temperature)
    itself = Scale(math.log(2 * n), math.log(2 + (2 * n - 2) * away)), "of 2N: the anchor is its own candidate"
    across = Scale(math.log(n), math.log1p((n - 1) * away)), "of N: only the other views are candidates"
    for reduction in REDUCTIONS[:3] if setting.reduction == "auto" else (setting.reduction,):
        for scale, says in (itself, across):
            usual = _convention(reduction, n, setting, says)
            yield usual._replace(scale=_times(scale, usual.factor))
        for other in {n * 2**power for power in range(1, 7)} | {n // 2**power for power in range(1, 7)}:
            if other >= 2:
                yield _convention(reduction, other, setting, _unlike(other, n))


def _unlike(sketches: int, told: int) -> str:
    why = "negatives are not gathered" if sketches < told else "--batch_size counts one device's only?"
    return f"of {sketches} sketches, not of {told}: {why}"


def _convention(reduction: str, sketches: int, setting: Setting, says: str = "") -> Convention:
    t = setting.temperature
    factors = {"mean": 1.0, "sum_of_two": 2.0, "supcontrast": t / BASE_TEMPERATURE, "sum": 2.0 * sketches}
    factor = factors[reduction]
    return Convention(reduction, _times(nt_xent(sketches, t), factor), factor, sketches, t, says)


def _times(scale: Scale, factor: float) -> Scale:
    return Scale(scale.chance * factor, scale.floor * factor, scale.of)
