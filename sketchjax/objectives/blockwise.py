"""The softmax of NT-Xent without its matrix: a block of columns at a time, in memory that grows only as the batch does.

The sum over an anchor's row is kept as a running logarithm (Milakov & Gimelshein 2018,
https://arxiv.org/abs/1805.02867), and the gradient computes each block again. Where anchors and others are the same
array a block serves its rows and its columns at once: three products as large as the plain form's three, not four.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

_MOST = 1 << 25  # similarities in memory at once: 128 MiB


def block_of(embeddings: int) -> int:
    """Columns at a time for a loss over so many embeddings; 0: all at once. By size alone: not by what is free, which
    would make a resumed run another."""
    return 0 if embeddings <= 2048 else min(1024, max(64, _MOST // embeddings))


def mean_logsumexp(
    a: Float[Array, "n features"], b: Float[Array, "n features"], temperature: float, block: int
) -> Float[Array, ""]:
    """Over the rows of a: the logarithm of the summed exp(a . b / temperature) with all rows of b but its own."""
    return _mean(a, b, temperature, block, a is b)


@partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def _mean(a: jax.Array, b: jax.Array, temperature: float, block: int, same: bool) -> Float[Array, ""]:
    return _forward(a, b, temperature, block, same)[0]


def _forward(
    a: jax.Array, b: jax.Array, temperature: float, block: int, same: bool
) -> tuple[Float[Array, ""], tuple[jax.Array, jax.Array, Float[Array, " n"]]]:
    def add(total: Float[Array, " n"], part: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
        return jnp.logaddexp(total, jax.nn.logsumexp(_similarity(a, *part, temperature), 1)), None

    sums, _ = jax.lax.scan(add, jnp.full_like(a[:, 0], -jnp.inf), (_blocks(b, block), _places(b, block)))
    return jnp.mean(sums), (a, b, sums)


def _backward(temperature: float, block: int, same: bool, kept: tuple[jax.Array, ...], g: jax.Array) -> tuple:
    a, b, sums = kept

    def add(total: jax.Array, part: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
        columns, place, their_sums = part
        similarity = _similarity(a, columns, place, temperature)
        shares = jnp.exp(similarity - sums[:, None])  # of each row's sum
        if same:
            shares = shares + jnp.exp(similarity - their_sums[None, :])  # and of each column's, which is a row, too
        return total + _product(shares, columns), shares[:0] if same else _product(shares.T, a)

    parts = _blocks(b, block), _places(b, block), _blocks(sums, block)
    of_a, of_b = jax.lax.scan(add, jnp.zeros_like(a), parts)
    of_b = jnp.zeros_like(b) if same else jnp.moveaxis(of_b, 0, 1).reshape(-1, b.shape[1])[: len(b)]
    return of_a * (g / (len(a) * temperature)), of_b * (g / (len(a) * temperature))


_mean.defvjp(_forward, _backward)


def _blocks(x: Float[Array, "n *features"], block: int) -> Float[Array, "blocks block *features"]:
    """Every so many rows (so that each device has its share of every block), the last ones filled up."""
    count, width = _counts(len(x), block)
    padded = jnp.pad(x, [(0, width * count - len(x)), *[(0, 0)] * (x.ndim - 1)])
    return jnp.moveaxis(padded.reshape(width, count, *x.shape[1:]), 1, 0)


def _places(x: Float[Array, "n features"], block: int) -> Int[Array, "blocks block"]:
    """Which rows they are; n or more where it is none."""
    count, width = _counts(len(x), block)
    return jnp.arange(width * count).reshape(width, count).T


def _counts(rows: int, block: int) -> tuple[int, int]:
    count = -(-rows // block)
    return count, -(-rows // count)


def _similarity(a: jax.Array, columns: jax.Array, place: jax.Array, temperature: float) -> Float[Array, "n block"]:
    """Over the temperature; -inf with itself, and with what is no row."""
    similarity = _product(a, columns.T) / temperature
    itself = jnp.arange(len(a))[:, None] == place[None, :]
    return jnp.where(itself | (place >= len(a))[None, :], -jnp.inf, similarity)


def _product(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)
