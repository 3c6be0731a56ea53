"""Every finding about hyperparameters is found, graded and cured; the recipes have none."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import byol, prototypical, simclr
from sketchjax.config import Config, UserError
from sketchjax.fields import leaves
from sketchjax.health import preflight
from sketchjax.health.plan import arithmetic, make_plan, pulling
from sketchjax.health.preflight import ERROR, NOTE, WARNING, Finding
from sketchjax.objectives import make_objective
from sketchjax.training.optim import make_optimizer
from sketchjax.training.state import make_state

DRAWINGS = {"doodles": 4800, "omniglot": 82240, "tu_berlin": 12800, "quickdraw": 6207}  # of QuickDraw a sample
RECIPES = [(recipe, source) for recipe in (simclr, byol, prototypical) for source in DRAWINGS]


def changed(recipe=simclr, source="doodles", **fields) -> Config:
    """A recipe with fields as optim__lr=0.8."""
    config = recipe.get_config(source)
    for name, value in fields.items():
        *parts, last = name.split("__")
        setattr(config if not parts else getattr(config, parts[0]), last, value)
    return config


def grades(config: Config, drawings: int = 4800, **more) -> dict[str, str]:
    """field -> grade"""
    return {f.what.split("=")[0]: f.grade for f in preflight.findings(config, 1, drawings, **more)}


@pytest.mark.parametrize(("recipe", "source"), RECIPES)
def test_the_recipes_have_no_finding(recipe, source):
    assert preflight.findings(recipe.get_config(source), 1, DRAWINGS[source]) == []


@pytest.mark.parametrize("recipe", [simclr, byol])
def test_the_published_recipes_have_none(recipe):
    assert preflight.findings(recipe.get_config("tu_berlin,paper"), 64, 1_281_167) == []


@pytest.mark.parametrize("batch_size", [32, 64, 128, 256, 512])
@pytest.mark.parametrize("temperature", [0.07, 0.1, 0.2, 0.5])
def test_what_learns_is_no_error(batch_size, temperature):
    found = grades(changed(batch_size=batch_size, method__temperature=temperature))
    assert set(found.values()) <= {NOTE}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"batch_size": 1}, {"batch_size": ERROR, "micro-batch of 1 sketches": WARNING}),
        ({"batch_size": 16}, {"batch_size": WARNING}),
        ({"batch_size": 64}, {"batch_size": NOTE}),
        ({"accumulate": 4, "accumulation": "multisteps"}, {"accumulation": WARNING}),
        ({"accumulate": 4, "accumulation": "cached"}, {}),
        ({"batch_size": 128, "accumulate": 32}, {"micro-batch of 4 sketches": WARNING}),
        ({"method__temperature": 0.5}, {"method.temperature": NOTE}),
        ({"method__temperature": 100.0}, {"method.temperature": WARNING}),
        ({"method__temperature": 0.001}, {"method.temperature": WARNING}),
        ({"optim__lr": 0.8}, {"optim.lr": WARNING}),
        ({"optim__lr": 8e-6}, {"optim.lr": ERROR}),
        ({"optim__lr": 8e-6, "epochs": 1, "optim__warmup_epochs": 0.5}, {"optim.lr": WARNING}),
        ({"optim__lr_scaling": "none", "batch_size": 32}, {"optim.lr_scaling": NOTE, "batch_size": NOTE}),
        ({"optim__weight_decay": 10.0}, {"optim.weight_decay": WARNING}),
        ({"optim__weight_decay": 300.0}, {"optim.weight_decay": ERROR}),
        ({"optim__name": "lars", "optim__lr": 6.0, "optim__warmup_epochs": 0.0}, {"optim.warmup_epochs": WARNING}),
        ({"optim__name": "lars", "optim__lr": 6.0}, {}),
        ({"optim__name": "lars", "optim__lr": 6.0, "optim__weight_decay": 1.0}, {"optim.weight_decay": WARNING}),
        ({"optim__warmup_epochs": 20.0}, {"optim.warmup_epochs": WARNING}),
    ],
)
def test_a_plan_that_fails_is_told(fields, expected):
    assert grades(changed(**fields)) == expected


@pytest.mark.parametrize(("tau", "expected"), [(0.95, {}), (1.0, ERROR), (0.9999, WARNING), (0.0, WARNING)])
def test_a_target_that_does_not_follow(tau, expected):
    assert grades(changed(byol, method__tau=tau)) == (expected and {"method.tau": expected})


def test_multisteps_is_right_for_byol():
    assert grades(changed(byol, accumulate=4, accumulation="multisteps")) == {}


def test_few_drawings():
    assert grades(changed(), 130)["130 base drawings"] == WARNING
    assert grades(changed(), 900)["900 base drawings"] == NOTE


def test_memory_that_is_not_there():
    config = changed()
    need = make_plan(config, 1, 4800).memory.total
    assert grades(config, memory=need + 1) == {}
    assert grades(config, memory=need - 1) == {"batch_size": ERROR}
    assert make_plan(config, 8, 4800).memory.activations == pytest.approx(need_of(config) / 8, rel=1e-3)


def need_of(config):
    return make_plan(config, 1, 4800).memory.activations


@pytest.mark.parametrize("method", ["simclr", "byol", "prototypical"])
@pytest.mark.parametrize(("optimizer", "accumulate"), [("adamw", 1), ("lars", 2)])
def test_state_memory_is_that_of_the_state(config, method, optimizer, accumulate):
    """Of a real one, and once more its parameters for the gradients; counters and sums apart."""
    config.method.name, config.optim.name = method, optimizer
    config.accumulate, config.accumulation = accumulate, "multisteps"
    objective = make_objective(config)
    state = make_state(config, objective, make_optimizer(config, 9))
    size = lambda tree: sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))  # noqa: E731
    expected = size(state) + size(state.params)
    assert make_plan(config, 1, 144).memory.state == pytest.approx(expected, abs=200)


def test_pulling_against_numpy():
    cosines = 0.2 * np.array(
        [-1.3829941, -0.6744898, -0.2104284, 0.2104284, 0.6744898, 1.3829941]
    )  # quantiles i/6 + 1/12
    weights = np.exp(cosines / 0.1)
    shares = weights / weights.sum()
    assert pulling(6, 0.1) == pytest.approx(math.exp(-(shares * np.log(shares)).sum()), rel=1e-6)
    assert pulling(62, 1e-3) == pytest.approx(1)
    assert pulling(62, 1e3) == pytest.approx(62)


@pytest.mark.slow
def test_an_update_of_adam_moves_weights_as_planned(config):
    """The first one by its rate, exactly; the typical size of a weight within a third (its initialiser's business)."""
    config.optim.warmup_epochs = 0
    objective, optimizer = make_objective(config), make_optimizer(config, 9)
    params = make_state(config, objective, optimizer).params
    grads = jax.tree.map(lambda p: jnp.ones_like(p), params)
    moves, _ = optimizer.update(grads, optimizer.init(params), params)
    kernels = [(p, m) for p, m in zip(jax.tree.leaves(params), jax.tree.leaves(moves), strict=True) if p.ndim > 1]
    ratios = [float(jnp.abs(m).mean() / jnp.sqrt(jnp.mean(p * p))) for p, m in kernels]
    mean = np.average(ratios, weights=[p.size for p, _ in kernels])
    assert mean == pytest.approx(make_plan(config, 1, 144).moves, rel=1 / 3)


def test_errors_come_first_and_refuse(capsys):
    found = [
        Finding(NOTE, "a=1", "why", "how"),
        Finding(ERROR, "b=2", "why", "how"),
        Finding(WARNING, "c", "why", "how"),
    ]
    preflight.show(found)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [ERROR, WARNING, NOTE]
    config = Config()
    with pytest.raises(UserError, match=r"b=2.*health\.preflight=warn") as refused:
        preflight.refuse(found, config)
    assert "\n" not in str(refused.value)
    preflight.refuse([f for f in found if f.grade != ERROR], config)
    config.health.preflight = "warn"
    preflight.refuse(found, config)


def test_every_finding_is_one_line_with_a_number_and_a_cure():
    bad = changed(batch_size=16, optim__lr=0.8, optim__weight_decay=10.0, method__temperature=100.0)
    found = preflight.findings(bad, 1, 20)
    assert len(found) >= 4
    for finding in found:
        assert "\n" not in str(finding) and any(c.isdigit() for c in finding.reason), finding
        assert finding.cure.split()[0].startswith("--config.") or finding.cure.startswith(("add", "use")), finding


def test_cures_are_fields():
    known = {f"--config.{name}" for name, _ in leaves(Config())}
    for fields in ({"optim__lr": 0.8}, {"optim__lr": 8e-6}, {"batch_size": 16}, {"method__temperature": 100.0}):
        for finding in preflight.findings(changed(**fields), 1, 4800):
            assert finding.cure.split("=")[0] in known


def test_the_cured_rate_is_without_finding():
    for lr in (0.8, 8e-6):
        config = changed(optim__lr=lr)
        (finding,) = preflight.findings(config, 1, 4800)
        config.optim = dataclasses.replace(config.optim, lr=float(finding.cure.split("=")[1].split()[0]))
        assert preflight.findings(config, 1, 4800) == []


def test_arithmetic_says_the_numbers():
    config = changed()
    text = "\n".join(arithmetic(config, make_plan(config, 1, 4800)))
    for part in ("740 updates", "37 of warmup", "0.004", "254 negatives", "5.541", "0.000", "MiB"):
        assert part in text, part
