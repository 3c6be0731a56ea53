"""What a representation's spread says: how many directions it uses, and how much."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.model.heads import normalise


def covariance(h: Float[Array, "sketches views features"]) -> Float[Array, "features features"]:
    """Of the normalised representations, all views together. Products in full float32: small spreads must not drown."""
    h = normalise(h).reshape(-1, h.shape[-1])
    h = h - h.mean(0, keepdims=True)
    return jnp.matmul(h.T, h, precision=jax.lax.Precision.HIGHEST) / len(h)


def spread(covariance: Float[Array, "features features"]) -> dict[str, jax.Array]:
    """embedding_std, the mean standard deviation of a dimension (1/sqrt(features) at most), and effective_rank, the
    exponential of the entropy of the eigenvalues' shares (Roy & Vetterli 2007): 1 on a line, `features` when all
    directions are used alike."""
    values = jnp.maximum(jnp.linalg.eigvalsh(covariance), 0.0)
    shares = values / jnp.maximum(values.sum(), 1e-12)
    entropy = -jnp.sum(jnp.where(shares > 0, shares * jnp.log(jnp.maximum(shares, 1e-12)), 0.0))
    return {
        "embedding_std": jnp.sqrt(jnp.maximum(jnp.diagonal(covariance), 0.0)).mean(),
        "effective_rank": jnp.exp(entropy),
    }
