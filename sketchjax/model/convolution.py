"""The convolution of all encoders, in forms that XLA is quick at. Each is the textbook's sum in another order.

XLA CPU has one good form, that of a large image and a small window. What its gradients make of that (a window as large
as the image, an image with holes) and its form for images smaller than the window take 2 to 20 times as long as a
matrix product of the same size: benchmarks/RESULTS.md has each, and what was tried besides.
"""

import functools
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

_CACHE = 1 << 21  # bytes of a core's second-level cache, which a block's columns should fit
_LEAST = 14 * 14  # pixels of an image from which on blocks are quicker than XLA's own gradient
Made = Callable[[jax.Array, jax.Array], jax.Array]


class Conv(nn.Module):
    """A square window without bias, the image padded by half of it: by the same on all sides, "SAME" is not where it
    strides."""

    features: int
    side: int
    stride: int = 1
    dtype: Any = jnp.float32
    kernel_init: nn.initializers.Initializer = nn.initializers.lecun_normal()

    @nn.compact
    def __call__(self, x: Float[Array, "n h w c"]) -> Float[Array, "n h2 w2 features"]:
        shape = self.side, self.side, x.shape[-1], self.features
        kernel = self.param("kernel", self.kernel_init, shape, jnp.float32)
        return convolve(x.astype(self.dtype), kernel.astype(self.dtype), self.stride)


def convolve(
    x: Float[Array, "n h w c"], kernel: Float[Array, "side side c features"], stride: int
) -> Float[Array, "n h2 w2 features"]:
    """Each pixel's neighbourhood by the kernel, at every stride-th pixel."""
    side = len(kernel)
    if side == 1:
        return x[:, ::stride, ::stride] @ kernel[0, 0]
    if (min(x.shape[1:3]) - 1) // stride + 1 < side:  # XLA swaps image and window, and CPU has no form for that
        return _columns(x, side, stride) @ kernel.reshape(-1, kernel.shape[-1])
    if jax.default_backend() == "cpu" and jax.device_count() == 1:  # blocks of images would cross devices
        return _in_blocks(x, kernel, stride)
    return _plain(x, kernel, stride)


def _plain(x: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    edge = len(kernel) // 2
    padding = ((edge, edge), (edge, edge))
    return jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _columns(x: jax.Array, side: int, stride: int) -> jax.Array:
    """The neighbourhoods themselves. [n, h2, w2, side side c]"""
    edge = (side // 2,) * 2
    high, wide = ((length - 1) // stride * stride + 1 for length in x.shape[1:3])
    x = jnp.pad(x, ((0, 0), edge, edge, (0, 0)))
    taps = [(i, j) for i in range(side) for j in range(side)]
    return jnp.concatenate([x[:, i : i + high : stride, j : j + wide : stride] for i, j in taps], -1)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _in_blocks(x: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    """The plain form, whose gradients are computed by products of a few images at a time."""
    return _plain(x, kernel, stride)


def _forward(x: jax.Array, kernel: jax.Array, stride: int) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _plain(x, kernel, stride), (x, kernel)


def _backward(stride: int, kept: tuple[jax.Array, jax.Array], g: jax.Array) -> tuple[jax.Array, jax.Array]:
    x, kernel = kept
    by_image = _plain if stride == 1 else _by_phase
    (to_image,) = jax.vjp(lambda x: by_image(x, kernel, stride), x)[1](g)
    side, pixels, channels = len(kernel), g.shape[1] * g.shape[2], x.shape[-1]
    if side > 3 or pixels < _LEAST:
        return to_image, jax.vjp(lambda kernel: _plain(x, kernel, stride), kernel)[1](g)[0]
    if stride == 1 and channels >= 8:
        to_kernel = _blocks(functools.partial(_of_rows, side=side), x, g, pixels * side * channels)
        to_kernel = to_kernel.reshape(side, channels, side, -1).transpose(2, 0, 1, 3)
    else:
        to_kernel = _blocks(functools.partial(_of_columns, side=side, stride=stride), x, g, pixels * side**2 * channels)
    return to_image, to_kernel.reshape(kernel.shape).astype(kernel.dtype)


_in_blocks.defvjp(_forward, _backward)


def _blocks(product: Made, x: jax.Array, g: jax.Array, numbers: int) -> jax.Array:
    """The sum of the product over blocks of images, which hold so many numbers an image."""
    most = max(1, _CACHE // (4 * numbers))
    size = max(size for size in range(1, min(most, len(x)) + 1) if len(x) % size == 0)
    parts = [array.reshape(-1, size, *array.shape[1:]) for array in (x, g)]
    zero = jnp.zeros_like(jax.eval_shape(product, *(part[0] for part in parts)))
    return jax.lax.scan(lambda total, part: (total + product(*part), None), zero, parts)[0]


def _of_columns(x: jax.Array, g: jax.Array, side: int, stride: int) -> jax.Array:
    return _product(_columns(x, side, stride), g)


def _of_rows(x: jax.Array, g: jax.Array, side: int) -> jax.Array:
    """The window's columns from copies of the image, its rows from copies of the gradient: fewer copies than one for
    each of its pixels. [column c, row features]"""
    edge, (high, wide) = (side // 2,) * 2, x.shape[1:3]
    x = jnp.pad(x, ((0, 0), (0, 0), edge, (0, 0)))
    g = jnp.pad(g, ((0, 0), edge, (0, 0), (0, 0)))
    x = jnp.concatenate([x[:, :, j : j + wide] for j in range(side)], -1)
    return _product(x, jnp.concatenate([g[:, i : i + high] for i in reversed(range(side))], -1))


def _product(a: jax.Array, b: jax.Array) -> jax.Array:
    """Over all but the last axis."""
    wide = jnp.float64 if a.dtype == jnp.float64 else jnp.float32
    return jnp.matmul(a.reshape(-1, a.shape[-1]).T, b.reshape(-1, b.shape[-1]), preferred_element_type=wide)


def _by_phase(x: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    """Of stride 2: pixels of a 2 x 2 square as channels, and a window of half the side without a stride. Its gradient
    by the image has no holes to fill."""
    side, (n, high, wide, channels) = len(kernel), x.shape
    half, before = (side + 1) // 2, side // 2
    out = [(length - 1) // 2 + 1 for length in (high, wide)]
    after = [2 * (length + half - 1) - before - own for length, own in zip(out, (high, wide), strict=True)]
    x = jnp.pad(x, ((0, 0), *((before, most) for most in after), (0, 0)))
    x = x.reshape(n, out[0] + half - 1, 2, out[1] + half - 1, 2, channels).transpose(0, 1, 3, 2, 4, 5)
    kernel = jnp.pad(kernel, ((0, 2 * half - side), (0, 2 * half - side), (0, 0), (0, 0)))
    kernel = kernel.reshape(half, 2, half, 2, channels, -1).transpose(0, 2, 1, 3, 4, 5)
    x, kernel = x.reshape(*x.shape[:3], -1), kernel.reshape(half, half, 4 * channels, -1)
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
