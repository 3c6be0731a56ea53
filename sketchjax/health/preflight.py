"""What a plan says before any training: findings about its hyperparameters, each with its numbers and its cure.

A threshold is a consequence that can be computed, never a habit: each is derived where it stands. An error is a run
that cannot succeed; a warning is one that has a known way to fail; a note is a number worth knowing."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sketchjax.config import Config, UserError
from sketchjax.health.plan import Plan, make_plan

ERROR, WARNING, NOTE = GRADES = ("error", "warning", "note")


# "Measured" below: 5-way 1-shot on validation classes after 6 epochs of configs/simclr.py at 20 px, one seed: 63.0 % as
# it is, 40.0 untrained, give or take 1.5. What is harmless there is no error here.


class Finding(NamedTuple):
    """Something to know before training, on one line."""

    grade: str  # see GRADES
    what: str  # the field or the subject, with its value
    reason: str  # with numbers
    cure: str  # what to change, as a flag where there is one

    def __str__(self) -> str:
        return f"{self.grade}: {self.what}: {self.reason}; cure: {self.cure}"


def show(findings: Sequence[Finding]) -> None:
    """Prints them, errors first."""
    for finding in sorted(findings, key=lambda finding: GRADES.index(finding.grade)):
        print(finding)


def refuse(findings: Sequence[Finding], config: Config) -> None:
    """Raises UserError where one is an error, unless health.preflight=warn."""
    errors = [finding.what for finding in findings if finding.grade == ERROR]
    if errors and config.health.preflight == "stop":
        raise UserError(
            f"refused before training, see the errors above ({'; '.join(errors)}): "
            "change them, or train all the same with --config.health.preflight=warn"
        )


def findings(
    config: Config, devices: int, drawings: int, memory: int | None = None, streamed: bool = False
) -> list[Finding]:
    """About the hyperparameters of a run over so many base drawings; memory: bytes that one device has, if known."""
    plan = make_plan(config, devices, drawings, streamed)
    found = [*_rate(config, plan), *_schedule(config, plan), *_decay(config, plan), *_data(config, plan, drawings)]
    match config.method.name:
        case "simclr":
            found += [*_negatives(config, plan), *_temperature(config, plan)]
        case "byol":
            found += _target(config, plan)
    if memory is not None and plan.memory.total > memory:
        reason = f"a device needs about {plan.memory}, it has {memory / 2**20:.0f}"
        found.append(Finding(ERROR, f"batch_size={config.batch_size}", reason, _smaller(config)))
    return found


def _smaller(config: Config) -> str:
    kind = "cached" if config.method.name == "simclr" else "multisteps"
    return f"use --config.accumulate={2 * config.accumulate} --config.accumulation={kind}"


def _negatives(config: Config, plan: Plan) -> Iterator[Finding]:
    """The loss tells a positive from its negatives: it can teach ln(negatives + 1) nats, and nothing without any."""
    sketches, what = plan.negatives // 2 + 1, f"batch_size={config.batch_size}"
    teaches = f"{plan.negatives} negatives per anchor, {plan.scale.chance:.2f} nats to tell the positive from them"
    if sketches == 1:
        yield Finding(ERROR, what, "an anchor has no negative, every loss is 0", "--config.batch_size=128")
    elif config.steps_per_update > 1:
        what, promised = f"accumulation=multisteps, accumulate={config.accumulate}", 2 * config.batch_size - 2
        reason = f"adds no negatives: {teaches}, where a batch_size of {config.batch_size} promises {promised}"
        yield Finding(WARNING, what, reason, "--config.accumulation=cached is exactly the large batch")
    elif sketches < 32:  # 32 learns (design.md, the controlled trial); nothing below was tried
        yield Finding(WARNING, what, teaches, "--config.batch_size=128")
    elif sketches < 128:
        yield Finding(NOTE, what, f"{teaches}; 32 sketches do learn", "--config.batch_size=128 gives 254 negatives")


def _temperature(config: Config, plan: Plan) -> Iterator[Finding]:
    """Where all negatives share the gradient alike, the loss is little but the positive cosine minus the mean of all
    others, which few directions satisfy; where one has it all, it is a triplet loss with the hardest negative. No error
    (Measured: 0.5: 63.8 %, 1: 63.0, 10: 59.8, 100: 60.5 at half the effective rank; 0.01: 58.9, 0.001: 54.7)."""
    if plan.negatives == 0:
        return
    what, share = f"method.temperature={config.method.temperature:g}", plan.pulling / plan.negatives
    nats, good = plan.scale.chance - plan.scale.floor, "--config.method.temperature=0.07"
    pull = f"{plan.pulling:.3g} of {plan.negatives} negatives share an anchor's gradient"
    alike = f"{pull}, near and far ones alike; from chance to floor the loss has {nats:.2g} nats"
    if share > 0.99:  # a hundredth of the gradient is left to tell negatives apart
        yield Finding(WARNING, what, alike, good)
    elif share > 0.9:  # 0.5, which is the best where training goes on long enough (google-research/simclr#142)
        yield Finding(NOTE, what, alike, f"none needed; with {good} the nearest pull")
    elif plan.pulling < 1.5:
        yield Finding(WARNING, what, f"{pull}: the winner takes all", good)


def _rate(config: Config, plan: Plan) -> Iterator[Finding]:
    """Per update at the peak a weight moves by plan.moves of its own size: 0.02 to 0.08 in every recipe of configs/,
    LARS's published ones included; at 0.5 it turns by 27 degrees, which weights before a norm outgrow (Measured: 100
    times the recipe's rate 65.8 %). Where all updates together, agreeing, change no layer's output by half its own
    size (travel times the root of its fan in), nothing is learned (a thousandth of the rate: 35.2 %)."""
    what, lr = f"optim.lr={config.optim.lr:g}", config.optim.lr * 0.05 / plan.moves
    each = f"at its peak of {config.peak_lr:.3g} an update moves a weight by about {plan.moves:.2g} of its size"
    good = f"--config.optim.lr={lr:.2g} moves it by 0.05, as the recipes do"
    if plan.moves >= 0.5:
        yield Finding(WARNING, what, each, good)
    if plan.travel < 1:
        too_short = 0.05 * plan.updates / 2 < 1  # the rate is not to blame
        lost = plan.travel * plan.stiffness < 0.5 and not too_short
        reason = f"all {plan.updates} updates together move a weight by {plan.travel:.2g} of its size at most"
        cure = f"--config.epochs={math.ceil(config.epochs / plan.travel)}" if too_short else good
        yield Finding(ERROR if lost else WARNING, what, reason, cure)
    if config.optim.lr_scaling == "none" and not 0.25 <= config.batch_size / 256 <= 4:
        reason = f"batch_size={config.batch_size} is far from 256, for which learning rates are published"
        yield Finding(NOTE, "optim.lr_scaling=none", reason, "--config.optim.lr_scaling=linear or sqrt")


def _schedule(config: Config, plan: Plan) -> Iterator[Finding]:
    """A warmup is there to end; LARS's is not optional."""
    what = f"optim.warmup_epochs={config.optim.warmup_epochs:g}"
    if config.optim.name == "lars" and plan.warmup == 0:
        # biases and norms have no trust ratio: from the first update they move by lr times their gradient
        reason = f"lars starts at its peak of {config.peak_lr:.3g}, by which biases and norms multiply their gradients"
        yield Finding(WARNING, what, reason, "--config.optim.warmup_epochs=10, as its papers have it")
    if plan.warmup >= plan.updates:
        reason = f"{plan.warmup} updates of warmup in a run of {plan.updates}: its rate only rises and never decays"
        yield Finding(WARNING, what, reason, f"--config.optim.warmup_epochs={config.epochs / 10:g}")


