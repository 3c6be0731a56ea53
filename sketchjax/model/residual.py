"""Residual networks as torchvision defines them (He et al. 2016), also with squeeze-and-excitation (Hu et al. 2018)."""

import functools
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.model.convolution import Conv


class ResNet(nn.Module):
    """A stem, stages of blocks, each stage but the first at half the resolution, and global average pooling."""

    blocks: tuple[int, ...]  # of each stage
    features: tuple[int, ...]  # of each stage; four times as many leave a bottleneck
    large_stem: bool  # 7x7 with stride 2 and pooling, else 3x3
    bottleneck: bool = False
    reduction: int = 0  # of squeeze-and-excitation; 0 is none
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "n height width 1"], train: bool) -> Float[Array, "n features"]:
        kernel, stride = (7, 2) if self.large_stem else (3, 1)
        x = nn.relu(ConvNorm(self.features[0], kernel, stride, self.dtype, name="stem")(x, train))
        if self.large_stem:
            x = max_pool(x, window=3, stride=2, padding=1)
        for stage, (blocks, features) in enumerate(zip(self.blocks, self.features, strict=True), 1):
            for index in range(blocks):
                stride, name = 2 if stage > 1 and index == 0 else 1, f"stage{stage}_block{index}"
                x = Block(features, stride, self.bottleneck, self.reduction, self.dtype, name=name)(x, train)
        return x.astype(jnp.promote_types(x.dtype, jnp.float32)).mean((1, 2))


class Block(nn.Module):
    """Two 3x3 convolutions, or a bottleneck 1x1, 3x3, 1x1 with the stride in its 3x3 (v1.5), beside a shortcut."""

    features: int
    stride: int
    bottleneck: bool
    reduction: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "n h w c"], train: bool) -> Float[Array, "n h2 w2 c2"]:
        conv = functools.partial(ConvNorm, dtype=self.dtype)
        if self.bottleneck:
            y = nn.relu(conv(self.features, 1, name="conv0")(x, train))
            y = nn.relu(conv(self.features, 3, self.stride, name="conv1")(y, train))
            y = conv(4 * self.features, 1, name="conv2")(y, train)
        else:
            y = nn.relu(conv(self.features, 3, self.stride, name="conv0")(x, train))
            y = conv(self.features, 3, name="conv1")(y, train)
        if self.reduction:
            y = y * Gate(self.reduction, self.dtype, name="gate")(y)
        if self.stride > 1 or x.shape[-1] != y.shape[-1]:
            x = conv(y.shape[-1], 1, self.stride, name="shortcut")(x, train)
        return nn.relu(x + y)


class Gate(nn.Module):
    """Squeeze-and-excitation: a factor in (0, 1) for every channel, from the means of all."""

    reduction: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "n h w c"]) -> Float[Array, "n 1 1 c"]:
        channels = x.shape[-1]
        squeezed = x.mean((1, 2), keepdims=True)
        hidden = nn.relu(nn.Dense(max(1, channels // self.reduction), dtype=self.dtype, name="squeeze")(squeezed))
        return nn.sigmoid(nn.Dense(channels, dtype=self.dtype, name="excite")(hidden))


class ConvNorm(nn.Module):
    """Convolution and BatchNorm."""

    features: int
    kernel: int
    stride: int = 1
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "n h w c"], train: bool) -> Float[Array, "n h2 w2 c2"]:
        initial = nn.initializers.variance_scaling(2.0, "fan_out", "normal")
        x = Conv(self.features, self.kernel, self.stride, self.dtype, initial, name="conv")(x)
        return nn.BatchNorm(use_running_average=not train, momentum=0.9, dtype=self.dtype, name="norm")(x)


def max_pool(x: Float[Array, "n h w c"], window: int, stride: int, padding: int = 0) -> Float[Array, "n h2 w2 c"]:
    """As the maximum of window^2 slices: `nn.max_pool`'s gradient is 8 times slower on CPU (stack.md, section 11)."""
    edge = (padding, padding)
    x = jnp.pad(x, ((0, 0), edge, edge, (0, 0)), constant_values=-jnp.inf)
    height, width = ((side - window) // stride * stride + 1 for side in x.shape[1:3])
    most = functools.partial(functools.reduce, jnp.maximum)
    rows = [most([x[:, i : i + height : stride, j : j + width : stride] for j in range(window)]) for i in range(window)]
    return most(rows)
