"""The verdict on a log of BYOL, whose loss is lowest where everything has collapsed."""

import math

from sketchjax.config import UserError
from sketchjax.health import verdict
from sketchjax.health.logs import causes
from sketchjax.health.logs.columns import EMBEDDING_STD, Log
from sketchjax.health.logs.curve import Curve
from sketchjax.health.verdict import Verdict

LEFT = 0.01  # share of the way from agreement to orthogonality: a mean cosine of 0.99, 1 % of unit vectors' variance
_ALSO = (
    "BYOL's loss is lowest at collapse, so that alone it proves nothing: log the standard deviation of embeddings of "
    "length 1 too (0 at collapse, 1/sqrt(dimensions) at most), and few-shot accuracy beside an untrained encoder's"
)


def judge(log: Log, line: Curve) -> Verdict:
    """Predictions that equal their targets to 1 % of the variance, though the views differ, are most likely constant.

    The loss may be 2 - 2 cosine, 2 where they are orthogonal; its sum both ways round, 4 there; or minus the cosine, 0
    there, or the sum of that. Raises: UserError for a loss outside all of them."""
    low = min(log.loss)
    floor = 0.0 if low >= 0 else -1.0 if low >= -1.0001 else -2.0
    orthogonal = 0.0 if low < 0 else 4.0 if line.first > 2.2 else 2.0
    if low < -2.0001 or line.end > 8:
        raise UserError(
            f"loss {low:.6g} .. {line.end:.6g} is none of BYOL's, 0 to 8 or -2 to 2: check --method, --column"
        )
    left = [(value - floor) / (orthogonal - floor) for value in (line.first, line.best, line.end)]
    measured = (
        f"loss {line.first:.6g} -> {line.end:.6g}: mean cosine {1 - left[2]:.4f} if {orthogonal:g} is orthogonal",
        _ALSO,
    )
    if left[2] <= LEFT and EMBEDDING_STD not in log.also:
        near = floor + LEFT * (orthogonal - floor)
        since = log.place(next(at for at, value in enumerate(log.loss) if value <= near))
        seen = f"collapsed, most likely: predictions equal their targets to 1 % since {since}"
        return Verdict(verdict.COLLAPSED, (seen, *measured), causes.of(verdict.COLLAPSED, "byol"))
    if min(left) >= 1 - LEFT and math.isclose(left[2], 1, abs_tol=LEFT):
        seen = f"at chance from the first {log.unit}: predictions have nothing to do with their targets"
        return Verdict(verdict.AT_CHANCE, (seen, *measured), causes.UNRELATED)
    known = EMBEDDING_STD in log.also
    seen = (
        "healthy: predictions approach their targets"
        if known
        else "healthy, as far as the loss can tell: no sign of collapse"
    )
    return Verdict(verdict.HEALTHY, (seen, *measured[: 1 if known else 2]))