def _decay(config: Config, plan: Plan) -> Iterator[Finding]:
    """AdamW takes lr * weight_decay of a weight away at each update: an update's mark fades by exp(-that) a time, and
    should outlast an epoch (Wang & Aitchison 2024, https://arxiv.org/abs/2405.13698). Measured: 10: 67.2 %, 100: 62.3:
    the weights before a norm have no size to lose."""
    decay, what = config.optim.weight_decay, f"optim.weight_decay={config.optim.weight_decay:g}"
    if config.optim.name == "lars":
        if decay > 0.01:  # 20 times the largest published, 5e-4; the trust ratio makes each update mostly shrinkage
            yield Finding(WARNING, what, "outweighs the gradients under lars", "--config.optim.weight_decay=1e-6")
        return
    each, good = config.peak_lr * decay, "--config.optim.weight_decay=1e-4"
    forgotten = 1 - math.exp(-each * plan.updates_per_epoch)
    if each >= 1:
        yield Finding(ERROR, what, f"times the peak rate it is {each:.2g}: every update wipes the weights", good)
    elif forgotten > 0.5:
        reason = f"an update is {100 * forgotten:.0f} % forgotten after an epoch, {100 * each:.2g} % an update"
        yield Finding(WARNING, what, reason, good)


def _data(config: Config, plan: Plan, drawings: int) -> Iterator[Finding]:
    """A variance from n values is uncertain by sqrt(2 / (n - 1)) of itself: by more than a third below 16 of them."""
    if plan.normalised < 16:
        reason = f"BatchNorm of the last layers sees {plan.normalised} values: their variance is uncertain by "
        reason += f"{100 * math.sqrt(2 / max(plan.normalised - 1, 1)):.0f} %"
        yield Finding(WARNING, f"micro-batch of {config.micro_batch} sketches", reason, "use a smaller accumulate")
    if plan.updates_per_epoch < 2:
        reason = f"every update sees {100 * config.batch_size / drawings:.0f} % of all drawings"
        yield Finding(WARNING, f"{drawings} base drawings", reason, "add drawings, or lower --config.batch_size")
    elif drawings < 1000:
        reason = f"each is seen {config.epochs} times: few to learn from"
        yield Finding(NOTE, f"{drawings} base drawings", reason, "add drawings where there are more")


def _target(config: Config, plan: Plan) -> Iterator[Finding]:
    """The target is the average of about the last 1 / (1 - tau) updates."""
    tau, what, good = config.method.tau, f"method.tau={config.method.tau:g}", "--config.method.tau=0.95"
    if tau == 1:
        yield Finding(ERROR, what, "the target never moves from its random start", good)
    elif 1 / (1 - tau) > plan.updates:
        reason = f"the target follows over {1 / (1 - tau):.0f} updates, the run has {plan.updates}"
        yield Finding(WARNING, what, reason, good)
    elif tau == 0:
        yield Finding(WARNING, what, "the target is the network itself: no slow copy holds off collapse", good)
