"""The one schema of a run: every field with its unit, its choices and its default."""

import dataclasses
import difflib
import hashlib
import json
from collections.abc import Iterator
from typing import Any

SOURCES = ("doodles", "omniglot", "tu_berlin", "folder")
ENCODERS = ("conv4", "sketch_cnn", "resnet18", "resnet34", "resnet50")
STEMS = ("auto", "small", "large")
METHODS = ("simclr", "byol", "prototypical")
ACCUMULATIONS = ("none", "multisteps", "cached")
DISTANCES = ("euclidean", "cosine")
OPTIMIZERS = ("adamw", "lars")
LR_SCALINGS = ("none", "linear", "sqrt")
DTYPES = ("float32", "bfloat16")
PREFLIGHTS = ("stop", "warn")
VERDICTS = ("stop", "warn")


class UserError(Exception):
    """A mistake of the user's: its message is one line that says what, with which value, and the cure."""


@dataclasses.dataclass
class Data:
    source: str = "doodles"  # see SOURCES
    root: str = ""  # folder or zip archive that the source reads; doodles need none
    image_size: int = 28  # pixels a side
    split: str = ""  # class split: "" is the source's own; a name the source knows; or a JSON file of class names


@dataclasses.dataclass
class Augment:
    """Largest strength of each operation; 0 switches it off."""

    flip: float = 0.5  # probability of mirroring left and right
    upside_down: float = 0.0  # probability of mirroring top and bottom
    rotate: float = 15.0  # degrees either way
    scale: float = 0.15  # relative change of size either way
    shear: float = 0.2  # slope either way
    translate: float = 0.08  # share of the side either way
    crop: float = 0.4  # largest share of the area that a random resized crop takes away
    elastic: float = 0.02  # standard deviation of a smooth displacement, share of the side
    thickness: float = 0.02  # growth of the pen either way, share of the side
    patches: int = 1  # square patches erased
    patch_size: float = 0.3  # side of a patch, share of the side
    stroke_dropout: float = 0.2  # share of the page whose ink is lifted in smooth blobs
    blur: float = 0.015  # standard deviation of a Gaussian, share of the side
    intensity: float = 0.3  # share of the ink's darkness taken away


@dataclasses.dataclass
class Encoder:
    name: str = "conv4"  # see ENCODERS
    width: float = 1.0  # multiplies every number of channels
    stem: str = "auto"  # of a resnet, see STEMS: 3x3, or 7x7 with stride 2 and pooling; auto is large from 96 px on


@dataclasses.dataclass
class Method:
    name: str = "simclr"  # see METHODS
    temperature: float = 0.07  # simclr, and prototypical by cosine: divides the similarities
    hidden_features: int = 256  # simclr, byol: of the projector and the predictor
    projection_features: int = 128  # simclr, byol: of z, where the loss is computed
    tau: float = 0.996  # byol: share of the target that stays at the first update; rises to 1 along a cosine
    distance: str = "euclidean"  # prototypical: see DISTANCES; between a query and the mean of a class
    way: int = 20  # prototypical: classes a training episode
    shot: int = 5  # prototypical: support drawings a class
    query: int = 15  # prototypical: query drawings a class; way x (shot + query) sketches are an episode


@dataclasses.dataclass
class Optim:
    name: str = "adamw"  # see OPTIMIZERS
    lr: float = 0.002  # at batch size 256, before lr_scaling
    lr_scaling: str = "linear"  # see LR_SCALINGS: by batch_size / 256
    weight_decay: float = 1e-4  # on kernels only: biases and norms are left out, also of LARS's trust ratio
    warmup_epochs: float = 1.0  # linear, then cosine to zero; counted in updates
    clip_norm: float = 0.0  # largest global gradient norm; 0 is off


@dataclasses.dataclass
class Evaluate:
    way: tuple[int, ...] = (5, 20)  # classes an episode
    shot: tuple[int, ...] = (1, 5)  # support drawings a class
    query: int = 15  # query drawings a class
    episodes: int = 600
    seed: int = 0  # of the episode list
    normalise: bool = True  # compare encoder outputs at length 1; off: as they are


