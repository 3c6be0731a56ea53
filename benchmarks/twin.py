"""SimCLR's network and update as one would write them in PyTorch: the encoders that tests/model prove equal to ours."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from sketchjax.config import Config
from tests.model.test_encoders import as_torch, torch_encoder


class Twin(nn.Module):
    """Views [2 sketches, 1, height, width], a sketch's two side by side -> NT-Xent, in nats."""

    def __init__(self, config: Config, features: int):
        super().__init__()
        hidden, method = config.method.hidden_features, config.method
        self.temperature, self.encoder = method.temperature, torch_encoder(config)
        self.projector = nn.Sequential(
            OrderedDict(
                Dense_0=nn.Linear(features, hidden, bias=False),
                BatchNorm_0=nn.BatchNorm1d(hidden),
                relu=nn.ReLU(),
                Dense_1=nn.Linear(hidden, method.projection_features),
            )
        )

    def forward(self, views: Tensor) -> Tensor:
        h = self.encoder(views)
        h = h.permute(0, 2, 3, 1).flatten(1) if h.ndim == 4 else h  # conv4, in flax's order
        z = normalize(self.projector(h))
        similarity = (z @ z.T / self.temperature).fill_diagonal_(-torch.inf)
        return cross_entropy(similarity, torch.arange(len(z)) ^ 1)


def make_twin(config: Config, params: Any, stats: Any) -> Twin:
    """With the weights and statistics of ours."""
    twin = Twin(config, params["projector"]["Dense_0"]["kernel"].shape[0])
    arrays = as_torch(params) | as_torch(stats)
    absent, unknown = twin.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in arrays.items()}, strict=False)
    assert not unknown and all(name.endswith("num_batches_tracked") for name in absent), (absent, unknown)
    return twin.train()


def make_update(config: Config, twin: Twin, compiled: bool) -> Callable[[Tensor], Tensor]:
    """Views -> loss; moves the weights by AdamW, fused, with decay on kernels only."""
    groups = {True: [], False: []}
    for weight in twin.parameters():
        groups[weight.ndim > 1].append(weight)
    decay = {"params": groups[True], "weight_decay": config.optim.weight_decay}
    plain = {"params": groups[False], "weight_decay": 0.0}
    optimizer = torch.optim.AdamW([decay, plain], lr=config.peak_lr, fused=True)
    loss_of = torch.compile(twin) if compiled else twin

    def update(views: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = loss_of(views)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return update


def gradient_norm(twin: Twin) -> float:
    """Of the last update."""
    return torch.stack([p.grad.norm() for p in twin.parameters() if p.grad is not None]).norm().item()
