"""Logs of other frameworks: every form is read, every convention known, and of two twins only the dead is called so."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.config import UserError
from sketchjax.health.logs import causes
from sketchjax.health.logs.columns import ACCURACY, COSINE, EMBEDDING_STD, LEARNING_RATE, Log, read
from sketchjax.health.logs.conventions import Setting, choose
from sketchjax.health.logs.curve import curve, resolution
from sketchjax.health.logs.post_mortem import judge
from sketchjax.health.verdict import Verdict
from sketchjax.objectives.simclr import nt_xent

# MokshIITRpr/FSL, DIAGNOSIS_20_PERCENT_ACCURACY.md: the run that this project began with.
ORIGINAL = (
    "4.14392999903361 4.1431365483601885 4.143134611765544 4.143134643554688 4.143134624481201 4.143134596506755 "
    "4.143134627024333 4.143134642283122 4.14313458887736 4.143134600321452 4.143134583791097"
)
SUPCONTRAST_14 = [
    52.376,
    51.320,
    50.260,
    49.500,
    49.093,
    48.875,
    46.549,
    44.959,
    43.255,
    41.750,
    41.500,
    41.232,
    41.130,
]


def write(tmp_path, content) -> str:
    file = tmp_path / "train.log"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


def log(loss, **also) -> Log:
    values = [float(value) for value in loss]
    return Log(values, "epoch", [1.0 + at for at in range(len(values))], also, [])


def simclr(loss, sketches, temperature, **more) -> Verdict:
    also = {kind: more.pop(kind) for kind in (ACCURACY, COSINE, EMBEDDING_STD, LEARNING_RATE) if kind in more}
    return judge(log(loss, **also), Setting("simclr", sketches, temperature, **more))


def falling(start, end, points=60, noise=0.0, seed=0) -> list[float]:
    at = np.arange(points) / points
    values = end + (start - end) * np.exp(-6 * at) + noise * np.random.default_rng(seed).standard_normal(points)
    return values.round(6).tolist()


def chance_and_floor(sketches, temperature) -> tuple[float, float]:
    """Of the project's own loss, on embeddings that are all equal and on perfect ones."""
    perfect = jnp.repeat(jnp.eye(sketches)[:, None], 2, 1)
    return tuple(float(nt_xent(z, z, temperature)) for z in (jnp.ones_like(perfect), perfect))