@dataclasses.dataclass
class Checkpoint:
    every_epochs: int = 4  # each with a few-shot score on validation classes, which chooses the best


@dataclasses.dataclass
class Health:
    preflight: str = "stop"  # see PREFLIGHTS: refuse to train where preflight finds an error, or only print it
    verdict: str = "stop"  # see VERDICTS: end a run that cannot succeed, or only print it


@dataclasses.dataclass
class Config:
    workdir: str = ""  # "" is runs/METHOD-SOURCE
    seed: int = 0
    epochs: int = 100  # passes over the base drawings
    batch_size: int = 128  # sketches per update, as papers mean it
    accumulate: int = 1  # micro-batches per update
    accumulation: str = "cached"  # see ACCUMULATIONS: the exact large batch, or the mean of micro-batch gradients
    init_from: str = ""  # workdir of a run whose best encoder this one starts from; "" starts from random
    dtype: str = "float32"  # of the encoder's and projector's arithmetic; losses and statistics are float32
    log_every_updates: int = 20
    data: Data = dataclasses.field(default_factory=Data)
    augment: Augment = dataclasses.field(default_factory=Augment)
    encoder: Encoder = dataclasses.field(default_factory=Encoder)
    method: Method = dataclasses.field(default_factory=Method)
    optim: Optim = dataclasses.field(default_factory=Optim)
    evaluate: Evaluate = dataclasses.field(default_factory=Evaluate)
    checkpoint: Checkpoint = dataclasses.field(default_factory=Checkpoint)
    health: Health = dataclasses.field(default_factory=Health)

    @property
    def folder(self) -> str:
        """The workdir, named after method and source unless it is given."""
        return self.workdir or f"runs/{self.method.name}-{self.data.source}"

    @property
    def micro_batch(self) -> int:
        """Sketches that are on the device at once."""
        return self.batch_size // self.accumulate

    @property
    def steps_per_update(self) -> int:
        """Calls of the compiled step in which an update's micro-batches are seen."""
        return self.accumulate if self.accumulation == "multisteps" else 1

    @property
    def parts(self) -> int:
        """Micro-batches in one call of the compiled step."""
        return self.accumulate // self.steps_per_update

    @property
    def peak_lr(self) -> float:
        """The learning rate after warmup."""
        ratio = self.batch_size / 256
        return self.optim.lr * {"none": 1.0, "linear": ratio, "sqrt": ratio**0.5}[self.optim.lr_scaling]


# Fields that change no number of the training: another value may continue the same run.
_HARMLESS = ("workdir", "data.root", "log_every_updates", "evaluate.", "health.")


def leaves(config: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every field as ("optim.lr", 0.002), depth first."""
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield from leaves(value, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, value


def differences(config: Config, stored: Config) -> list[str]:
    """The fields that change a training number and differ, as "optim.lr=0.1, stored 0.002"."""
    there = dict(leaves(stored))
    different = [(n, v) for n, v in leaves(config) if not n.startswith(_HARMLESS) and v != there[n]]
    return [f"{name}={value!r}, stored {there[name]!r}" for name, value in different]


def from_json(stored: dict[str, Any], kind: Any = Config) -> Any:
    """The Config that became JSON through dataclasses.asdict. Raises: UserError for the fields of another version."""
    known = {field.name: field.type for field in dataclasses.fields(kind)}
    if set(stored) != set(known):
        raise UserError(f"stored config has other fields ({', '.join(set(stored) ^ set(known))}): of another version?")
    parts = {name: from_json(v, known[name]) if isinstance(v, dict) else v for name, v in stored.items()}
    return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in parts.items()})


def digest(config: Config) -> str:
    """Names the fields that change a training number, and their values."""
    fields = {name: value for name, value in leaves(config) if not name.startswith(_HARMLESS)}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


def nearest(name: str, known: Any) -> str:
    """ " (did you mean X?)" where a known name is near, else ""."""
    close = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f" (did you mean {close[0]}?)" if close else ""
