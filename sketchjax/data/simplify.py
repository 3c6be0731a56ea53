"""Fewer points for nearly the same drawing: Douglas and Peucker's rule, the tolerance raised until the drawing fits."""

from collections.abc import Sequence

import numpy as np

Lines = Sequence[np.ndarray]  # the strokes of a drawing, each of two points or more


def simplify(drawings: Sequence[Lines], most: int) -> list[Lines]:
    """Those of more than `most` points in all keep the points that the rule keeps at the least tolerance that fits.

    Of more than most / 2 strokes, the longest stay. Order is kept; ties go to the earlier point."""
    fitting: list[Lines] = list(drawings)
    long = [row for row, strokes in enumerate(drawings) if sum(map(len, strokes)) > most]
    if not long:
        return fitting
    shorter = [_longest(drawings[row], most // 2) for row in long]
    flat = [stroke for strokes in shorter for stroke in strokes]
    cuts = np.cumsum([sum(map(len, strokes)) for strokes in shorter])[:-1]
    tolerances = np.split(_tolerances(flat), cuts)
    for row, strokes, ranks in zip(long, shorter, tolerances, strict=True):
        kept = np.zeros(len(ranks), bool)
        kept[np.argsort(-ranks, kind="stable")[:most]] = True
        parts = np.split(kept, np.cumsum([len(s) for s in strokes])[:-1])
        fitting[row] = [s[part] for s, part in zip(strokes, parts, strict=True)]
    return fitting


def _longest(strokes: Lines, most: int) -> Lines:
    if len(strokes) <= most:
        return strokes
    lengths = [np.hypot(*np.diff(s.astype(float), axis=0).T).sum() for s in strokes]
    return [strokes[at] for at in sorted(np.argsort(-np.array(lengths), kind="stable")[:most])]


def _tolerances(strokes: Lines) -> np.ndarray:
    """For each point the tolerance up to which the rule keeps it; ends always stay. All lines are split at once."""
    points, ends = np.concatenate(strokes).astype(float), np.cumsum([len(s) for s in strokes])
    tolerances = np.zeros(len(points))
    tolerances[ends - 1] = tolerances[[0, *ends[:-1]]] = np.inf
    kept, caps = tolerances > 0, np.full(len(points), np.inf)
    while not kept.all():
        inner, at = np.flatnonzero(~kept), np.arange(len(points))
        first = np.maximum.accumulate(np.where(kept, at, 0))[inner]
        last = np.minimum.accumulate(np.where(kept, at, len(points))[::-1])[::-1][inner]
        chord, reach = points[last] - points[first], points[inner] - points[first]
        share = np.clip((reach * chord).sum(1) / np.maximum((chord * chord).sum(1), 1e-9), 0, 1)
        distances = np.hypot(*(reach - share[:, None] * chord).T)
        _, starts, line = np.unique(first, return_index=True, return_inverse=True)
        farthest = np.maximum.reduceat(distances, starts)[line]
        caps[inner] = np.minimum(caps[inner], farthest)  # a point falls with the one that split its line
        candidates = np.flatnonzero(distances == farthest)
        split = inner[candidates[np.unique(line[candidates], return_index=True)[1]]]
        tolerances[split], kept[split] = caps[split], True
    return tolerances
