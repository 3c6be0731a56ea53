"""The verdict of runs whose lines are written by hand, each beside a control that differs in what matters."""

import math

import pytest

from sketchjax.config import Config
from sketchjax.health import gauge
from sketchjax.health.lines import CHANGED, TRAVEL
from sketchjax.health.verdict import judge, noise_of, wants_probe


def line(update, loss=3.0, accuracy=None, untrained=40.0, config=None, **more):
    scale = gauge.scale(config or Config())
    found = {
        "step": update,
        "update": update,
        "progress": update / 1000,
        "loss": loss,
        "gauge": scale.gauge({"loss": loss, "nt_xent": loss}),
        "learning_rate": 0.001,
        "travel": update / 100,
        "skipped": 0,
        "last_finite": update,
        "embedding_spread": 0.5,
        "effective_rank": 12.0,
        "positive_cosine": 0.8,
        "negative_cosine": 0.2,
        "top1": 60.0,
        "top1_chance": 0.4,
        "grad_norms": {"encoder.Conv_0": 1.0},
    }
    if accuracy is not None:
        found |= {"validation_accuracy": accuracy, "validation_ci95": 0.8}
        found |= {"validation_untrained": untrained, "validation_untrained_ci95": 0.6}
    return found | more


def run(updates=range(20, 220, 20), accuracy=None, **more):
    """Lines every 20 updates; few-shot at every second one."""
    return [line(u, accuracy=accuracy if at % 2 else None, **more) for at, u in enumerate(updates)]


def name(lines, config=None):
    return judge(config or Config(), lines).name


CHANCE = gauge.scale(Config()).chance


def test_a_run_that_learns_is_healthy_and_the_checklist_stands_in_its_reasons():
    found = judge(Config(), run(accuracy=60.0))
    assert found.name == "healthy" and found.good and not found.causes
    assert "few-shot 60.0" in found.evidence[-1] and "0 steps skipped" in found.evidence[1]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"positive_cosine": 0.21, "top1": 0.5}, "at_chance"),
        ({"positive_cosine": 1.0, "negative_cosine": 1.0, "embedding_spread": 0.0}, "collapsed"),
        ({"loss": CHANCE + 3}, "at_chance"),
    ],
)
def test_chance_that_few_shot_confirms_is_hopeless(seen, expected):
    lines = run(**{"loss": CHANCE, "accuracy": 40.5, **seen})
    found = judge(Config(), lines)
    assert (found.name, found.good) == (expected, False)
    assert "before training 40.0" in found.evidence[-1] and "python -m sketchjax.data.inspect" in found.causes[0]


def test_no_verdict_rests_on_the_loss_alone():
    assert name(run(loss=CHANCE, accuracy=45.0)) == "healthy"  # few-shot has gained
    assert name(run(loss=CHANCE)) == "healthy"  # nobody has asked it
    assert name(run(loss=CHANCE, accuracy=40.5)[:3]) == "healthy"  # asked once


def test_it_is_too_early_where_the_weights_cannot_have_changed():
    lines = run(loss=CHANCE, accuracy=40.5)
    early = [{**found, "travel": TRAVEL * 0.99} for found in lines]
    assert name(early) == "healthy" and name(lines) == "at_chance"


def test_it_asks_for_few_shot_at_the_first_suspicion_and_again_half_as_far_on():
    config, lines, asked = Config(), [], []
    for at in range(20, 400, 10):
        lines.append(line(at, loss=CHANCE, travel=at / 100 + 0.01))
        if wants_probe(config, lines):
            asked.append(at)
            lines[-1] |= {"validation_accuracy": 40.5, "validation_ci95": 0.8}
            lines[-1] |= {"validation_untrained": 40.0, "validation_untrained_ci95": 0.6}
        if not judge(config, lines).good:
            break
    assert asked == [40, 70]
    assert not any(wants_probe(config, run()[:at]) for at in range(1, 10))


def test_worse_than_chance_and_than_the_start_is_diverging():
    lines = [line(20 + 20 * at, CHANCE + at, 40.0) for at in range(8)]
    assert name(lines) == "diverging"
    assert name([line(20 + 20 * at, CHANCE + 8 - at, 40.0) for at in range(8)]) == "at_chance"


def test_drawings_on_a_line_are_low_rank():
    assert name(run(accuracy=40.0, effective_rank=1.2)) == "low_rank"
    assert name(run(accuracy=40.0, effective_rank=4.0)) == "healthy"


def test_solved_by_a_shortcut():
    assert name(run(loss=0.5, accuracy=40.0)) == "shortcut"
    assert name(run(loss=0.5, accuracy=45.0)) == "healthy"
    assert name(run(loss=4.0, accuracy=40.0)) == "healthy"  # not solved


def test_an_encoder_that_another_run_has_trained_need_not_gain():
    """The control: of a random start the same scores are a shortcut."""
    starts = {"validation_start": 66.5, "validation_start_ci95": 0.9}
    assert name(run(loss=0.5, accuracy=66.9, untrained=66.5)) == "shortcut"
    assert name(run(loss=0.5, accuracy=66.9, **starts)) == "healthy"
    assert name(run(loss=0.5, accuracy=40.0, **starts)) == "shortcut"  # nothing is left of what it came with
    found = judge(Config(), run(loss=0.5, accuracy=52.0, **starts))
    assert found.name == "overfitted" and "fell from 66.5 % (update 0) to 52.0 %" in found.evidence[1]
    assert name(run(loss=0.5, accuracy=54.0, **starts)) == "healthy"  # more than half of it
    hopeless = judge(Config(), run(loss=CHANCE, accuracy=66.9, **starts))
    assert hopeless.name == "at_chance" and "before training 66.5 ± 0.9" in hopeless.evidence[-1]
    assert name([line(20 + 20 * at, 0.5, 66.9, progress=1, **starts) for at in range(4)]) == "slow"


