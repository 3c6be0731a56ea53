"""What can be read off the logged lines of a run."""

import math
from collections.abc import Sequence
from typing import Any

Line = dict[str, Any]

# How far a run must have come, all its steps added up, in lengths of its weights. Where the weights of every layer
# change by a share r, what L layers compute changes by at most (1 + r)^L - 1 (Bernstein et al. 2020,
# https://arxiv.org/abs/2002.03432). Below CHANGED six layers, the fewest here, cannot have replaced it by something as
# large; a run is judged after twice that.
CHANGED = 2 ** (1 / 6) - 1
TRAVEL = 2 * CHANGED


def steps(lines: Sequence[Line], at: int) -> int:
    """From the line before `at` to the last one."""
    return lines[-1]["step"] - (lines[at - 1]["step"] if at else 0)


def busy(lines: Sequence[Line], batch_size: int) -> float:
    """Seconds between logged updates, of all the processes that a run took. A process's first line has no speed."""
    befores = (0, *(line["update"] for line in lines))
    known = [(line, before) for line, before in zip(lines, befores, strict=False) if line["sketches_per_second"]]
    return sum((line["update"] - before) * batch_size / line["sketches_per_second"] for line, before in known)


def number(line: Line, name: str) -> float:
    """nan where the line has none: what is not finite is null in metrics.jsonl."""
    value = line.get(name)
    return math.nan if value is None else float(value)


def mean(lines: Sequence[Line], name: str) -> float:
    return sum(number(line, name) for line in lines) / len(lines)


def probes(lines: Sequence[Line]) -> list[Line]:
    """Lines with a few-shot score."""
    return [line for line in lines if "validation_accuracy" in line]


def before(line: Line) -> str:
    """Whose score is that before training: of a run that starts from another's encoder "start", else "untrained"."""
    return "start" if "validation_start" in line else "untrained"


def useless(probes: Sequence[Line], floor: str) -> bool:
    """Twice in a row no better than that."""
    return len(probes) >= 2 and not any(above(line, floor) for line in probes[-2:])


def above(line: Line, floor: str) -> bool:
    return line["validation_accuracy"] - line[f"validation_{floor}"] > uncertainty(line, floor)


def uncertainty(line: Line, floor: str) -> float:
    """Of the difference of two scores, 95 %, as if their episodes were not the same: on the safe side."""
    return math.hypot(line["validation_ci95"], line[f"validation_{floor}_ci95"])


def compared(line: Line, floor: str) -> str:
    """A score beside that, in words."""
    said = "before training" if floor == before(line) else floor
    return (
        f"few-shot {line['validation_accuracy']:.1f} ± {line['validation_ci95']:.1f} %, "
        f"{said} {line[f'validation_{floor}']:.1f} ± {line[f'validation_{floor}_ci95']:.1f} %"
    )
