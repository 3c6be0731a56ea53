"""BYOL (Grill et al. 2020, arXiv:2006.07733) on drawings: no negatives, so it minds small batches least.

    python -m sketchjax.main --config=configs/byol.py

trains on the embedded doodles in about four minutes on two CPU cores (267 to 350 s on one): 70.7, 83.9, 47.0 and 65.0
in 5w1s, 5w5s, 20w1s and 20w5s on novel classes (three seeds). Its views lift no ink: 71.0 in place of 67.3 in 5w1s on
validation classes (three seeds). What was tried before, on validation classes, one seed each, after 16 of 20 epochs:
tau 0.98: 63.9, 0.95: 67.2.

    python -m sketchjax.main --config=configs/byol.py:omniglot --config.data.root=DIR

takes seven to eight minutes on one CPU core: 90.6, 97.5, 77.5 and 91.7 on novel classes; two epochs 86.7, 95.7, 70.0
and 86.6 (three seeds each). Its views keep all ink: 81.1 in place of 77.2 on validation classes (one epoch, one seed).

    python -m sketchjax.main --config=configs/byol.py:tu_berlin --config.data.root=DIR
    python -m sketchjax.main --config=configs/byol.py:quickdraw --config.data.root=DIR --config.evaluate.query=10

take five and fourteen minutes on one busy CPU core: 54.1, 66.5, 27.9 and 38.6 on novel classes of TU-Berlin (three
seeds), and 51.8, 64.7, 26.5 and 37.6 of a sample of QuickDraw's (three). HOG, which learns nothing, is ahead of both
with five shots. One run of ours on these was above it there, of 24 epochs on TU-Berlin, levelled, in 5w5s alone
(RESULTS.md): start with SimCLR.
"""

from sketchjax.config import SOURCES, Config, UserError, nearest


def get_config(argument: str = "doodles") -> Config:
    """The recipe for a source, `--config=configs/byol.py:omniglot`; for many devices `:SOURCE,paper`."""
    source, _, recipe = argument.partition(",")
    config = Config(accumulation="multisteps")  # the loss is a mean over sketches: averaging its gradients is exact
    config.data.source, config.method.name, config.method.tau = source, "byol", 0.95  # short runs: follow closely
    match source:
        case "doodles":
            config.epochs, config.encoder.width, config.optim.lr = 20, 0.5, 0.008
            config.augment.stroke_dropout = 0.0
        case "omniglot":  # a mirrored character is another one, and so may be a character that lacks a part
            config.epochs, config.encoder.width, config.optim.lr, augment = 4, 0.5, 0.008, config.augment
            config.optim.warmup_epochs = 0.2
            augment.flip, augment.crop, augment.patches, augment.stroke_dropout = 0.0, 0.0, 0, 0.0
        case "tu_berlin" if recipe:
            config.data.image_size = 64
        case "tu_berlin":  # a larger network on larger pictures learned less
            config.epochs, config.encoder.width, config.optim.lr = 6, 0.5, 0.008
            config.method.hidden_features, config.method.projection_features = 1024, 256
        case "quickdraw":
            config.data.strokes, config.data.per_class = True, 1000
            config.epochs, config.encoder.width, config.optim.lr = 30, 0.5, 0.008
            config.method.hidden_features, config.method.projection_features = 1024, 256
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
    """Section 3.3 of the paper: LARS, 4096 sketches, learning rate 3.2, 1000 epochs, ResNet-50."""
    config.encoder.name, config.encoder.width, config.epochs, config.batch_size = "resnet50", 1.0, 1000, 4096
    config.method.tau, config.method.hidden_features, config.method.projection_features = 0.996, 4096, 256
    optim = config.optim
    optim.name, optim.lr, optim.weight_decay, optim.warmup_epochs = "lars", 0.2, 1.5e-6, 10
