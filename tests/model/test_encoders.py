"""Encoders: size, shape and type; equal to the same networks written in PyTorch; pooling equal to flax's."""

import functools
from collections import OrderedDict

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.config import ENCODERS, Config
from sketchjax.model.encoders import make_encoder
from sketchjax.model.residual import ConvNorm, max_pool

# name -> blocks a stage, bottleneck, squeeze-and-excitation
DEFINITIONS = {
    "sketch_cnn": ((2, 2, 2, 2), False, True),
    "resnet18": ((2, 2, 2, 2), False, False),
    "resnet34": ((3, 4, 6, 3), False, False),
    "resnet50": ((3, 4, 6, 3), True, False),
}
# torchvision's weights without the classifier; 2 of 3 input channels of a 7x7 stem with 64 filters are 6,272 weights
PUBLISHED = {"resnet18": 11_176_512 - 6_272, "resnet34": 21_284_672 - 6_272, "resnet50": 23_508_032 - 6_272}


def configure(name: str, size: int, stem: str = "auto", width: float = 1.0, dtype: str = "float32") -> Config:
    config = Config(dtype=dtype)
    config.encoder.name, config.encoder.stem, config.encoder.width, config.data.image_size = name, stem, width, size
    return config


def shapes_of(config, batch=2):
    """(shape and type of h, of the variables), without computing."""
    encoder, size = make_encoder(config), config.data.image_size
    first = lambda: encoder.init_with_output(jax.random.key(0), jnp.zeros((batch, size, size, 1)), True)  # noqa: E731
    return jax.eval_shape(first)


def count(tree) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


# Size, shape, type


