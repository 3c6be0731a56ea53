"""Encoders: a batch of drawings -> a batch of representations h."""

from typing import Any

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.config import Config
from sketchjax.model.convolution import Conv
from sketchjax.model.residual import ResNet, max_pool


class Conv4(nn.Module):
    """Four blocks of 3x3 convolution, BatchNorm, ReLU and 2x2 max pooling (Vinyals et al. 2016; Snell et al. 2017)."""

    features: int = 64
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "n height width 1"], train: bool) -> Float[Array, "n features"]:
        for _ in range(4):
            x = Conv(self.features, 3, dtype=self.dtype)(x)
            x = nn.BatchNorm(use_running_average=not train, momentum=0.9, dtype=self.dtype)(x)
            x = max_pool(nn.relu(x), window=2, stride=2)
        return x.reshape(x.shape[0], -1).astype(jnp.promote_types(x.dtype, jnp.float32))


def make_encoder(config: Config) -> nn.Module:
    """The configured encoder: called with images [n, height, width, 1] and train, it returns h [n, features]."""
    dtype, stem = jnp.dtype(config.dtype), config.encoder.stem
    features = tuple(max(1, round(f * config.encoder.width)) for f in (64, 128, 256, 512))
    large_stem = stem == "large" or (stem == "auto" and config.data.image_size >= 96)
    match config.encoder.name:
        case "conv4":
            return Conv4(features[0], dtype)
        case "sketch_cnn":
            return ResNet((2, 2, 2, 2), features, large_stem=True, reduction=16, dtype=dtype)
        case "resnet18":
            return ResNet((2, 2, 2, 2), features, large_stem, dtype=dtype)
        case "resnet34":
            return ResNet((3, 4, 6, 3), features, large_stem, dtype=dtype)
        case "resnet50":
            return ResNet((3, 4, 6, 3), features, large_stem, bottleneck=True, dtype=dtype)
    raise AssertionError(config.encoder.name)
