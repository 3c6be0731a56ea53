"""The one schema of a run: every field with its unit, its choices and its default."""

import dataclasses
import difflib
from typing import Any

SOURCES = ("doodles", "omniglot", "tu_berlin", "quickdraw", "folder")
STROKES = ("doodles", "quickdraw")  # sources that keep the pen's way
ENCODERS = ("conv4", "sketch_cnn", "resnet18", "resnet34", "resnet50")
STEMS = ("auto", "small", "large")
METHODS = ("simclr", "byol", "prototypical")
ACCUMULATIONS = ("none", "multisteps", "cached")
DISTANCES = ("euclidean", "cosine")
REPRESENTATIONS = ("encoder", "projector")
OPTIMIZERS = ("adamw", "lars")
LR_SCALINGS = ("none", "linear", "sqrt")
STREAMS = ("auto", "always", "never")
DTYPES = ("float32", "bfloat16")
PREFLIGHTS = ("stop", "warn")
VERDICTS = ("stop", "warn")
LOGGERS = ("tensorboard", "none")
GAUGE_TEMPERATURE = 0.1  # of the contrast that tells how far BYOL is; training does not depend on it


class UserError(Exception):
    """A mistake of the user's: its message is one line that says what, with which value, and the cure."""


class Failed(Exception):
    """What ends a run that nobody has made a mistake in, such as a full disk: one line, too."""


@dataclasses.dataclass
class Data:
    source: str = "doodles"  # see SOURCES
    root: str = ""  # folder or zip archive that the source reads; doodles need none
    image_size: int = 28  # pixels a side
    split: str = ""  # class split: "" is the source's own; a name the source knows; or a JSON file of class names
    strokes: bool = False  # train from pen strokes where the source has them, see STROKES
    recognized: bool = True  # quickdraw: only drawings that the game recognised: the others may be of anything
    per_class: int = 0  # drawings of a class that are read, the first so many; 0 is all
    judged_per_class: int = 1000  # the same for validation and novel classes, which few-shot looks at
    stream: str = "auto"  # see STREAMS: base drawings from disk while training, or all on the device; auto: as they fit
    max_skipped: float = 0.01  # largest share of a part's files that may be no drawings (damaged, blank); 0 allows none


@dataclasses.dataclass
class Augment:
    """Largest strength of each operation; 0 switches it off. From smooth on, of pen strokes before they are drawn."""

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
    smooth: float = 0.0  # pull of each point towards its neighbours, share of the way
    jitter: float = 0.0  # standard deviation of each point's displacement, share of the side
    cut_ends: float = 0.0  # share of a stroke's length cut off at its ends, together
    drop_strokes: float = 0.0  # probability of leaving out a stroke
    unfinished: float = 0.0  # share of the strokes left out at the end: the first ones stay
    pen_width: float = 0.0  # relative change of the pen's width either way
    pen_vary: float = 0.0  # relative change of the pen's width either way, in waves along its way


@dataclasses.dataclass
class Encoder:
    name: str = "conv4"  # see ENCODERS
    width: float = 1.0  # multiplies every number of channels
    stem: str = "auto"  # of a resnet, see STEMS: 3x3, or 7x7 with stride 2 and pooling; auto is large from 96 px on


@dataclasses.dataclass
class Method:
    name: str = "simclr"  # see METHODS
    temperature: float = 0.07  # simclr, and prototypical by cosine: divides the similarities
    block: int = 0  # simclr, byol: columns of the similarities in memory at once; 0: all up to 2048, see block_of
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
    representation: str = "encoder"  # see REPRESENTATIONS: encoder output h, or the projector's z
    distance: str = "euclidean"  # see DISTANCES: between a query and a prototype
    centre: bool = False  # subtract the mean of base drawings first; the score that chooses the best does without
    whiten: float = 0.0  # 0 to 1: then bring all directions of base drawings nearer to one variance, see levelled
    within: bool = False  # an episode's classes are of one group: of Omniglot an alphabet, of others a common folder


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
    logger: str = "tensorboard"  # see LOGGERS: where numbers go beside metrics.jsonl
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
        return self.optim.lr * (self.batch_size / 256) ** {"none": 0, "linear": 1, "sqrt": 0.5}[self.optim.lr_scaling]


def nearest(name: str, known: Any) -> str:
    """ " (did you mean X?)" where a known name is near, or goes on as this one begins; else ""."""
    longer = [other for other in known if name and other.startswith(name)]
    close = longer or difflib.get_close_matches(name, list(known), 1, 0.5)
    return f" (did you mean {close[0]}?)" if close else ""
