"""BYOL: one view predicts what a slowly following copy of the network makes of the other; no negatives
(Grill et al. 2020, https://arxiv.org/abs/2006.07733)."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.config import GAUGE_TEMPERATURE, Config
from sketchjax.model.encoders import make_encoder
from sketchjax.model.heads import Network, Outputs, make_head, normalise
from sketchjax.objectives.record import Metrics, Objective
from sketchjax.objectives.simclr import nt_xent


def make(config: Config) -> Objective:
    """BYOL with the configured encoder, projector, predictor and tau."""
    encoder, projector = make_encoder(config), make_head(config)
    online, follower = Network(encoder, projector, make_head(config)), Network(encoder, projector)

    def forward(params: Any, stats: Any, target: Any, views: jax.Array) -> tuple[Outputs, Any]:
        outputs, moved = online.embed(params, stats, views)
        statistics = {name: stats[name] for name in target}  # of shape only: the target sees batch statistics
        followed, _ = follower.embed(target, statistics, views)
        return outputs._replace(target=jax.lax.stop_gradient(followed.z)), moved

    def loss(outputs: Outputs) -> tuple[Float[Array, ""], Metrics]:
        assert outputs.p is not None and outputs.target is not None
        predictions, targets = outputs.p, jax.lax.stop_gradient(outputs.target)
        contrast = nt_xent(jax.lax.stop_gradient(predictions), targets, GAUGE_TEMPERATURE, config.method.block)
        return regression(predictions, targets), {"nt_xent": contrast}

    def after_update(target: Any, params: Any, progress: Float[Array, ""]) -> Any:
        keep = tau(config.method.tau, progress)
        return {
            name: jax.tree.map(lambda t, p: keep * t + (1 - keep) * p, t, params[name]) for name, t in target.items()
        }

    def first_target(params: Any) -> Any:
        return {name: jax.tree.map(jnp.copy, params[name]) for name in ("encoder", "projector")}

    return Objective(2, online.first, forward, loss, ("nt_xent",), first_target, after_update)


def regression(
    predictions: Float[Array, "sketches 2 features"], targets: Float[Array, "sketches 2 features"]
) -> Float[Array, ""]:
    """Equation 2, both ways round: each view's prediction against the target's projection of the other view, as squared
    distance of unit vectors; the two are summed, sketches averaged. 0 at best, 4 where they are orthogonal."""
    cosine = jnp.sum(normalise(predictions) * normalise(targets)[:, ::-1], -1)
    return jnp.mean(jnp.sum(2 - 2 * cosine, -1))


def tau(base: float, progress: Float[Array, ""]) -> Float[Array, ""]:
    """The share of the target that stays: base at the start, 1 at the end (section 3.3). progress: 0 to 1."""
    return 1 - (1 - base) * (jnp.cos(jnp.pi * progress) + 1) / 2