FORMS = {
    "csv": "epoch,loss,lr\n1,4.14393,0.001\n10,4.1431365,0.001\n",
    "csv of Windows": "\ufeffepoch,loss\r\n1,4.14393\r\n10,4.1431365\r\n",
    "csv with a decimal comma": "epoch;train_loss\n1;4,14393\n10;4,1431365\n",
    "csv, quoted": '"epoch","time","train/loss"\n"1","1,5","4.14393"\n"10","2,5","4.1431365"\n',
    "csv with gaps": "epoch,step,train_loss,val_loss\n1,9,4.14393,\n1,9,,4.2\n10,19,4.1431365,\n10,19,,4.2\n",
    "csv of TensorBoard": "Wall time,Step,Value\n1700000000.5,1,4.14393\n1700000001.5,10,4.1431365\n",
    "tabs": "epoch\tloss\n1\t4.14393\n10\t4.1431365\n",
    "markdown": "# A run\n\n| Epoch | Loss |\n|---|---|\n| 1 | 4.14393 |\n| 10 | 4.1431365 |\n",
    "a table of spaces": "training started\nEpoch   Loss\n------------\n    1   4.14393\n   10   4.1431365\n",
    "numpy.savetxt": "# epoch loss\n1.000e+00 4.14393e+00\n1.000e+01 4.1431365e+00\n",
    "printed by pandas": "   epoch  phase     loss\n0      1  train  4.14393\n1     10  train  4.1431365\n",
    "jsonl": '{"epoch": 1, "loss": 4.14393}\n{"epoch": 10, "loss": 4.1431365}\n{"epoch": 11, "lo',
    "jsonl, nested": '{"epoch": 1, "train": {"loss": 4.14393}}\n{"epoch": 10, "train": {"loss": "4.1431365"}}\n',
    "jsonl, unmeasured": '{"epoch": 1, "loss": 4.14393}\n{"loss": null}\n{"epoch": 10, "loss": 4.1431365}',
    "array": '[{"epoch": 1, "loss": 4.14393},\n {"epoch": 10, "loss": 4.1431365}]',
    "object of arrays": '{"history": {"epoch": [1, 10], "loss": [4.14393, 4.1431365], "val_loss": [4.2, 4.2]}}',
    "trainer_state.json": '{\n "best": null,\n "log_history": [\n {"epoch": 1, "loss": 4.14393},\n'
    ' {"epoch": 10, "loss": 4.1431365},\n {"epoch": 10, "eval_loss": 4.2}\n ]\n}',
    "json of TensorBoard": "[[1700000000.5, 1, 4.14393], [1700000001.5, 10, 4.1431365]]",
    "text": "2025-11-09 00:05:23,228 - INFO - Epoch 1/100 [3.2s] loss: 4.14393 lr 0.001\n"
    "2025-11-09 00:06:23,228 - INFO - Epoch 10/100 [3.2s] loss: 4.1431365 lr 0.001\n",
    "text of numbers with exponents": "epoch=1 loss=4.14393e+00\nepoch=10 loss=.41431365e1.\n",
    "text with brackets": "Epoch [1/9], Step [10/200], Loss: 4.14393\nEpoch [10/9], Step [10/200], Loss: 4.1431365\n",
    "text of two losses": "Epoch 1 Train Loss: 4.14393 | Val loss: 4.2\nEpoch 10 Train Loss: 4.1431365 | Val loss: 4\n",
    "text of two parts": "Epoch 1 Train: loss 4.14393 Val: loss 4.2\nEpoch 10 Train: loss 4.1431365 Val: loss 4.2\n",
    "text of three words": "epoch 1 val avg loss 4.2 train avg loss 4.14393\n"
    "epoch 10 val avg loss 4.2 train avg loss 4.1431365\n",
    "tqdm": "Epoch 1:  45%|###  | 84/187 [00:08<00:10, 9.9it/s, loss=4.14393]\r"
    "Epoch 10:  46%|###  | 85/187 [00:08<00:10, 9.9it/s, loss=4.1431365]\n",
    "keras": "Epoch 1/100\n87/87 [====] - 49s 561ms/step - loss: 4.14393 - proj_std: 0.02 - val_loss: 4.2\n"
    "Epoch 10/100\n87/87 [====] - 49s 561ms/step - loss: 4.1431365 - proj_std: 0.02 - val_loss: 4.2\n",
    "printed dicts": "{'loss': 4.14393, 'grad_norm': 1.5, 'epoch': 1.0}\n{'loss': 4.1431365, 'epoch': 10.0}\n",
    "tensors": "epoch 1 loss tensor(4.14393, device='cuda:0')\nepoch 10 loss tensor(4.1431365, device='cuda:0')\n",
    "sentences": "epoch 1: Avg Loss is 4.14393\nepoch 10: Avg Loss is 4.1431365, best loss 4.0\n",
    "coloured": "epoch 1 \x1b[1;32mloss\x1b[0m: 4.14393\nepoch 10 \x1b[1;32mloss\x1b[0m: 4.1431365\n",
    "latin-1": "\xe9poque finie, epoch 1 loss: 4.14393\n\xe9poque finie, epoch 10 loss: 4.1431365\n".encode("latin-1"),
    "utf-16 of PowerShell": "epoch 1 loss: 4.14393\r\nepoch 10 loss: 4.1431365\r\n".encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(tmp_path, form):
    found = read(write(tmp_path, FORMS[form]))
    assert found.loss == [4.14393, 4.1431365]
    assert (found.place(0), found.place(1)) in {("epoch 1", "epoch 10"), ("step 1", "step 10")}


@pytest.mark.parametrize("form", ["4.5\n4.4\n", "[4.5, 4.4]", "Loss after epoch 3: 4.5\nLoss after epoch 4: 4.4\n"])
def test_points_are_counted_where_there_is_no_place(tmp_path, form):
    found = read(write(tmp_path, form))
    assert (found.loss, found.place(1)) == ([4.5, 4.4], "point 2")


def test_not_finite_is_kept(tmp_path):
    found = read(write(tmp_path, "epoch 1 loss: 4.5\nepoch 2 loss: nan\nepoch 3 loss: -inf\nepoch 4 loss: NaN\n"))
    assert str(found.loss) == str([4.5, math.nan, -math.inf, math.nan])


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("epoch,loss_scale,loss,val_loss", "loss"),
        ("epoch,val_loss,train_loss,best_loss", "train_loss"),
        ("total_loss,ssl_loss,reg_loss", "ssl_loss"),
        ("step,ntXentLoss,trainLoss", "ntXentLoss"),
        ("loss/test,loss/train,lr", "loss/train"),
        ("epoch,val_loss,acc", "val_loss"),
    ],
)
def test_which_column_is_the_loss_is_said(tmp_path, header, chosen):
    names = header.split(",")
    found = read(write(tmp_path, f"{header}\n{','.join(str(1 + at) for at in range(len(names)))}\n"))
    assert found.loss == [1 + names.index(chosen)]
    assert f"read as the loss: {chosen!r}" in found.notes[0]
    assert ("held-out" in "".join(found.notes)) == (chosen == "val_loss")


