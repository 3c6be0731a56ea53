"""Every form of a convolution is the plain one, and so are its gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.model import convolution

SHAPES = {  # images, high, wide, channels, features, side, stride: one of every form
    "own": (3, 9, 8, 8, 5, 3, 1),
    "rows": (6, 16, 15, 8, 5, 3, 1),
    "columns": (6, 16, 15, 1, 5, 3, 1),
    "strided": (4, 31, 30, 4, 5, 3, 2),
    "strided, even": (4, 30, 32, 4, 5, 3, 2),
    "stem": (2, 33, 32, 1, 5, 7, 2),
    "1x1": (3, 9, 8, 4, 5, 1, 1),
    "1x1, strided": (3, 9, 8, 4, 5, 1, 2),
    "smaller than its window": (3, 2, 2, 4, 5, 3, 1),
    "smaller, strided": (3, 4, 3, 4, 5, 3, 2),
    "one pixel": (3, 1, 1, 4, 5, 3, 1),
}


def plain(x, kernel, stride):
    edge = (len(kernel) // 2,) * 2
    dimensions = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(x, kernel, (stride, stride), (edge, edge), dimension_numbers=dimensions)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("devices", [1, 8])
def test_every_form_is_the_plain_one(shape, devices, monkeypatch):
    """To 1e-12 in float64, in blocks as on one device, and as on several."""
    monkeypatch.setattr(jax, "device_count", lambda: devices)
    monkeypatch.setattr(convolution, "_CACHE", 1 << 14)  # several blocks
    n, high, wide, channels, features, side, stride = shape
    rng = np.random.default_rng(0)
    with jax.enable_x64(True):
        x, kernel = (
            jnp.asarray(rng.standard_normal(of)) for of in ((n, high, wide, channels), (side, side, channels, features))
        )
        expected, back = jax.vjp(lambda x, kernel: plain(x, kernel, stride), x, kernel)
        found, own = jax.vjp(lambda x, kernel: convolution.convolve(x, kernel, stride), x, kernel)
        g = jnp.asarray(rng.standard_normal(expected.shape))
        assert found.shape == expected.shape
        for mine, theirs in zip((found, *own(g)), (expected, *back(g)), strict=True):
            assert mine.dtype == theirs.dtype and np.abs(mine - theirs).max() < 1e-12 * np.abs(theirs).max()


def test_bfloat16_sums_in_float32(monkeypatch):
    monkeypatch.setattr(jax, "device_count", lambda: 1)
    x = jnp.ones((64, 16, 16, 8), jnp.bfloat16)
    kernel = jnp.ones((3, 3, 8, 2), jnp.bfloat16)
    gradient = jax.grad(lambda kernel: convolution.convolve(x, kernel, 1).astype(jnp.float32).sum())(kernel)
    assert gradient.dtype == jnp.bfloat16
    assert gradient[1, 1, 0, 0] == 64 * 16 * 16  # a running sum in bfloat16 stops at 256