def weights(name: str, stem: int, width: float = 1.0) -> int:
    """Counted from the definition: k k c d weights a convolution, 2 d a BatchNorm."""
    blocks, bottleneck, excite = DEFINITIONS[name]
    first, *_ = features = [round(64 * width * 2**stage) for stage in range(4)]
    total, before = stem * stem * first + 2 * first, first
    for stage, d in enumerate(features):
        after = 4 * d if bottleneck else d
        for block in range(blocks[stage]):
            inner = before * d + 9 * d * d + d * after + 4 * d if bottleneck else 9 * before * d + 9 * d * d + 2 * d
            total += inner + 2 * after
            hidden = max(1, after // 16)
            total += (2 * after * hidden + hidden + after) * excite
            total += (before * after + 2 * after) * (block == 0 and (stage > 0 or before != after))
            before = after
    return total


@pytest.mark.parametrize("name", DEFINITIONS)
def test_parameters_are_as_many_as_defined(name):
    assert count(shapes_of(configure(name, 224))[1]["params"]) == weights(name, 7)
    assert weights(name, 7) == PUBLISHED.get(name, weights(name, 7))
    stem = 7 if name == "sketch_cnn" else 3
    assert count(shapes_of(configure(name, 28, width=0.25))[1]["params"]) == weights(name, stem, 0.25)


@pytest.mark.parametrize("name", PUBLISHED)
def test_torch_counts_as_many(name):
    torch = pytest.importorskip("torch")
    with torch.device("meta"):
        assert sum(p.numel() for p in torch_encoder(configure(name, 224)).parameters()) == PUBLISHED[name]


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize(("size", "stem"), [(28, "small"), (64, "large"), (128, "auto")])
def test_shapes(name, size, stem):
    h, _ = shapes_of(configure(name, size, stem, 0.25))
    features = {"conv4": 16 * (size // 16) ** 2, "resnet50": 512}.get(name, 128)
    assert (h.shape, h.dtype) == ((2, features), jnp.float32)


def test_one_channel_is_the_least():
    h, _ = shapes_of(configure("resnet18", 28, width=1e-3))
    assert h.shape == (2, 1)


@pytest.mark.parametrize(
    ("stem", "size", "kernel"), [("auto", 95, 3), ("auto", 96, 7), ("small", 96, 3), ("large", 28, 7)]
)
def test_stem(stem, size, kernel):
    _, variables = shapes_of(configure("resnet18", size, stem, 1 / 64))
    assert variables["params"]["stem"]["conv"]["kernel"].shape == (kernel, kernel, 1, 1)


def test_convolutions_start_as_kaiming_says():
    """Normal (values beyond two deviations are there) with variance 2 / (9 * 64)."""
    variables = ConvNorm(64, 3).init(jax.random.key(0), jnp.zeros((1, 4, 4, 16)), False)
    scaled = np.asarray(variables["params"]["conv"]["kernel"]) * (9 * 64 / 2) ** 0.5
    assert scaled.std() == pytest.approx(1, abs=0.03)  # 9216 samples: 4 standard errors
    assert (np.abs(scaled) > 2.5).mean() == pytest.approx(0.0124, abs=0.005)


@pytest.mark.parametrize("name", ["conv4", "sketch_cnn"])
@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_output_is_at_least_float32(name, dtype):
    config = configure(name, 32, width=1 / 32)
    variables = random_variables(config)
    config.dtype = dtype
    with jax.enable_x64(dtype == "float64"), jax.numpy_dtype_promotion("standard"):  # flax's BatchNorm promotes
        kind = jnp.promote_types(dtype, jnp.float32)
        variables = jax.tree.map(lambda leaf: jnp.asarray(leaf, kind), variables)
        run = lambda v, x: make_encoder(config).apply(v, x, True, mutable=["batch_stats"])  # noqa: E731
        x = jnp.zeros((2, 32, 32, 1), kind)
        h, moved = jax.eval_shape(run, variables, x)
        program = str(jax.make_jaxpr(run)(variables, x))
    assert {h.dtype, *(leaf.dtype for leaf in jax.tree.leaves(moved))} == {jnp.dtype(kind)}
    assert ("bf16[" in program, "f32[" in program) == (dtype == "bfloat16", dtype == "bfloat16")


# Pooling


@pytest.mark.parametrize("size", [(7, 8), (12, 5)])
@pytest.mark.parametrize(("window", "stride", "padding"), [(2, 2, 0), (3, 2, 1)])
def test_max_pool_equals_flax(size, window, stride, padding):
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.standard_normal((3, *size, 4)), jnp.float32)
    pools = (
        lambda x: max_pool(x, window, stride, padding),
        lambda x: nn.max_pool(x, (window, window), (stride, stride), ((padding, padding),) * 2),
    )
    weight = jnp.asarray(rng.standard_normal(jax.eval_shape(pools[1], x).shape), jnp.float32)
    (y, gradient), (expected, expected_gradient) = (pooled(pool, x, weight) for pool in pools)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-6, atol=1e-6)


def test_max_pool_2x2_is_the_maximum_of_four_slices_to_the_bit():
    """Ties too, whose gradient is split: what every golden loss was computed with."""

    def slices(x):
        h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
        top = jnp.maximum(x[:, 0:h:2, 0:w:2], x[:, 0:h:2, 1:w:2])
        return jnp.maximum(top, jnp.maximum(x[:, 1:h:2, 0:w:2], x[:, 1:h:2, 1:w:2]))

    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.integers(0, 3, (4, 9, 12, 3)), jnp.float32)
    weight = jnp.asarray(rng.standard_normal((4, 4, 6, 3)), jnp.float32)
    found, expected = pooled(lambda x: max_pool(x, 2, 2), x, weight), pooled(slices, x, weight)
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def pooled(pool, x, weight):
    """(pool(x), the gradient of sum(pool(x) * weight))."""
    y, pull = jax.vjp(jax.jit(pool), x)
    return y, pull(weight)[0]


# The same networks in PyTorch. Modules have our names, so that weights are copied by name.


def torch_block(inputs, features, stride, bottleneck, excite, v1):
    """relu(branch + shortcut); v1 has a bottleneck's stride in its first 1x1 convolution."""
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            if bottleneck:
                self.conv0 = torch_conv(inputs, features, 1, stride if v1 else 1)
                self.conv1 = torch_conv(features, features, 3, 1 if v1 else stride)
                self.conv2 = torch_conv(features, outputs, 1)
            else:
                self.conv0 = torch_conv(inputs, features, 3, stride)
                self.conv1 = torch_conv(features, features, 3)
            if excite:
                hidden = max(1, outputs // 16)
                self.gate = nn.ModuleDict({"squeeze": nn.Linear(outputs, hidden), "excite": nn.Linear(hidden, outputs)})
            if stride != 1 or inputs != outputs:
                self.shortcut = torch_conv(inputs, outputs, 1, stride)

        def forward(self, x):
            y = self.conv1(self.conv0(x).relu())
            y = self.conv2(y.relu()) if bottleneck else y
            if excite:
                y = y * self.gate["excite"](self.gate["squeeze"](y.mean((2, 3))).relu()).sigmoid()[:, :, None, None]
            return (y + (self.shortcut(x) if hasattr(self, "shortcut") else x)).relu()

    outputs = 4 * features if bottleneck else features
    return Block()


def torch_conv(inputs, features, kernel, stride=1):
    from torch import nn

    conv = nn.Conv2d(inputs, features, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(features)))


