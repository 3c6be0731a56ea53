"""What is said of a score beside what learns nothing."""

import numpy as np
import pytest

from sketchjax.config import Evaluate
from sketchjax.data.record import Drawings
from sketchjax.evaluation import scores


def row(accuracy: float, **floors: float) -> scores.Row:
    confidences = {f"{name}_ci95": 0.8 for name in floors}
    return {"way": 5, "shot": 5, "accuracy": accuracy, "ci95": 0.6, **floors, **confidences}


@pytest.mark.parametrize(
    ("accuracy", "said"),
    [
        (53.9, "untrained encoder 57.1 ± 0.8, blurred pixels 66.9 ± 0.8, HOG 73.9 ± 0.8"),
        (58.0, "untrained encoder 57.1 ± 0.8, blurred pixels 66.9 ± 0.8, HOG 73.9 ± 0.8"),  # not by hypot(0.6, 0.8) = 1
        (58.2, "blurred pixels 66.9 ± 0.8, HOG 73.9 ± 0.8"),
        (74.0, "HOG 73.9 ± 0.8"),
        (75.0, ""),
    ],
)
def test_a_score_that_no_learning_was_needed_for_is_named(accuracy, said):
    found = scores.not_above(row(accuracy, untrained=57.1, pixels=66.9, hog=73.9))
    assert found == (f"5-way 5-shot: {accuracy} ± 0.6 is not above what learns nothing: {said}" if said else "")


def test_rows_of_before_there_was_a_floor_are_judged_by_the_others():
    assert scores.not_above(row(60.0, untrained=50.0)) == ""


def test_another_protocol_is_named_and_rows_of_before_there_was_a_field_are_the_usual_one():
    usual = {"representation": "encoder", "distance": "euclidean", "centre": False, "within": False}
    assert scores.unusual(usual) == scores.unusual({**usual, "whiten": 0.0}) == ""
    assert scores.unusual({**usual, "whiten": 0.5, "centre": True}) == ", centre=True, whiten=0.5"
    assert scores.unusual({**usual, "query": 10}) == "" != scores.unusual({**usual, "query": 10}, ("query",))


def test_it_stands_below_the_table_of_features_that_are_noise_and_not_of_those_that_are_the_class(capsys):
    labels = np.repeat(np.arange(5, dtype=np.int32), 20)
    drawings = Drawings(np.zeros((100, 2, 2), np.uint8), labels, tuple("abcde"))
    noise = np.random.default_rng(0).normal(size=(100, 4)).astype(np.float32)
    shown, right = {"split": "s", "source": "x", "classes": "novel"}, np.eye(5, dtype=np.float32)[labels]
    shown |= {"classes_there": 5, "rotations": False, "image_size": 2, "representation": "encoder"}
    shown |= {"normalise": False, "centre": False}
    evaluate = Evaluate(way=(5,), shot=(1,), query=5, episodes=50)
    for accuracy, expected in ((noise, True), (right, False)):
        floors = {"untrained": noise, "pixels": noise, "hog": noise}
        found = scores.score(drawings, {"accuracy": accuracy, **floors}, evaluate)
        scores.show([{**shown, **one.row} for one in found])
        assert ("is not above what learns nothing: untrained encoder" in capsys.readouterr().out) == expected
