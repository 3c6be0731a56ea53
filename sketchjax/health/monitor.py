"""What a step shows of itself, and what a sample of its embeddings says: how spread they are, and who is near whom."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from sketchjax.config import Config
from sketchjax.model.heads import Outputs, normalise

_MOST = 256  # embeddings in the sample: its cost does not grow with the batch, and 1/255 is chance enough to tell apart


def watch(
    outputs: Outputs, grads: Any, moves: Any, params: Any, target: Any, followed: Any, config: Config
) -> dict[str, Any]:
    """What the compiled step reports beside its loss; cheap, for most of it is looked at on logged updates only.

    update_ratio: the step's length as a share of the parameters'. target_distance, target_moved: of the target from
    what it follows, and of this step, as shares of its own length."""
    seen = {
        "update_ratio": _length(moves) / _length(params),
        "grad_norms": {f"{m}.{b}": _length(leaves) for m, blocks in grads.items() for b, leaves in blocks.items()},
        "sample": sample(outputs, config),
    }
    if target:
        online = {name: params[name] for name in target}
        seen["target_distance"] = _apart(online, followed) / _length(followed)
        seen["target_moved"] = _apart(followed, target) / _length(followed)
    return seen


def _length(tree: Any) -> Float[Array, ""]:
    return jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(tree)))


def _apart(a: Any, b: Any) -> Float[Array, ""]:
    return _length(jax.tree.map(jnp.subtract, a, b))


def sample(outputs: Outputs, config: Config) -> Outputs:
    """The first sketches of a batch; of episodes, of the first episode."""
    sketches, views = outputs.h.shape[:2]
    if config.method.name == "prototypical":
        sketches = min(sketches, config.method.way * (config.method.shot + config.method.query))
    return jax.tree.map(lambda x: x[: min(sketches, _MOST // views)], outputs)


def measure(outputs: Outputs, config: Config) -> dict[str, jax.Array]:
    """The numbers of a sample: spread of the representations, and contrast where the loss is computed."""
    sketches, views = outputs.h.shape[:2]
    group = jnp.arange(sketches * views)
    match config.method.name:
        case "simclr":
            anchors, others, group = outputs.z, outputs.z, group // views
        case "byol":
            anchors, others, group = outputs.p, outputs.target, group // views
        case _:
            anchors, others, group = outputs.h, outputs.h, group // (config.method.shot + config.method.query)
    assert anchors is not None and others is not None
    return spread(_rows(outputs.h)) | contrast(_rows(anchors), _rows(others), group)


def _rows(x: Float[Array, "sketches views features"]) -> Float[Array, "n features"]:
    return x.reshape(-1, x.shape[-1])


def spread(h: Float[Array, "n features"]) -> dict[str, jax.Array]:
    """Of representations at length 1: embedding_std, the mean standard deviation of a dimension (1/sqrt(features) at
    most); embedding_spread, the square root of the variances' sum: 0 at a point, 1 around the origin, and 1 - its
    square is the mean cosine of two drawings; effective_rank, the exponential of the entropy of the covariance's
    eigenvalue shares (Roy & Vetterli 2007): 1 on a line, `features` when all directions are used alike."""
    h = normalise(h)
    h = h - h.mean(0, keepdims=True)
    variance = jnp.mean(h * h, 0)
    small = h.T if len(h) > h.shape[1] else h  # the smaller of the two products: the same eigenvalues
    products = jnp.matmul(small, small.T, precision=jax.lax.Precision.HIGHEST) / len(h)
    values = jnp.maximum(jnp.linalg.eigvalsh(products), 0.0)
    shares = values / jnp.maximum(values.sum(), 1e-12)
    entropy = -jnp.sum(jnp.where(shares > 0, shares * jnp.log(jnp.maximum(shares, 1e-12)), 0 * shares))  # nan stays
    return {
        "embedding_std": jnp.sqrt(variance).mean(),
        "embedding_spread": jnp.sqrt(variance.sum()),
        "effective_rank": jnp.exp(entropy),
    }


def contrast(
    anchors: Float[Array, "n features"], others: Float[Array, "n features"], group: Int[Array, " n"]
) -> dict[str, jax.Array]:
    """Positives are of an anchor's group, negatives of another; itself is left out. Mean cosines of both, top1 (how
    often the nearest is a positive) and its chance in %, and, of Wang & Isola (2020, https://arxiv.org/abs/2005.10242),
    alignment and uniformity, of positives and of all pairs."""
    cosine = jnp.matmul(normalise(anchors), normalise(others).T, precision=jax.lax.Precision.HIGHEST)
    itself = jnp.eye(len(group), dtype=bool)
    same = group[:, None] == group[None, :]
    positive = same & ~itself
    nearest = jnp.argmax(jnp.where(itself, -jnp.inf, cosine), 1)
    mean = lambda values, where: jnp.mean(values, where=where)  # noqa: E731
    return {
        "positive_cosine": mean(cosine, positive),
        "negative_cosine": mean(cosine, ~same),
        "top1": 100 * jnp.mean(group[nearest] == group, dtype=jnp.float32),
        "top1_chance": 100 * positive.sum(dtype=jnp.float32) / (len(group) * (len(group) - 1.0)),
        "alignment": mean(2 - 2 * cosine, positive),
        "uniformity": jnp.log(mean(jnp.exp(4 * cosine - 4), ~itself)),
    }
