"""Closed-set probes: all classes at once, learned from two thirds of each one's drawings, judged on the rest."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from sketchjax.progress import watched

_NEIGHBOURS, _TEMPERATURE = 20, 0.07  # Wu et al. 2018, arXiv:1805.01978, with fewer neighbours than ImageNet's 200
_DECAYS = (1e-4, 1e-3, 1e-2, 1e-1)  # of the linear probe: tried on a third of what it learns from
_ROWS, _ITERATIONS = 2048, 200

Features = Float[np.ndarray, "n features"]
Queries = Float[np.ndarray, "queries features"]
Labels = Int[np.ndarray, " n"]
Guesses = Int[np.ndarray, " queries"]


def probe(features: dict[str, np.ndarray], labels: Labels, seed: int) -> Iterator[dict[str, Any]]:
    """Rows of result.json's probes: accuracy in percent, with 1.96 standard errors, by the features' names."""
    held = held_out(labels, seed)
    for name, method in (("knn", knn), ("linear", linear)):
        row: dict[str, Any] = {"probe": name, "learned_from": int((~held).sum()), "drawings": int(held.sum())}
        for of, x in features.items():
            right = float((method(x[~held], labels[~held], x[held]) == labels[held]).mean())
            error = 196 * np.sqrt(right * (1 - right) / held.sum())
            row |= {of: 100 * right, "ci95" if of == "accuracy" else f"{of}_ci95": float(error)}
        yield row


def held_out(labels: Labels, seed: int) -> Bool[np.ndarray, " n"]:
    """A third of each class's drawings, by chance, rounded down."""
    order = np.random.default_rng(seed).permutation(len(labels))
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        own = order[labels[order] == label]
        held[own[: len(own) // 3]] = True
    return held


def knn(learned: Features, labels: Labels, queries: Queries) -> Guesses:
    """The vote of the nearest neighbours by cosine, each weighted by exp(cosine / temperature)."""
    unit = [x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12) for x in (learned, queries)]
    found, most = [], min(_NEIGHBOURS, len(learned))
    for at in range(0, len(queries), _ROWS):
        cosines = unit[1][at : at + _ROWS] @ unit[0].T
        nearest = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
        weights = np.exp((np.take_along_axis(cosines, nearest, 1) - 1) / _TEMPERATURE)
        votes = np.zeros((len(cosines), labels.max() + 1))
        np.add.at(votes, (np.arange(len(cosines))[:, None], labels[nearest]), weights)
        found.append(votes.argmax(1))
    return np.concatenate(found)


def linear(learned: Features, labels: Labels, queries: Queries) -> Guesses:
    """Multinomial logistic regression on standardised features; the weight decay is chosen on a third of the learned
    drawings, then all are learned."""
    centre, spread = learned.mean(0), np.maximum(learned.std(0), 1e-6)
    learned, queries = (learned - centre) / spread, (queries - centre) / spread
    aside = held_out(labels, 0)
    scores = {
        decay: (predicted(learned[aside], fit(learned[~aside], labels[~aside], decay)) == labels[aside]).mean()
        for decay in watched(_DECAYS, "linear probe", len(_DECAYS))
    }
    return predicted(queries, fit(learned, labels, max(scores, key=lambda decay: scores[decay])))


def predicted(queries: Queries, weights: Float[np.ndarray, "features+1 classes"]) -> Guesses:
    return (queries @ weights[:-1] + weights[-1]).argmax(1)


def fit(x: Features, labels: Labels, decay: float) -> Float[np.ndarray, "features+1 classes"]:
    """Weights, and in the last row biases, of the least mean cross-entropy + decay / 2 x the squared weights."""
    from scipy.optimize import minimize  # a tenth of a second

    shape = (x.shape[1] + 1, int(labels.max()) + 1)
    on_device = jax.device_put((x.astype(np.float32), labels.astype(np.int32), np.float32(decay)))

    def value(flat: np.ndarray) -> tuple[float, np.ndarray]:
        loss, slope = jax.device_get(_loss(*on_device, jnp.asarray(flat, jnp.float32).reshape(shape)))
        return float(loss), slope.astype(np.float64).ravel()

    least = minimize(value, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    return least.x.reshape(shape).astype(np.float32)


@jax.jit
@partial(jax.value_and_grad, argnums=3)
def _loss(
    x: Float[Array, "n features"],
    labels: Int[Array, " n"],
    decay: jax.Array,
    weights: Float[Array, "features+1 classes"],
) -> Float[Array, ""]:
    logits = x @ weights[:-1] + jnp.broadcast_to(weights[-1], (len(x), weights.shape[1]))
    own = jnp.take_along_axis(logits, labels[:, None], 1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(logits, 1) - own) + decay / 2 * jnp.sum(jnp.square(weights[:-1]))