def torch_encoder(config, v1=False):
    """What make_encoder makes."""
    from torch import nn

    name, width, size = config.encoder.name, config.encoder.width, config.data.image_size
    features = [round(64 * width * 2**stage) for stage in range(4)]
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    if name == "conv4":
        for layer in range(4):
            parts[f"Conv_{layer}"] = nn.Conv2d(features[0] if layer else 1, features[0], 3, padding=1, bias=False)
            parts[f"BatchNorm_{layer}"] = nn.BatchNorm2d(features[0])
            parts[f"relu{layer}"], parts[f"pool{layer}"] = nn.ReLU(), nn.MaxPool2d(2)
        return nn.Sequential(parts)
    large = name == "sketch_cnn" or config.encoder.stem == "large" or (config.encoder.stem == "auto" and size >= 96)
    parts["stem"] = torch_conv(1, features[0], 7, 2) if large else torch_conv(1, features[0], 3)
    parts["relu"], parts["pool"] = nn.ReLU(), nn.MaxPool2d(3, 2, 1) if large else nn.Identity()
    (blocks, bottleneck, excite), before = DEFINITIONS[name], features[0]
    for stage in range(4):
        for block in range(blocks[stage]):
            stride = 2 if stage and not block else 1
            made = torch_block(before, features[stage], stride, bottleneck, excite, v1)
            parts[f"stage{stage + 1}_block{block}"] = made
            before = features[stage] * (4 if bottleneck else 1)
    return nn.Sequential(parts | {"mean": nn.AdaptiveAvgPool2d(1), "flat": nn.Flatten()})


NAMES = {"kernel": "weight", "scale": "weight", "bias": "bias", "mean": "running_mean", "var": "running_var"}


def as_torch(tree) -> dict:
    """{torch's name: array in torch's order of axes} of flax's params or batch_stats."""
    order = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
    found = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        *modules, kind = (key.key for key in path)
        found[".".join([*modules, NAMES[kind]])] = np.asarray(leaf).transpose(order[leaf.ndim])
    return found


def random_variables(config) -> dict:
    """Kaiming's kernels; random scales, offsets and running statistics. (flax's own init compiles for seconds.)"""
    rng = np.random.default_rng(0)

    def draw(path, leaf):
        kind = path[-1].key
        if kind == "kernel":
            value = rng.standard_normal(leaf.shape) * (2 / np.prod(leaf.shape[:-1])) ** 0.5
        elif kind == "bias" and "squeeze" in str(path):
            value = rng.uniform(1, 2, leaf.shape)  # or the only hidden unit of a narrow gate may be dead
        else:
            value = rng.uniform(0.5, 1.5, leaf.shape) if kind in ("scale", "var") else rng.normal(0, 0.3, leaf.shape)
        return value.astype(np.float32)

    return jax.tree_util.tree_map_with_path(draw, shapes_of(config)[1])


