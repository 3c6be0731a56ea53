"""Prototypical networks: in episodes with labels, a query is near the mean of its class
(Snell et al. 2017, https://arxiv.org/abs/1703.05175)."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sketchjax.config import Config
from sketchjax.model.encoders import make_encoder
from sketchjax.model.heads import Network, Outputs, normalise
from sketchjax.objectives.record import Metrics, Objective


def make(config: Config) -> Objective:
    """Episodes of method.way classes, each with its method.shot support drawings before its method.query queries."""
    network, method = Network(make_encoder(config)), config.method

    def forward(params: Any, stats: Any, target: Any, views: jax.Array) -> tuple[Outputs, Any]:
        return network.embed(params, stats, views)

    def loss(outputs: Outputs) -> tuple[Float[Array, ""], Metrics]:
        h = outputs.h.reshape(-1, method.way, method.shot + method.query, outputs.h.shape[-1])
        closeness = jax.vmap(lambda episode: _closeness(episode, config))(h)
        own = jnp.eye(method.way)[None, :, None]  # of the query's class
        value = jnp.mean(jax.nn.logsumexp(closeness, -1) - jnp.sum(jnp.where(own > 0, closeness, 0.0), -1))
        right = jnp.argmax(closeness, -1) == jnp.arange(method.way)[None, :, None]
        return value, {"episode_accuracy": 100 * jnp.mean(right, dtype=jnp.float32)}

    return Objective(1, network.first, forward, loss, ("episode_accuracy",))


def _closeness(episode: Float[Array, "way drawings features"], config: Config) -> Float[Array, "way query way"]:
    """The logits of an episode's queries."""
    method = config.method
    if method.distance == "cosine":
        prototypes = normalise(normalise(episode[:, : method.shot]).mean(1))
        return nearness(normalise(episode[:, method.shot :]), prototypes) / (2 * method.temperature)
    return nearness(episode[:, method.shot :], episode[:, : method.shot].mean(1))


def nearness(queries: Float[Array, "*n features"], prototypes: Float[Array, "way features"]) -> Float[Array, "*n way"]:
    """-|q - p|^2 without |q|^2, which is the same for every prototype. Products in full float32."""
    product = jnp.matmul(queries, prototypes.T, precision=jax.lax.Precision.HIGHEST)
    squares = jnp.sum(prototypes * prototypes, -1)
    return 2 * product - jnp.broadcast_to(squares, product.shape)
