"""A trained encoder, ready to use.

encoder = sketchjax.load_encoder("runs/simclr-doodles")
encoder(images)                                  # any size, black on white or white on black -> [batch, features]
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from sketchjax.data import bitmap
from sketchjax.evaluation.embed import Embedder
from sketchjax.mesh import keep_compiled, make_mesh
from sketchjax.model.heads import normalise
from sketchjax.training.checkpoint import Checkpoints
from sketchjax.training.start import restored
from sketchjax.training.workdir import Workdir

Images = Any  # what SketchEncoder takes


class SketchEncoder:
    """The encoder of a run's checkpoint, as the few-shot score of that run uses it.

    config: of the run; image_size: pixels a side of what it sees; step: of the checkpoint."""

    def __init__(self, workdir: str | Path, step: str | int = "best"):
        keep_compiled()
        folder, mesh = Workdir.find(str(workdir)), make_mesh()
        self.config = folder.config()
        self.image_size = self.config.data.image_size
        with Checkpoints(folder.path, own=False) as checkpoints:
            _, self._state = restored(self.config, checkpoints, step, mesh)
        self.step, self._embedder = int(self._state.step), Embedder(self.config, mesh)

    def __call__(self, images: Images) -> Float[np.ndarray, "batch features"]:
        """Features of length 1, unless the run says otherwise (evaluate.normalise).

        images: numbers of 0 to 255 or of 0 to 1: [height, width] or [batch, height, width], either with 1 to 4
        channels at the end (grey, with alpha, RGB, RGBA); a Pillow image; the path of an image file; or a sequence of
        these of any sizes. One image is a batch of one. Paper is what lies at the border, ink is darker or lighter.
        Raises: ValueError for what is no image."""
        return self.of_bitmaps(self.seen(images))

    def seen(self, images: Images) -> UInt8[np.ndarray, "batch size size"]:
        """What it is shown of them: ink 255 on paper 0, centred on a square of image_size pixels."""
        found = list(self._seen(images))
        if not found:
            raise ValueError("no images: the batch is empty")
        return np.stack(found)

    def _seen(self, images: Images) -> Iterator[np.ndarray]:
        match images:
            case str() | Path():
                yield bitmap.read(Path(images).read_bytes(), self.image_size)
            case Image.Image():
                yield bitmap.of_image(images, self.image_size)
            case np.ndarray() | jax.Array():
                for image in bitmap.from_arrays(np.asarray(images)):
                    yield bitmap.of_image(image, self.image_size)
            case _:
                for some in images:
                    yield from self._seen(some)

    def of_bitmaps(self, drawings: UInt8[np.ndarray, "batch size size"]) -> Float[np.ndarray, "batch features"]:
        """The features of what seen gives."""
        return self._embedder(self._state.params, self._state.stats, drawings)

    def exported(self, platforms: Sequence[str] = ("cpu", "cuda", "tpu")) -> bytes:
        """of_bitmaps as a program that needs JAX only: jax.export.deserialize(bytearray(exported)).call(drawings)."""
        weights, size = jax.device_get((self._state.params, self._state.stats)), self.image_size

        def features(drawings: jax.Array) -> jax.Array:
            params, stats = jax.tree.map(jnp.asarray, weights)
            found = self._embedder.features(params, stats, drawings)
            return normalise(found) if self.config.evaluate.normalise else found

        any_batch = jax.ShapeDtypeStruct(jax.export.symbolic_shape(f"batch, {size}, {size}"), jnp.uint8)
        return bytes(jax.export.export(jax.jit(features), platforms=platforms)(any_batch).serialize())
