"""The losses once more, in NumPy's float64, one anchor at a time: written from the papers, not from objectives/."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from sketchjax.config import GAUGE_TEMPERATURE, Config
from sketchjax.model.heads import Outputs


def losses(config: Config, outputs: Outputs) -> dict[str, float]:
    """What a step should report of these outputs, by name: its loss, and the number that the gauge reads."""
    h, z, p, target = (None if x is None else np.asarray(x, np.float64) for x in outputs)
    match config.method.name:
        case "simclr":
            assert z is not None
            return {"loss": contrast(z, z, config.method.temperature)}
        case "byol":
            assert p is not None and target is not None
            return {"loss": regression(p, target), "nt_xent": contrast(p, target, GAUGE_TEMPERATURE)}
        case "prototypical":
            assert h is not None
            return {"loss": episodes(h[:, 0], config)}
    raise AssertionError(config.method.name)


def contrast(
    anchors: Float[np.ndarray, "n 2 features"], others: Float[np.ndarray, "n 2 features"], temperature: float
) -> float:
    """Equation 1 of SimCLR, the mean over anchors, nats."""
    total = 0.0
    for i in range(len(anchors)):
        for view in (0, 1):
            candidates = {(j, w): others[j, w] for j in range(len(others)) for w in (0, 1) if (j, w) != (i, view)}
            logits = {at: _cosine(anchors[i, view], x) / temperature for at, x in candidates.items()}
            total += _surprise(list(logits.values()), logits[i, 1 - view])
    return total / (2 * len(anchors))


def regression(predictions: Float[np.ndarray, "n 2 features"], targets: Float[np.ndarray, "n 2 features"]) -> float:
    """Equation 2 of BYOL, both ways round, the mean over sketches."""
    pairs = [(p[view], t[1 - view]) for p, t in zip(predictions, targets, strict=True) for view in (0, 1)]
    return sum(2 - 2 * _cosine(p, t) for p, t in pairs) / len(predictions)


def episodes(h: Float[np.ndarray, "n features"], config: Config) -> float:
    """Equation 2 of Snell et al., the mean over queries, nats; where asked, cosine / temperature for -distance."""
    method, surprises = config.method, []
    drawings = method.shot + method.query
    for episode in h.reshape(-1, method.way, drawings, h.shape[-1]):
        if method.distance == "cosine":
            episode = episode / np.linalg.norm(episode, axis=-1, keepdims=True)
        prototypes = [np.mean([episode[k, s] for s in range(method.shot)], 0) for k in range(method.way)]
        for k in range(method.way):
            for query in episode[k, method.shot :]:
                if method.distance == "cosine":
                    logits = [_cosine(query, prototype) / method.temperature for prototype in prototypes]
                else:
                    logits = [-float(((query - prototype) ** 2).sum()) for prototype in prototypes]
                surprises.append(_surprise(logits, logits[k]))
    return sum(surprises) / len(surprises)


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b) / max(math.sqrt(float(a @ a)) * math.sqrt(float(b @ b)), 1e-12)


def _surprise(logits: Sequence[float], right: float) -> float:
    """-ln of the right one's share under the softmax."""
    most = max(logits)
    return most - right + math.log(math.fsum(math.exp(logit - most) for logit in logits))
