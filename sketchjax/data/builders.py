"""TFDS builders of the sources, without TensorFlow: array_record files that anything in the ecosystem reads.

    tfds.builder_from_directory("OUT/tu_berlin/64px/1.0.0").as_data_source("base")[0]

is {"image": uint8 [size, size], ink 255 on paper 0, "label": int} with no line of sketchjax. A large part becomes
several splits, base_0, base_1 and so on ("base_0+base_1" is one again): TFDS holds one in memory until it is written.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from sketchjax.config import Data
from sketchjax.data.prepared import VERSION, name_of
from sketchjax.data.record import Source
from sketchjax.data.split import PARTS
from sketchjax.data.strokes import Strokes

MOST = 128 << 20  # bytes of bitmaps a split, give or take a class; TFDS needs TensorFlow from 1000 MiB on


class Sketches(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """The drawings of an opened source in its own order, class by class; each part is one or more splits."""

    VERSION = tfds.core.Version(VERSION)
    HOMEPAGE = CITATION = LICENCE = ""

    def __init__(self, *, data: Data, source: Source, **directories: Any):
        self._data, self._source = data, source
        self._written = {part: dict.fromkeys(source.counts[part], 0) for part in PARTS}
        self._about = tfds.core.MetadataDict(digest=source.digest, counts=self._written, points=dict.fromkeys(PARTS, 0))
        config = tfds.core.BuilderConfig(name=name_of(data), version=self.VERSION)
        super().__init__(**directories, config=config, file_format="array_record")

    def _info(self) -> tfds.core.DatasetInfo:
        size, tensor = self._data.image_size, tfds.features.Tensor
        features: dict[str, Any] = {"image": tensor(shape=(size, size), dtype=np.uint8, encoding="zlib")}
        if self._data.strokes:  # any point and whether a line leads to it from the point before; the pen's width
            features = {
                "points": tensor(shape=(None, 2), dtype=np.uint8, encoding="zlib"),
                "pen": tensor(shape=(None,), dtype=np.uint8, encoding="zlib"),
                "width": tensor(shape=(), dtype=np.float32),
            }
        features |= {
            "label": tfds.features.ClassLabel(names=[name for part in PARTS for name in self._source.counts[part]]),
        }
        return tfds.core.DatasetInfo(
            builder=self,
            description=str(self.__doc__),
            features=tfds.features.FeaturesDict(features),
            homepage=self.HOMEPAGE or None,
            citation=self.CITATION or None,
            license=self.LICENCE or None,
            disable_shuffling=True,
            metadata=self._about,
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        del dl_manager  # nothing is fetched: the source is on disk
        return {
            f"{part}_{at}" if len(runs) > 1 else part: self._generate_examples(part, names)
            for part in PARTS
            for runs in [_runs(self._source.counts[part], self._data.image_size**2)]
            for at, names in enumerate(runs)
        }

    def _generate_examples(self, part: str, names: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        before = sum(len(self._source.counts[other]) for other in PARTS[: PARTS.index(part)])
        written, numbers = self._written[part], itertools.count()
        for block in self._source.blocks(part, names):
            if block.strokes:  # to what length they are padded
                longest = self._about["points"]
                longest[part] = max(longest[part], block.strokes.pen.shape[1])
            for row, label in enumerate(block.labels.tolist()):
                page = {"image": block.images[row]} if block.strokes is None else _record(block.strokes, row)
                yield next(numbers), {**page, "label": before + label}
                written[block.classes[label]] += 1


def _record(strokes: Strokes, row: int) -> dict[str, Any]:
    """One drawing without its padding."""
    pen = strokes.pen[row]
    length = int(np.flatnonzero(pen)[-1]) + 1
    return {"points": strokes.points[row, :length], "pen": pen[:length].astype(np.uint8), "width": strokes.widths[row]}


def _runs(counts: dict[str, int], size: int) -> list[list[str]]:
    """The classes, in order, cut where a split would hold more than MOST bytes."""
    runs: list[list[str]] = []
    held = MOST + 1
    for name, count in counts.items():
        if held + count * size > MOST:
            runs.append([])
            held = 0
        runs[-1].append(name)
        held += count * size
    return runs


class Doodles(Sketches, skip_registration=True):
    """The drawings embedded in sketchjax: 80 classes of 100, made by programs of pen strokes."""

    LICENCE = "Apache-2.0"


class TuBerlin(Sketches, skip_registration=True):
    """TU-Berlin: 250 classes of 80 sketches, drawn by 1,350 people. Read from sketches_png.zip."""

    HOMEPAGE = "https://cybertron.cg.tu-berlin.de/eitz/projects/classifysketch/"
    LICENCE = "CC BY 4.0"
    CITATION = """@article{eitz2012hdhso, author={Eitz, Mathias and Hays, James and Alexa, Marc},
title={How Do Humans Sketch Objects?}, journal={ACM Trans. Graph. (Proc. SIGGRAPH)}, year={2012}, volume={31},
number={4}, pages={44:1--44:10}}"""


class Omniglot(Sketches, skip_registration=True):
    """Omniglot: 1,623 characters of 50 alphabets, each drawn by 20 people. Read from images_background.zip and
    images_evaluation.zip."""

    HOMEPAGE = "https://github.com/brendenlake/omniglot"
    LICENCE = "MIT"
    CITATION = """@article{lake2015human, title={Human-level concept learning through probabilistic program induction},
author={Lake, Brenden M. and Salakhutdinov, Ruslan and Tenenbaum, Joshua B.}, journal={Science}, volume={350},
number={6266}, pages={1332--1338}, year={2015}}"""


class Quickdraw(Sketches, skip_registration=True):
    """Quick, Draw!: 345 classes, drawn by players of a game within 20 seconds."""

    HOMEPAGE = "https://github.com/googlecreativelab/quickdraw-dataset"
    LICENCE = "CC BY 4.0"
    CITATION = """@article{ha2017neural, title={A Neural Representation of Sketch Drawings}, author={Ha, David and
Eck, Douglas}, journal={arXiv preprint arXiv:1704.03477}, year={2017}}"""


class Folder(Sketches, skip_registration=True):
    """A user's own drawings, one folder a class."""


BUILDERS = {builder.name: builder for builder in (Doodles, TuBerlin, Omniglot, Quickdraw, Folder)}