def test_a_column_can_be_named(tmp_path):
    file = write(tmp_path, "step,objective,loss\n1,2.5,4.1\n2,2.4,4.1\n")
    assert read(file, "Objective").loss == [2.5, 2.4]
    with pytest.raises(UserError, match=r"no column 'nothing' found .found: step, objective, loss."):
        read(file, "nothing")


def test_what_else_is_logged(tmp_path):
    found = read(
        write(
            tmp_path,
            "loss 4.1 top1: 3.0 val_acc: 20.0% lr 0.1 embedding std 0.0100 mean cosine 0.9000 positive cosine 1.0\n"
            "loss 4.0 contrast_acc: 3.0 val_acc: 21.5% lr 0.05 embedding std 0.0000 mean cosine 1.0000 loss std 0.3\n",
        )
    )
    expected = {ACCURACY: [20, 21.5], LEARNING_RATE: [0.1, 0.05], EMBEDDING_STD: [0.01, 0.0], COSINE: [0.9, 1.0]}
    assert (found.loss, found.also) == ([4.1, 4.0], expected)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "is binary"),
        (b"no number here\n", "no training loss found"),
        (b"epoch,accuracy\n1,0.2\n", r"no training loss found .found: epoch, accuracy."),
        (b"epoch,loss\n", "no training loss found"),
        (b'{"epoch": 1}\n', "no training loss found"),
        (b"{" * 100_000, "no training loss found"),
    ],
)
def test_what_cannot_be_read(tmp_path, content, says):
    with pytest.raises(UserError, match=says) as refusal:
        read(write(tmp_path, content))
    assert "\n" not in str(refusal.value)


def test_no_file(tmp_path):
    with pytest.raises(UserError, match="Is a directory"):
        read(str(tmp_path))
    with pytest.raises(UserError, match="No such file"):
        read(str(tmp_path / "none.csv"))


def test_a_line_is_read_in_the_time_of_its_length(tmp_path):
    """The patterns do not backtrack over long words or many of them."""
    found = read(write(tmp_path, "a" * 300_000 + "\n" + "ab cd " * 50_000 + "\nloss: 4.1\n"))
    assert found.loss == [4.1]


