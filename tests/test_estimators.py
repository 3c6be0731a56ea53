"""scikit-learn's own checks, and what the few-shot score says."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from sketchjax.data import doodles
from sketchjax.estimators import PrototypeClassifier, SketchTransformer
from sketchjax.evaluation.few_shot import few_shot, make_episodes


@parametrize_with_checks([PrototypeClassifier()])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_it_says_what_the_few_shot_score_counts():
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(8), 20)
    x = (rng.standard_normal((8, 16))[labels] + 1.5 * rng.standard_normal((160, 16))).astype(np.float32)
    episodes = make_episodes(labels, 5, 3, 10, 30, 0)
    right = []
    for rows in episodes.rows:
        model = PrototypeClassifier().fit(x[rows[:, :3].ravel()], np.repeat(np.arange(5), 3))
        queries = x[rows[:, 3:].ravel()]
        right.append(model.score(queries, np.repeat(np.arange(5), 10)))
        shares = model.predict_proba(queries)
        np.testing.assert_array_equal(model.classes_[shares.argmax(1)], model.predict(queries))
    assert 100 * np.mean(right) == pytest.approx(few_shot(x, episodes).accuracy, abs=1e-4)
    assert 30 < 100 * np.mean(right) < 99


def test_probabilities_are_surer_at_a_lower_temperature():
    x, y = np.array([[0.0, 0.0], [1.0, 0.0]]), ["a", "b"]
    (at,) = PrototypeClassifier(temperature=1.0).fit(x, y).predict_proba([[0.25, 0.0]])
    np.testing.assert_allclose(at, [1 / (1 + np.exp(0.0625 - 0.5625)), 1 / (1 + np.exp(0.5625 - 0.0625))], rtol=1e-6)
    assert PrototypeClassifier(temperature=0.1).fit(x, y).predict_proba([[0.25, 0.0]])[0, 0] > at[0]
    with pytest.raises(ValueError, match="temperature=0 must be greater than 0"):
        PrototypeClassifier(temperature=0).fit(x, y)


def test_a_handful_of_drawings_of_one_s_own(trained_workdir):
    """Five drawings each of three novel things teach a pipeline to tell others."""
    pages = doodles.draw_classes(doodles.NAMES[70:73], 48)
    pages = 255 - pages.reshape(3, -1, 48, 48)[:, :25]
    model = make_pipeline(SketchTransformer(trained_workdir), PrototypeClassifier())
    model.fit(pages[:, :5].reshape(-1, 48, 48), np.repeat(["first", "second", "third"], 5))
    assert model.score(pages[:, 5:].reshape(-1, 48, 48), np.repeat(["first", "second", "third"], 20)) > 0.6
