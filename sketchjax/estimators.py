"""A trained encoder in scikit-learn's terms (`pip install 'sketchjax[sklearn]'`).

model = make_pipeline(SketchTransformer("runs/simclr-doodles"), PrototypeClassifier())
model.fit(drawings, names)                       # a handful of each: what few-shot means
model.predict_proba(others)
"""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

import sketchjax


class SketchTransformer(TransformerMixin, BaseEstimator):
    """Images, as SketchEncoder takes them, to its features [batch, features].

    workdir: of the run; step: "best", "latest" or the number of a checkpoint, which fit loads."""

    def __init__(self, workdir: str | Path = "runs/simclr-doodles", step: str | int = "best"):
        self.workdir, self.step = workdir, step

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learns nothing: X may be None."""
        self.encoder_ = sketchjax.load_encoder(self.workdir, self.step)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """The features. Raises: ValueError for what is no image."""
        check_is_fitted(self)
        return self.encoder_(X)


class PrototypeClassifier(ClassifierMixin, BaseEstimator):
    """Nearest class mean, as the few-shot score has it (Snell et al. 2017): what it finds in an episode is what it says
    here. Probabilities are a softmax over squared Euclidean distances.

    temperature: a number that divides them; smaller is surer.
    Fitted: classes_; prototypes_ [classes, features]."""

    def __init__(self, temperature: Any = 0.1):  # scikit-learn's rule: fit refuses, not this
        self.temperature = temperature

    def fit(self, X: Any, y: Any) -> Any:
        """X [n, features]; y [n], names or numbers."""
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        if not self.temperature > 0:
            raise ValueError(f"temperature={self.temperature} must be greater than 0")
        self.classes_, rows = np.unique(y, return_inverse=True)
        self.prototypes_ = np.stack([X[rows == row].mean(0) for row in range(len(self.classes_))])
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The class of the nearest prototype."""
        nearest = self._nearness(X).argmax(1)
        return self.classes_[nearest]

    def predict_proba(self, X: Any) -> np.ndarray:
        """[n, classes], in the order of classes_."""
        logits = self._nearness(X) / self.temperature
        shares = np.exp(logits - logits.max(1, keepdims=True))
        return shares / shares.sum(1, keepdims=True)

    def _nearness(self, X: Any) -> np.ndarray:
        """-|x - prototype|^2"""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        return 2 * X @ self.prototypes_.T - np.square(self.prototypes_).sum(1) - np.square(X).sum(1, keepdims=True)