def test_resolution_is_half_of_the_last_digit():
    assert resolution([4.1, 4.1431]) == pytest.approx(5e-5)
    assert resolution([4.0, 50.0]) == 0.5
    assert resolution([1e-05]) == pytest.approx(5e-6)


def test_noise_is_that_of_a_point_whatever_the_trend():
    noisy = curve(falling(6, 2, 3000, 0.1))
    assert noisy.noise == pytest.approx(0.1, rel=0.1)
    assert noisy.error == pytest.approx(0.1 * 1.25 / math.sqrt(1000), rel=0.1)
    assert curve([9.0, 8.0, 7.0, 6.0, 5.0]).noise == 0
    assert curve([5.0] * 20 + [90.0]).end == 5.0  # one bad batch
    dip = curve([5.0] * 13 + [4.0] * 2 + [5.0] * 10)
    assert (dip.best, dip.best_at, dip.window) == (4.0, 14, 2)


def test_the_log_that_started_it_all():
    found = simclr(ORIGINAL.split(), 32, 0.5)
    assert found.name == "at_chance"
    assert found.evidence[0] == "at chance from the first epoch: all embeddings equal"
    seen = " ".join(found.evidence)
    assert "chance 4.1431347" in seen and "0.00 % of the way" in seen and "of 11 points" in seen
    assert "neither a small batch nor the temperature explains" in seen
    assert found.causes[0].startswith("look at the augmented views first")
    batch = [at for at, cause in enumerate(found.causes) if "batch size" in cause]
    assert batch == [len(found.causes) - 1]


@pytest.mark.parametrize("sketches", [32, 64, 128, 256, 512, 1024])
@pytest.mark.parametrize("temperature", [0.05, 0.07, 0.1, 0.2, 0.5])
def test_float32_rounds_as_derived(sketches, temperature):
    """Of our own loss, where all embeddings are one random vector: off chance, but by no more than is allowed for."""
    vector = np.random.default_rng(0).standard_normal(128).astype(np.float32)
    equal = jnp.asarray(np.broadcast_to(vector, (sketches, 2, 128)))
    loss = float(nt_xent(equal, equal, temperature))
    convention, _ = choose(curve([loss]), Setting("simclr", sketches, temperature))
    assert abs(loss - math.log(2 * sketches - 1)) <= convention.rounding(0.0) < 1e-3
    assert "all embeddings equal" in simclr([loss], sketches, temperature).evidence[0]


def test_around_chance_is_another_thing_than_exactly_on_it():
    flat, noisy = [4.1431] * 30, falling(4.1431, 4.1431, 30, 0.01)
    assert "all embeddings equal" in simclr(flat, 32, 0.5).evidence[0]
    found = simclr(noisy, 32, 0.5)
    assert found.name == "at_chance"
    assert found.evidence[0] == "at chance from the first epoch: positives are no nearer than negatives"
    assert found.causes == causes.UNRELATED
    assert found.causes[0].startswith("look at the augmented views first")


def test_few_noisy_points_at_chance():
    """The median of four points with a noise of 4 % of the way strays by 2.5 %."""
    chance, floor = chance_and_floor(32, 0.5)
    noise, half = 0.04 * (chance - floor), (chance + floor) / 2
    dead = [simclr(falling(chance, chance, 12, noise, seed), 32, 0.5).name for seed in range(100)]
    alive = [simclr(falling(chance, half, 12, noise, seed), 32, 0.5).good for seed in range(100)]
    assert dead.count("at_chance") >= 90 and all(alive), dead


def test_a_median_that_is_chance_by_chance():
    around = [4.143134726, 4.16, 4.12] * 10
    assert "no nearer" in simclr(around, 32, 0.5).evidence[0]


@pytest.mark.parametrize("decimals", [1, 2])
def test_few_digits_do_not_tell_equal_embeddings(decimals):
    found = simclr([round(4.1431347, decimals)] * 10, 32, 0.5)
    assert found.name == "at_chance"
    assert "no nearer" in found.evidence[0]
    with pytest.raises(UserError, match="more digits"):
        simclr([4.0] * 10, 32, 0.5)


