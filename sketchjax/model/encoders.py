"""Encoders: a batch of drawings -> a batch of representations h."""

from typing import Any

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.config import Config


class Conv4(nn.Module):
    """Four blocks of 3x3 convolution, BatchNorm, ReLU and 2x2 max pooling (Vinyals et al. 2016; Snell et al. 2017)."""

    features: int = 64
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "n height width 1"], train: bool) -> Float[Array, "n features"]:
        for _ in range(4):
            x = nn.Conv(self.features, (3, 3), use_bias=False, dtype=self.dtype)(x)
            x = nn.BatchNorm(use_running_average=not train, momentum=0.9, dtype=self.dtype)(x)
            x = max_pool(nn.relu(x))
        return x.reshape(len(x), -1).astype(jnp.float32)


def max_pool(x: Float[Array, "n height width channels"]) -> Float[Array, "n height//2 width//2 channels"]:
    """2x2, as the maximum of four slices: `nn.max_pool`'s gradient is 8 times slower on CPU (stack.md, section 11)."""
    h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    top = jnp.maximum(x[:, 0:h:2, 0:w:2], x[:, 0:h:2, 1:w:2])
    return jnp.maximum(top, jnp.maximum(x[:, 1:h:2, 0:w:2], x[:, 1:h:2, 1:w:2]))


def make_encoder(config: Config) -> nn.Module:
    """The configured encoder: called with images [n, height, width, 1] and train, it returns h [n, features]."""
    dtype = jnp.dtype(config.dtype)
    match config.encoder.name:
        case "conv4":
            return Conv4(max(1, round(64 * config.encoder.width)), dtype)
    raise AssertionError(config.encoder.name)
