"""SimCLR (Chen et al. 2020, arXiv:2002.05709) on drawings.

    python -m sketchjax.main --config=configs/simclr.py

trains on the embedded doodles in under five minutes on two CPU cores (226 to 280 s on one): 79.1, 90.9, 60.1 and 79.7
in 5w1s, 5w5s, 20w1s and 20w5s on novel classes (five seeds). Its views lift no ink: 82.5 in place of 78.4 in 5w1s on
validation classes (one seed), 79.1 in place of 77.5 on novel ones; a learning rate of 0.016 makes no difference that
five seeds show (docs/factors.md). What was tried before, on validation classes, one seed each, on an earlier and harder
set of doodles (blurred pixels: 45.9): batch 128 at a learning rate of 0.001: 58.2, 0.002: 61.7 (16 epochs), 0.004: 64.0
(20 epochs); batch 256 at 0.002, 16 epochs: temperature 0.07: 59.6, 0.1: 59.2, 0.2: 57.1; stronger crops, rotations and
patches: 55.7, weaker ones: 59.5 (at 0.1).

    python -m sketchjax.main --config=configs/simclr.py:omniglot --config.data.root=DIR

takes 35 to 83 minutes on one CPU core: 96.9, 99.3, 91.2 and 97.7 in 5w1s, 5w5s, 20w1s and 20w5s on novel classes; with
`--config.epochs=1 --config.optim.warmup_epochs=0.2` nine: 93.0, 98.5, 82.1, 94.4 (four seeds, and five).

    python -m sketchjax.main --config=configs/simclr.py:tu_berlin --config.data.root=DIR

takes 83 to 100 minutes on one busy CPU core: 67.3, 81.0, 42.7 and 60.4 on novel classes (five seeds); judged by
`python -m sketchjax.evaluate --workdir=runs/simclr-tu_berlin --whiten=0.5` 69.3, 83.4, 45.2 and 64.8 (three of them).
The same once more from its own encoder (`--config.init_from=runs/simclr-tu_berlin --config.workdir=runs/continued`), 48
epochs in all: 69.5, 82.8, 45.6 and 63.9, levelled 70.9, 84.9, 47.6 and 67.6 (two seeds). One run of 60 epochs comes to
the same: 68.9, 82.8, 45.2 and 63.5, levelled 70.9, 85.1, 47.8 and 67.9 (one seed), flat in its last third.

    python -m sketchjax.main --config=configs/simclr.py:quickdraw --config.data.root=DIR --config.evaluate.query=10

takes 38 minutes on one busy CPU core for a sample of QuickDraw, 6,207 recognised drawings of the 219 base classes (one
novel class has 19): 59.7, 76.1, 35.4 and 52.9 on novel classes, judged by `--whiten=0.5` 62.2, 79.4, 38.2 and 57.8
(three seeds). Of whole files the recipe reads 1,000 drawings a class, 35 times as many: use fewer epochs. RESULTS.md
has what else was tried.
"""

from sketchjax.config import SOURCES, Config, UserError, nearest


def get_config(argument: str = "doodles") -> Config:
    """The recipe for a source, `--config=configs/simclr.py:omniglot`; for many devices `:SOURCE,paper`."""
    source, _, recipe = argument.partition(",")
    config = Config()
    config.data.source = source
    match source:
        case "doodles":  # more updates of a narrower encoder buy more than its width, within five minutes
            config.epochs, config.encoder.width, config.optim.lr = 20, 0.5, 0.008
            config.augment.stroke_dropout = 0.0
        case "omniglot":  # a mirrored character is another one, and so may be a character that lacks a part
            config.epochs, config.batch_size, config.optim.lr, config.method.temperature = 12, 256, 0.004, 0.1
            augment = config.augment
            augment.flip, augment.crop, augment.patches, augment.stroke_dropout = 0.0, 0.0, 0, 0.0
        case "tu_berlin":  # still rising at its end: more epochs are worth more
            config.data.image_size, config.epochs = 64, 24
            config.encoder.name, config.encoder.width = "sketch_cnn", 0.5
            config.optim.lr, config.method.temperature = 0.008, 0.1
        case "quickdraw":  # of a small sample: its gauge is at 80 % at the end
            config.data.strokes, config.data.per_class = True, 1000
            config.data.image_size, config.epochs = 64, 20
            config.encoder.name, config.encoder.width = "sketch_cnn", 0.5
            config.optim.lr, config.method.temperature = 0.008, 0.1
        case "folder":
            config.evaluate.way = (5,)
        case _:
            raise UserError(f"no recipe for {source!r}{nearest(source, SOURCES)}: use one of {', '.join(SOURCES)}")
    if recipe == "paper":
        _as_published(config)
    elif recipe:
        raise UserError(f"no recipe {recipe!r}: use {source}, or {source},paper for the published large batch")
    return config


def _as_published(config: Config) -> None:
    """Section 2.2 and appendix B of the paper: LARS, 4096 sketches, learning rate 4.8, 100 epochs, ResNet-50."""
    config.encoder.name, config.encoder.width, config.epochs, config.batch_size = "resnet50", 1.0, 100, 4096
    config.method.temperature, config.method.hidden_features, config.method.projection_features = 0.1, 2048, 128
    optim = config.optim
    optim.name, optim.lr, optim.weight_decay, optim.warmup_epochs = "lars", 0.3, 1e-6, 10