def torch_outcome(config, variables, x, weight, v1=False):
    """(h in evaluation, h in training, gradients of sum(h * weight) there, moved statistics with biased variances)."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    model = torch_encoder(config, v1).to(torch.from_numpy(x).dtype)
    arrays = as_torch(variables["params"]) | as_torch(variables["batch_stats"])
    given = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    absent, unknown = model.load_state_dict(given, strict=False)
    assert not unknown and all(name.endswith("num_batches_tracked") for name in absent)
    with torch.no_grad():
        evaluated = model.eval()(x := torch.from_numpy(x.transpose(0, 3, 1, 2).copy()))
    samples = {}  # that a BatchNorm averages over: torch's running variance is the unbiased n / (n - 1)
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            count = lambda _, seen, name=name: samples.update({name: seen[0].numel() // seen[0].shape[1]})  # noqa: E731
            module.register_forward_pre_hook(count)
    h = model.train()(x)
    if config.encoder.name == "conv4":  # flax flattens [height, width, channels]
        h, evaluated = (y.permute(0, 2, 3, 1).flatten(1) for y in (h, evaluated))
    (h * torch.from_numpy(weight)).sum().backward()
    moved = {name: value.numpy() for name, value in model.state_dict().items() if "running" in name}
    for name, n in samples.items():
        old = 0.9 * arrays[f"{name}.running_var"]
        moved[f"{name}.running_var"] = old + (moved[f"{name}.running_var"] - old) * (n - 1) / n
    gradients = {name: parameter.grad.numpy() for name, parameter in model.named_parameters()}
    return evaluated.numpy(), h.detach().numpy(), gradients, moved


def flax_outcome(config, variables, x, weight, differentiate):
    """The same of our encoder; without gradients, which compile for seconds, unless asked."""
    encoder = make_encoder(config)

    @functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    def compute(variables, x):
        def loss(params):
            h, moved = encoder.apply(variables | {"params": params}, x, True, mutable=["batch_stats"])
            return (h * weight).sum(), (h, moved["batch_stats"])

        gradients, (h, moved) = (jax.grad(loss, has_aux=True) if differentiate else loss)(variables["params"])
        return encoder.apply(variables, x, False), h, gradients if differentiate else {}, moved

    evaluated, h, gradients, moved = jax.device_get(compute(variables, x))
    return evaluated, h, as_torch(gradients), as_torch(moved)


FEW = [("conv4", 28, "auto", 1e-5), ("sketch_cnn", 33, "auto", 1e-5), ("resnet18", 28, "small", 1e-5)]
MORE = [
    ("conv4", 33, "auto", 1e-5),
    ("sketch_cnn", 64, "auto", 1e-5),
    ("resnet18", 33, "large", 1e-5),
    ("resnet18", 64, "auto", 1e-5),
    ("resnet34", 28, "small", 1e-5),
    ("resnet34", 64, "large", 1e-5),
    ("resnet50", 33, "small", 5e-5),  # 53 layers magnify rounding to 3e-5; in float64, below, to 5e-13
    ("resnet50", 64, "large", 5e-5),
]
EXACT = [("conv4", 33, "auto"), ("sketch_cnn", 33, "auto"), ("resnet18", 33, "large"), ("resnet50", 28, "small")]


def drawn(config, dtype):
    """(variables, images, weight of each h in a loss)."""
    rng, size = np.random.default_rng(1), config.data.image_size
    images = rng.uniform(0, 1, (8, size, size, 1))
    weight = rng.standard_normal(shapes_of(config, 8)[0].shape)
    return jax.tree.map(lambda leaf: leaf.astype(dtype), (random_variables(config), images, weight))


def difference(found, expected) -> float:
    """The largest, relative to the largest number of its array; of two arrays or two dictionaries of arrays."""
    if isinstance(expected, dict):
        assert set(found) == set(expected)
        return max(difference(found[name], expected[name]) for name in expected)
    assert expected.any()
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize(
    ("name", "size", "stem", "tolerance"), FEW + [pytest.param(*case, marks=pytest.mark.slow) for case in MORE]
)
def test_equals_torch(name, size, stem, tolerance):
    pytest.importorskip("torch")
    config = configure(name, size, stem, 1 / 8)
    case = drawn(config, np.float32)
    (evaluated, trained, _, moved), expected = flax_outcome(config, *case, False), torch_outcome(config, *case)
    assert difference(evaluated, expected[0]) < 5e-6
    assert difference(trained, expected[1]) < tolerance
    assert difference(moved, expected[3]) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size", "stem"), EXACT)
def test_gradients_equal_torch_in_float64(name, size, stem):
    pytest.importorskip("torch")
    config = configure(name, size, stem, 1 / 8)
    case = drawn(config, np.float64)
    config.dtype = "float64"
    with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):  # flax's BatchNorm promotes
        found = flax_outcome(config, *case, True)
    for ours, theirs in zip(found, torch_outcome(config, *case), strict=True):
        assert difference(ours, theirs) < 1e-11


def test_stride_in_the_first_1x1_would_be_seen():
    """Negative control of the comparison with torch: the bottleneck of 2015 has the same weights, another outcome."""
    pytest.importorskip("torch")
    config = configure("resnet50", 28, "small", 1 / 8)
    case = drawn(config, np.float32)
    expected, other = torch_outcome(config, *case), torch_outcome(config, *case, v1=True)
    for ours, theirs in zip(expected, other, strict=True):
        assert difference(ours, theirs) > 0.01