# Quoted in reference/peers.md, 0 and 4.1. (sketches, temperature, loss, verdict, --reduction, chance, floor)
QUOTED = {
    "SupContrast#3": (256, 0.1, [8.909] * 19, "at_chance", "supcontrast", 8.909, 0.033),
    "SupContrast#42": (64, 0.1, [6.920], "at_chance", "supcontrast", 6.920, 0.008),
    "SupContrast#14": (1024, 0.5, SUPCONTRAST_14, "healthy", "supcontrast", 54.46, 40.19),
    "SupContrast#45": (128, 0.5, [38.1, 33.0, 30.5, 29.1, 28.6, 28.5, 28.5], "healthy", "supcontrast", 39.58, 25.47),
    "tensorflow/similarity#233": (512, 0.05, [6.9287], "at_chance", "mean", 6.9305, 0.0),
    "Spijkervet#30, N=128": (128, 0.5, [5.545] * 3, "at_chance", "mean", 5.545, None),
    "Spijkervet#30, N=256": (256, 0.5, [6.23] * 3, "at_chance", "mean", 6.236, 4.249),
    "dkobak/simclr-cifar10": (1024, 0.5, [5.77], "healthy", "mean", 7.624, 5.627),
    "controlled trial": (32, 0.5, [4.150, 4.146, 4.145, 4.144], "at_chance", "mean", 4.143, 2.240),
    "controlled trial, cured wrongly": (128, 0.07, [5.545, 5.520, 5.505, 5.498], "at_chance", "mean", 5.541, 0.0),
    "controlled trial, mended": (32, 0.5, [4.12, 3.6, 3.2, 3.038], "healthy", "mean", 4.143, 2.240),
    "tmi2022#5": (512, 0.5, [6.9, 6.1, 5.6, 5.2, 5.02], "healthy", "mean", 6.930, 4.937),
}


@pytest.mark.parametrize("name", QUOTED)
def test_quoted_logs(name):
    sketches, temperature, loss, verdict, reduction, chance, floor = QUOTED[name]
    found = simclr(loss, sketches, temperature)
    convention, _ = choose(curve(loss), Setting("simclr", sketches, temperature))
    assert (found.name, convention.reduction) == (verdict, reduction), found
    assert convention.scale.chance == pytest.approx(chance, abs=1e-2 if chance > 10 else 6e-4)
    assert floor is None or convention.scale.floor == pytest.approx(floor, abs=1e-2 if chance > 10 else 6e-4)


def test_shares_of_the_way():
    """dkobak 93 %, SupContrast#14 94 %, #45 79 %."""
    for name, share in (("dkobak/simclr-cifar10", "93 %"), ("SupContrast#14", "93 %"), ("SupContrast#45", "79 %")):
        sketches, temperature, loss, *_ = QUOTED[name]
        assert f"healthy: {share} of the way" in simclr(loss, sketches, temperature).evidence[0]


def test_a_std_that_looks_fine_does_not_hide_chance():
    """tensorflow/similarity#233: "no evidence of a collapse with proj_std 0.02"."""
    found = simclr([6.9287], 512, 0.05, embedding_std=[0.0214])
    assert found.name == "at_chance" and "embedding std 0.0214" in " ".join(found.evidence)
    assert any("normalised over their features" in cause for cause in found.causes)


def test_a_loss_that_falls_does_not_hide_collapse():
    """torchgeo#3998: std 0.0000, mean cosine 1.0000, loss -30 %."""
    loss = falling(6.236, 4.365)
    collapsed = {"embedding_std": [0.01, 0.001, 0.0, 0.0], "cosine": [0.9, 0.99, 1.0, 1.0]}
    for kinds in (("embedding_std",), ("cosine",), ("embedding_std", "cosine")):
        found = simclr(loss, 256, 0.07, **{kind: collapsed[kind] for kind in kinds})
        assert found.name == "collapsed"
        assert found.evidence[0].startswith("collapsed: all embeddings nearly equal, although the loss fell 30 %")
    assert simclr(loss, 256, 0.07, embedding_std=[0.01, 0.04], cosine=[0.9, 0.1]).name == "healthy"
    assert simclr(loss, 256, 0.07).name == "healthy"


