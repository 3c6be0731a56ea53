"""Learns to recognise hand-drawn sketches without labels. `load_encoder` is what a trained run is for."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sketchjax.encoder import SketchEncoder

__all__ = ["load_encoder"]


def load_encoder(workdir: str | Path, step: str | int = "best") -> "SketchEncoder":
    """The encoder of a run: "best", "latest" or a number chooses the checkpoint. encoder(images) -> [batch, features].

    Raises: sketchjax.config.UserError where the folder holds no run, or no such checkpoint."""
    from sketchjax.encoder import SketchEncoder  # JAX, which a command's --help does without

    return SketchEncoder(workdir, step)