def test_few_shot_that_falls_again_is_overfitted():
    def scores(*found):
        return [line(100 * at, 0.5, accuracy) for at, accuracy in enumerate(found, 1)]

    assert name(scores(60, 70, 54, 53)) == "overfitted"
    assert name(scores(60, 70, 66, 67)) == "healthy"  # kept more than it lost
    assert name(scores(60, 70, 54)) == "healthy"  # once


def test_steps_that_are_not_finite():
    def skipping(*counts):
        return [line(20 * at, loss=math.nan, skipped=skipped, gauge=None) for at, skipped in enumerate(counts, 1)]

    assert name(skipping(20)) == "non_finite"
    assert name(skipping(0, 0, 1)) == "healthy"
    assert name(skipping(0, 0, 10)) == "non_finite"
    assert name([line(at, skipped=at) for at in range(1, 6)]) == "healthy"  # too few to tell
    assert name([line(at, skipped=at) for at in range(1, 12)]) == "non_finite"


def test_the_first_bad_step_is_named():
    def said(**last):
        return judge(Config(), [line(20), line(40), line(60, **last)]).evidence

    assert said(skipped=13, last_finite=47) == (
        "13 of the last 20 steps were not finite and changed nothing: all since step 48",
    )
    assert said(skipped=20, last_finite=0)[0].endswith("all since step 1")
    assert said(skipped=13, last_finite=50)[0].endswith("; the last finite one was step 50")


def test_a_part_without_gradient():
    dead = {"encoder.Conv_0": 0.0, "projector.Dense_0": 1.0}
    found = judge(Config(), run(grad_norms=dead))
    assert found.name == "no_gradient" and "encoder.Conv_0" in found.evidence[0]
    assert "projector" not in found.evidence[0]
    assert name([*run(), line(220, grad_norms=dead)]) == "healthy"  # once


def test_a_target_that_stands_still():
    config = Config()
    config.method.name, config.method.tau = "byol", 0.99
    moves = {"config": config, "loss": 3.0, "target_distance": 0.1}
    assert name(run(**moves, target_moved=0.0), config) == "target_frozen"
    assert name(run(**moves, target_moved=0.001), config) == "healthy"
    late = [line(u, **moves, target_moved=1e-9) for u in (998, 999, 1000)]
    assert name(late, config) == "healthy"  # tau ends at 1
    config.method.tau = 1.0
    assert name(run(**moves, target_moved=0.0), config) == "target_frozen"


def test_a_learning_rate_too_small_is_slow_and_slow_is_no_failure():
    lines = [line(u, travel=u / 1000 * CHANGED / 2) for u in range(20, 320, 20)]
    found = judge(Config(), lines)
    assert found.name == "slow" and found.good and "--config.optim.lr=0.02" in found.causes[0]
    assert name([line(u, travel=u / 1000 * CHANGED * 2) for u in range(20, 320, 20)]) == "healthy"


def test_a_live_std_does_not_save_a_dead_run():
    """tensorflow/similarity#233: 6.9287 at 512 sketches (chance 6.9305) for 728 epochs; "no evidence of a collapse with
    proj_std 0.02"."""
    config = Config(batch_size=512)
    config.method.temperature = 0.5
    seen = {"loss": 6.9287, "embedding_std": 0.02, "embedding_spread": 0.4, "effective_rank": 20.0}
    assert name(run(config=config, accuracy=40.0, **seen), config) == "at_chance"


def test_a_falling_loss_does_not_save_a_dead_run():
    """torchgeo#3998: the loss fell 30 % while all embeddings became one (std 0.0000, mean cosine 1.0000)."""
    config = Config(batch_size=256)
    scale, point = gauge.scale(config), {"embedding_spread": 1e-4, "positive_cosine": 1.0, "negative_cosine": 1.0}
    losses = [scale.chance / 0.7, scale.chance * 1.1, *[scale.chance] * 8]
    lines = [line(20 * at, loss, 40.0, config=config, **point) for at, loss in enumerate(losses, 1)]
    assert judge(config, lines).name == "collapsed"
    assert lines[-1]["loss"] == pytest.approx(0.7 * lines[0]["loss"])


def test_what_random_vectors_reach():
    """4 standard errors of a loss of random unit vectors: simulated."""
    import numpy as np

    config = Config(batch_size=32)
    rng, scale, gauges = np.random.default_rng(0), gauge.scale(config), []
    for _ in range(300):
        z = rng.standard_normal((64, config.method.projection_features))
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        logits = z @ z.T / config.method.temperature
        np.fill_diagonal(logits, -np.inf)
        loss = np.log(np.exp(logits).sum(1)) - logits[np.arange(64), np.arange(64) ^ 1]
        gauges.append(scale.gauge({"loss": float(loss.mean())}))
    deviation = np.std(np.reshape(gauges, (-1, 3)).mean(1))
    assert noise_of(config, [{}] * 3) / 4 == pytest.approx(deviation, rel=0.5)
    assert np.mean(gauges) < 0 and math.isfinite(deviation)


def test_episodes_have_their_own_noise():
    config = Config(batch_size=200)
    config.method.name, config.method.way, config.method.shot, config.method.query = "prototypical", 20, 5, 5
    assert noise_of(config, [{}] * 4) == pytest.approx(400 * math.sqrt(0.05 * 0.95 / 400))