SCALES = [(n, t) for n in (32, 128, 512) for t in (0.07, 0.1, 0.2, 0.5)]
FACTORS = {
    "mean": lambda n, t: 1,
    "sum_of_two": lambda n, t: 2,
    "supcontrast": lambda n, t: t / 0.07,
    "sum": lambda n, t: 2 * n,
}


@pytest.mark.parametrize("reduction", FACTORS)
@pytest.mark.parametrize(("sketches", "temperature"), SCALES)
def test_dead_and_healthy_runs_of_every_convention(sketches, temperature, reduction):
    """The dead one is at chance, its twin that goes half the way is not, told the convention or not."""
    factor = FACTORS[reduction](sketches, temperature)
    chance, floor = (factor * value for value in chance_and_floor(sketches, temperature))
    for seed, noise in enumerate((0.0, 0.002, 0.01, 0.03)):
        for told in ("auto", reduction):
            noisy = noise * (chance - floor)
            dead = simclr(falling(chance, chance, 60, noisy, seed), sketches, temperature, reduction=told)
            half = simclr(falling(chance, (chance + floor) / 2, 60, noisy, seed), sketches, temperature, reduction=told)
            assert (dead.name, half.good) == ("at_chance", True), (noise, told, dead.evidence, half.evidence)
            assert ("all embeddings equal" in dead.evidence[0]) == (noise == 0)


@pytest.mark.parametrize("says", ["of 2N", "of N:"])
def test_other_numbers_of_candidates(says):
    level = math.log(64 if says == "of 2N" else 32)
    found = simclr([round(level, 5)] * 5, 32, 0.5)
    assert found.name == "at_chance" and says in " ".join(found.evidence)


def test_negatives_that_are_not_gathered():
    local = math.log(127)
    says = "of 64 sketches, not of 256: negatives are not gathered"
    for more in ({"devices": 4}, {"accumulate": 4}, {"devices": 2, "accumulate": 2}, {}):
        found = simclr([round(local, 4)] * 9, 256, 0.5, **more)
        assert found.name == "at_chance" and says in " ".join(found.evidence)
    noisy = simclr(falling(local, local, 30, 0.02), 256, 0.5, devices=4)
    assert noisy.name == "at_chance" and says in " ".join(noisy.evidence)
    learns = simclr(falling(local, 3.2, 30, 0.02), 256, 0.5, devices=4)
    assert learns.good and says in " ".join(learns.evidence)
    gathered = simclr(falling(6.23, 4.6, 30, 0.02), 256, 0.5, devices=4)
    assert gathered.good and says not in " ".join(gathered.evidence)


def test_odd_levels_take_enough_digits():
    """4.8 may be ln 128, the chance level of N candidates, or just as well 37 % of the way."""
    assert simclr([4.8] * 9, 128, 0.5).good
    assert simclr([4.852] * 9, 128, 0.5).name == "at_chance"


def test_points_too_noisy_to_stay_anywhere():
    why = [choose(curve([2.6, 4.9, 2.5, 4.7, 2.4, 4.8]), Setting("simclr", 32, 0.5))[1]]
    why.append(choose(curve([4.14, 4.16, 4.12, 4.15, 4.13, 4.14]), Setting("simclr", 32, 0.5))[1])
    assert why == ["because the curve fits it", "because the loss stays at its chance"]


def test_the_mean_comes_first():
    """SupContrast's factor is 0.71 at temperature 0.05: its chance is below that of the mean."""
    assert choose(curve(falling(3.9, 1.0)), Setting("simclr", 128, 0.05))[0].reduction == "mean"
    assert choose(curve([3.958] * 9), Setting("simclr", 128, 0.05))[0].reduction == "supcontrast"


