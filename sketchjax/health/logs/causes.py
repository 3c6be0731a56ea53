"""Why a run of any framework fails, the most likely first, each with what to change."""

from sketchjax.health import verdict

# The order rests on a controlled trial with the drawings of the run that began this project (64 px, 250 steps; chance
# is 4.143 at batch 32): its own augmentation 4.144; with batch 128 and temperature 0.07 nearly as dead, 5.498 of 5.541;
# with nothing but the augmentation mended 3.038.
_VIEWS = (
    "look at the augmented views first: save 20 pairs as pictures. A view without its drawing (white dilated over thin "
    "black strokes, corners filled with black, random inversion, too small a crop) has nothing to agree on: keep the "
    "ink, fill with paper, do not invert. In a controlled trial that alone brought a loss of 4.144 (chance) to 3.04"
)
_SMALL_BATCH = (
    "batch size and temperature come last: with the bad views, batch 128 and temperature 0.07 stayed at chance too"
)
_LOWER = "the learning rate is too high, or there is no warmup: divide it by 10, warm up over the first epochs"
_HIGHER = "the learning rate is too low, or the optimizer does not hold the encoder's weights: check that they change"
_OVERFIT = (
    "test the loop itself: on one batch, seen again and again without augmentation, the loss must go to the floor"
)

PRETRAINED = "the encoder that it started from is dead: diagnose the log of its pretraining first"
CONSTANT = (
    _VIEWS,
    "the encoder gives the same vector for every input: print the standard deviation of the embeddings of one batch, "
    "before training and after 10 steps. Zero before: dead activations, a zeroed projector, blank inputs. Zero after: "
    + _LOWER,
    "similarities that are divided away: check that the temperature in the code is the one told here",
    "not the batch size and not the temperature: where all similarities are equal, no number of negatives matters",
)
UNRELATED = (
    _VIEWS,
    "positives are not where the loss looks for them: check the order of the views against the labels (i with i + N), "
    "the mask of the diagonal, and that embeddings are normalised over their features (tensorflow/similarity#233: "
    "l2_normalize without an axis)",
    _HIGHER,
    _OVERFIT,
    _SMALL_BATCH,
)
_COLLAPSED = (
    _LOWER,
    "look at the augmented views: identical ones, or ones without their drawing, are best met by a constant",
    "no normalisation in the projector, or BatchNorm in evaluation mode: a BatchNorm after its first layer prevents it",
    "too much weight decay: 1e-4, and none on biases and norms",
)
_BYOL = (
    "the target has a gradient, or there is no predictor: detach the target's output, keep the predictor",
    "the target follows too fast: raise tau to 0.99 or more",
    *_COLLAPSED,
)
_OF = {
    verdict.COLLAPSED: _COLLAPSED,
    verdict.DIVERGING: (
        _LOWER,
        "steps are too rough: clip the gradient's norm to 1",
        "a sign: the loss must fall where positives come nearer",
    ),
    verdict.NON_FINITE: (
        _LOWER,
        "exp(similarity / temperature) overflows in float16: compute the loss in float32, through log_softmax",
        "a division by zero: a blank view embeds as a zero vector; add 1e-12 to the norm, and look at the views",
    ),
    verdict.SLOW: (_HIGHER, "look at the augmented views: much of the ink may be lost", "train longer", _SMALL_BATCH),
    verdict.SHORTCUT: (
        "the evaluation: check that it loads these weights, and its labels",
        "the loss sees the projection, the evaluation the encoder: print the deviation of the encoder's outputs",
        "the views give the drawing away by something else than its shape: look at them, augment more strongly",
    ),
}


def of(name: str, method: str = "") -> tuple[str, ...]:
    """The causes of a verdict; those of at_chance are CONSTANT or UNRELATED."""
    return _BYOL if (name, method) == (verdict.COLLAPSED, "byol") else _OF.get(name, ())
