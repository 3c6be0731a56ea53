"""Prototypical networks (Snell et al. 2017, arXiv:1703.05175): episodes with labels, from scratch or from an encoder.

    python -m sketchjax.main --config=configs/prototypical.py
    python -m sketchjax.main --config=configs/prototypical.py \\
        --config.init_from=runs/simclr-doodles --config.encoder.width=0.5

The first trains on the embedded doodles in about seven minutes on two CPU cores (10 to 13 on one): 86.6, 95.5, 71.8 and
89.2 in 5w1s, 5w5s, 20w1s and 20w5s on novel classes (three seeds). On validation classes, one seed, 5-way 5-shot in %:
97.4 after 40 epochs, 97.5 after 50.

    python -m sketchjax.main --config=configs/prototypical.py:omniglot --config.data.root=DIR

takes 18 to 41 minutes on one CPU core: 97.9, 99.5, 93.9 and 98.4 in 5w1s, 5w5s, 20w1s and 20w5s on novel classes (four
seeds). As the published networks, trained on most of the validation characters too, and twice as long (113 minutes on a
busy core): 98.3, 99.6, 95.0 and 98.7, which is what the authors' code reaches (98.4, 99.6, 94.9, 98.6); the paper has
98.8, 99.7, 96.0 and 98.9.

    python -m sketchjax.main --config=configs/prototypical.py:omniglot --config.data.root=DIR --config.epochs=24 \\
        --config.data.split=vinyals_trainval

    python -m sketchjax.main --config=configs/prototypical.py:tu_berlin --config.data.root=DIR \\
        --config.init_from=runs/simclr-tu_berlin

takes 21 to 27 minutes on one CPU core: 74.0, 87.5, 51.2 and 71.1 on novel classes (three seeds, each on an encoder of
its own), from scratch, without `init_from`, in eight on a quicker core, 67.1, 81.4, 41.3 and 59.9 (three). Three times
as long (`--config.epochs=36`, 80 minutes) on an encoder that learned for 48 epochs (configs/simclr.py): 77.1, 89.6,
55.7 and 75.2 (one).

    python -m sketchjax.main --config=configs/prototypical.py:quickdraw --config.data.root=DIR \\
        --config.init_from=runs/simclr-quickdraw --config.evaluate.query=10

takes 36 minutes on one busy CPU core for a sample of 6,207 drawings: 66.2, 82.1, 42.2 and 61.7 on novel classes (one
seed); from scratch, without `init_from`, seven on a quicker one: 63.2, 79.8, 38.2 and 56.9 (three).
"""

from sketchjax.config import SOURCES, Config, UserError, nearest


def get_config(source: str = "doodles") -> Config:
    """The recipe for a source: `--config=configs/prototypical.py:omniglot`."""
    config = Config(epochs=50, batch_size=200, accumulation="multisteps")  # an update is one episode of 20 x (5 + 5)
    config.data.source, config.method.name, config.method.query = source, "prototypical", 5
    config.optim.lr, config.evaluate.shot = 0.004, (5, 1)  # the first shot, of training too, chooses the best
    config.evaluate.normalise = False  # the loss compares encoder outputs as they are
    augment = config.augment  # labels say what belongs together: milder views than without them
    augment.crop, augment.patches, augment.stroke_dropout, augment.intensity = 0.3, 0, 0.1, 0.2
    match source:
        case "doodles":
            pass
        case "omniglot":  # Snell's episodes; labels show how hands differ, so views need not make it up
            config.epochs, config.batch_size, config.optim.lr, config.evaluate.shot = 12, 360, 0.002, (1, 5)
            config.method.way, config.method.shot = 60, 1
            augment.flip, augment.crop, augment.stroke_dropout = 0.0, 0.0, 0.0
            augment.intensity, augment.blur, augment.elastic = 0.0, 0.0, 0.01
            augment.rotate, augment.scale, augment.shear, augment.translate = 10.0, 0.1, 0.1, 0.05
        case "tu_berlin":
            config.data.image_size, config.epochs, config.optim.lr = 64, 12, 0.002
            config.encoder.name, config.encoder.width = "sketch_cnn", 0.5
        case "quickdraw":
            config.data.strokes, config.data.per_class = True, 1000
            config.data.image_size, config.epochs, config.optim.lr = 64, 20, 0.002
            config.encoder.name, config.encoder.width = "sketch_cnn", 0.5
        case "folder":
            config.evaluate.way, config.method.way, config.batch_size = (5,), 5, 50
        case _:
            raise UserError(f"no recipe for {source!r}{nearest(source, SOURCES)}: use one of {', '.join(SOURCES)}")
    return config