def test_a_batch_size_of_one_device_is_recognised():
    found = simclr([round(math.log(1023), 4)] * 5, 64, 0.5)
    assert "of 512 sketches, not of 64: --batch_size counts one device's only?" in " ".join(found.evidence)


def test_a_healthy_curve_may_end_on_the_chance_of_another_batch():
    """ln 63 is chance at batch 32, and 71 % of the way at batch 128."""
    assert simclr([5.5, 4.8, 4.4, 4.2, 4.1431, 4.1431, 4.1431, 4.1431, 4.1431], 128, 0.5).name == "healthy"
    assert simclr(falling(5.5, math.log(63), 60, 0.01), 128, 0.5, devices=4).name == "healthy"


@pytest.mark.parametrize(
    ("loss", "more"),
    [([0.5, 0.4], {}), ([50.0, 40.0], {}), ([1e308, 1e308], {}), ([52.4, 41.1], {"reduction": "mean"})],
)
def test_an_impossible_loss_is_refused(loss, more):
    with pytest.raises(UserError, match=r"impossible with batch_size=32, temperature=0\.5") as refusal:
        simclr(loss, 32, 0.5, **more)
    assert "--temperature" in str(refusal.value) and "\n" not in str(refusal.value)


COURSES = {
    "diverging": [4.1, 3.5, 3.0, 2.9, 2.9, 3.1, 3.6, 4.3, 6.0, 6.5, 7.0, 7.5],
    "diverging, few points": [4.1, 3.5, 3.0, 3.1, 3.6, 4.3, 6.0, 9.0],
    "diverging within the good": [4.1, 3.5, 2.6, 2.6, 2.6, 2.6, 3.6, 3.7, 3.7],
    "collapsed": [4.1, 3.5, 3.0, 3.1, 3.6, 4.1431, 4.1431, 4.1431, 4.1431],
    "slow": [4.143] * 20 + [4.1, 4.0, 3.9],
    "slow from the start": falling(4.14, 4.0),
    "healthy": [4.1, 3.0, 2.5],
    "healthy with a spike at the end": [*falling(4.14, 2.6), 40.0],
    "healthy with a spike before": [4.1, 99.0, 3.5, 3.0, 2.9, 2.8],
    "healthy, noisy": falling(4.14, 2.8, 300, 0.15),
    "healthy, a last batch of 4": [*falling(4.14, 2.6), 0.9],
    "at_chance with a spike at the end": [*[4.143] * 30, 40.0],
    "at_chance after a start far above": [9.0, 6.0, 4.5, *[4.1431] * 12],
    "non_finite": [4.1, 4.0, math.nan, math.nan],
    "non_finite from the first": [math.inf],
    "non_finite after rare ones": [4.1, math.inf, 4.0, 3.9, math.inf, 3.8, math.nan, math.nan, math.nan],
    "healthy, unmeasured rows": [4.1, math.nan, 3.5, math.nan, 3.0, math.nan, 2.8, math.nan],
}


@pytest.mark.parametrize("course", COURSES)
def test_courses(course):
    found = simclr(COURSES[course], 32, 0.5)
    assert course.replace(",", " ").split()[0] == found.name, found
    assert found.good == (found.name in ("healthy", "slow"))
    assert bool(found.causes) == (found.name != "healthy")


def test_where_it_happened():
    assert "since epoch 4" in simclr(COURSES["at_chance after a start far above"], 32, 0.5).evidence[0]
    assert "at epoch 3" in simclr(COURSES["collapsed"], 32, 0.5).evidence[0]
    assert "from epoch 3 to epoch 4" in simclr(COURSES["non_finite"], 32, 0.5).evidence[0]


def test_told_the_convention_a_run_may_be_worse_than_chance():
    found = simclr([5.01] * 5, 32, 0.5, reduction="mean")
    assert found.name == "at_chance" and "farther" in found.evidence[0]


def test_accuracy_of_one_answer():
    loss = falling(4.14, 2.6)
    stuck, moving = [0.3333, 0.3333, 0.3333], [0.3330, 0.3341, 0.3312]
    assert simclr(loss, 32, 0.5, accuracy=stuck).name == "shortcut"
    assert simclr(loss, 32, 0.5, accuracy=moving).name == "healthy"
    assert simclr(loss, 32, 0.5, accuracy=[20.0] * 3, way=5).name == "shortcut"
    assert simclr(loss, 32, 0.5, accuracy=[0.5] * 3, way=5).name == "healthy"
    unsure = simclr(loss, 32, 0.5, accuracy=[0.2] * 3)
    assert unsure.name == "healthy" and "say --way=5" in " ".join(unsure.evidence)
    assert "chance of 5 classes" in " ".join(simclr([4.1431] * 9, 32, 0.5, accuracy=[0.2] * 50, way=5).evidence)


def test_learning_rate_that_never_fell():
    says, loss = "no schedule lowered it", falling(4.14, 2.6)
    assert says in " ".join(simclr(loss, 32, 0.5, learning_rate=[0.001] * 60).evidence)
    assert says not in " ".join(simclr(loss, 32, 0.5, learning_rate=[0.001 * (60 - at) for at in range(60)]).evidence)


@pytest.mark.parametrize(
    ("loss", "also", "verdict"),
    [
        ([1.9, 0.5, 0.05, 0.01, 0.005], {}, "collapsed"),  # lucidrains/byol-pytorch#44: below 0.01 after 3 epochs
        ([3.9, 0.5, 0.05, 0.03, 0.03], {}, "collapsed"),  # the sum both ways round
        ([-0.1, -0.9, -0.999, -0.9995], {}, "collapsed"),  # minus the cosine
        ([-0.2, -1.8, -1.999, -1.9999], {}, "collapsed"),
        ([1.9, 1.0, 0.6, 0.4, 0.35], {}, "healthy"),
        ([1.9, 0.3, 0.5, 0.6, 0.7], {}, "healthy"),  # falls, then rises: the target moves on
        ([-0.1, -0.5, -0.7, -0.8], {}, "healthy"),
        ([1.9, 0.5, 0.01, 0.01], {"embedding_std": [0.04, 0.05]}, "healthy"),
        ([1.9, 1.0, 0.6, 0.4], {"embedding_std": [0.04, 0.0001]}, "collapsed"),
        ([2.0, 2.001, 1.999, 2.0], {}, "at_chance"),
        ([1.0, math.nan], {}, "non_finite"),
    ],
)
def test_byol(loss, also, verdict):
    found = judge(log(loss, **also), Setting("byol"))
    assert found.name == verdict, found
    told = "log the standard deviation" in " ".join(found.evidence)
    assert told == (not also and verdict != "non_finite")


def test_a_loss_that_byol_cannot_have():
    for loss in ([50.0, 40.0], [-3.0, -4.0]):
        with pytest.raises(UserError, match="none of BYOL's"):
            judge(log(loss), Setting("byol"))


@pytest.mark.parametrize(
    ("loss", "accuracy", "verdict"),
    [
        ([1.6094] * 9, [0.2] * 9, "at_chance"),  # the original's second stage: 0.2000 for 50 epochs
        ([1.75, 1.72, 1.74, 1.73], [0.2] * 9, "at_chance"),
        ([1.2, 1.1, 1.0], [0.2] * 9, "at_chance"),
        ([1.6, 1.1, 0.6], [0.4, 0.6, 0.8], "healthy"),
        ([1.6, 1.4, 1.3], [0.3, 0.35, 0.36], "slow"),
    ],
)
def test_prototypical(loss, accuracy, verdict):
    found = judge(log(loss, accuracy=accuracy), Setting("prototypical", way=5))
    assert found.name == verdict, found
    assert "chance 1.6094379" in " ".join(found.evidence)
