"""A run's page: what it says is what the run's files hold; nothing in it comes from elsewhere."""

import itertools
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from matplotlib.figure import Figure

from sketchjax import report
from sketchjax.data.record import Drawings
from sketchjax.page import curves, pictures
from sketchjax.page.run import page, read, sentence
from sketchjax.training.workdir import Workdir

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture
def run(trained_workdir):
    return read(trained_workdir)


def test_it_shows_what_the_result_holds(trained_workdir, run):
    text = (trained_workdir / "report.html").read_text()
    result = json.loads((trained_workdir / "result.json").read_text())
    for row in result["few_shot"]:
        for name, ci95 in (("accuracy", "ci95"), ("untrained", "untrained_ci95"), ("hog", "hog_ci95")):
            assert f"<td>{row[name]:.1f} ± {row[ci95]:.1f}" in text
        assert f"split {row['split']}" in text
    assert sentence(run).startswith("Finished, ") and result["made_on"] in text
    assert all(title in text for title in ("What training sees", "Nearest drawings", "Map of classes", "Settings"))
    assert text.count("<svg ") == len(curves.CHARTS) + 1


def test_scores_that_no_learning_was_needed_for_stand_below_their_table(run):
    (row,) = run.result["few_shot"]
    low, high = row | {"accuracy": row["hog"] - 5}, row | {"accuracy": 100.0}
    good = run.result | {"verdict": "healthy"}
    with_rows = lambda *rows: page([run._replace(result=good | {"few_shot": list(rows)})])  # noqa: E731
    says = f"<li>5-way 1-shot: {low['accuracy']:.1f} ± {low['ci95']:.1f} is not above what learns nothing: "
    assert says in with_rows(high, low) and "is not above" not in with_rows(high)
    headline = 'verdict bad">Finished, healthy, but no score is above what learns nothing'  # only where it is so of all
    assert headline in with_rows(low, low) and 'verdict good">Finished, healthy: ' in with_rows(high, low)


def test_it_needs_nothing_from_elsewhere(run):
    """No script, no address but data: and fragments."""
    text = page([run])
    assert "<script" not in text
    addresses = re.findall(r"""(?:href|src)=["']([^"']+)""", text) + re.findall(r"url\(([^)]+)\)", text)
    assert addresses and all(address.startswith(("data:image/png", "#")) for address in addresses)


def test_names_are_escaped(run):
    strange = run.pictures["neighbour_names"].astype("U40")
    strange[:] = "<b>cat & 'dog'"
    text = page([run._replace(name="<i>run", pictures=run.pictures | {"neighbour_names": strange})])
    assert "<b>" not in text and "<i>" not in text and "&lt;b&gt;cat &amp; &#39;dog&#39;" in text


def test_while_it_trains_and_when_it_was_stopped(run):
    live = run._replace(result={}, pictures={})
    assert sentence(live) == "In epoch 1 of 1, slow so far." or "so far." in sentence(live)
    assert "What training sees" not in page([live]) and "<h2>Training" in page([live])
    assert "<h2>Training" not in page([live._replace(lines=[])])  # before the first line
    dead = {"outcome": "stopped", "verdict": "at_chance", "reasons": ["gauge 0.0 %", "few-shot 20 %"]}
    dead |= {"cures": ["look at the views"], "few_shot": []}
    text = page([run._replace(result=dead)])
    assert "Stopped: at chance: gauge 0.0 %" in text and "verdict bad" in text and "<li>look at the views" in text


def test_while_it_trains_at_most_once_a_minute(trained_workdir, tmp_path, monkeypatch):
    ignored = shutil.ignore_patterns("checkpoints", "report.html")
    shutil.copytree(trained_workdir, tmp_path / "run", ignore=ignored)
    now = [1000.0]
    monkeypatch.setattr("sketchjax.training.workdir.time.monotonic", lambda: now[0])
    workdir, file, written = Workdir.find(str(tmp_path / "run")), tmp_path / "run" / "report.html", []
    for now[0] in (1059.0, 1061.0, 1120.0, 1122.0):
        workdir.refresh_report()
        written.append(file.exists())
        file.unlink(missing_ok=True)
    assert written == [False, True, False, True]


def test_several_runs_beside_each_other(run, trained_workdir, tmp_path, capsys):
    other = tmp_path / "other"
    shutil.copytree(trained_workdir, other, ignore=shutil.ignore_patterns("checkpoints"))
    config = json.loads((other / "config.json").read_text())
    config["seed"], config["optim"]["lr"] = 7, 0.125
    (other / "config.json").write_text(json.dumps(config))
    out = tmp_path / "both.html"
    assert report.main([str(trained_workdir), str(other), f"--out={out}"]) == 0
    text = out.read_text()
    differing = text.partition("Where they differ")[2].partition("</table>")[0]
    assert "optim.lr" in differing and "0.125" in differing and "encoder.width" not in differing
    assert "var(--run2)" in text and text.count("untrained encoder") >= 2
    assert report.main([str(other)]) == 0 and (other / "report.html").exists()


def test_differences_are_those_of_the_same_episodes(run):
    """By hand, from what was kept of each episode; a run that was judged on others has none."""
    row, own = run.result["few_shot"][0], run.pictures["of_episodes"]
    np.testing.assert_allclose(own[0].mean(), row["accuracy"])
    better = own.copy()
    better[0, ::2] += 3
    other = run._replace(name="other", pictures=run.pictures | {"of_episodes": better})
    gained = better[0] - own[0]
    shown = f"<td>{gained.mean():.1f} ± {1.96 * gained.std(ddof=1) / len(gained) ** 0.5:.1f}"
    text = page([run, other]).partition("Differences from")[2].partition("</table>")[0]
    assert shown in text and "Differences from" not in page([run])
    elsewhere = other._replace(result=other.result | {"few_shot": [row | {"episode_list": "of others"}]})
    assert "other episodes" in page([run, elsewhere])


def test_the_sweep_is_that_of_the_result(run, trained_workdir):
    """One list of episodes; at the shot of few_shot, as good as the score there; more examples, no worse."""
    rows = json.loads((trained_workdir / "result.json").read_text())["shot_sweep"]
    assert [row["shot"] for row in rows] == [1, 2, 3, 5] and len({row["episode_list"] for row in rows}) == 1
    assert rows[-1]["accuracy"] > rows[0]["accuracy"] and rows[0]["ci95"] > 0
    assert abs(rows[0]["accuracy"] - run.result["few_shot"][0]["accuracy"]) < 5
    assert "How many examples?" in page([run])


def test_numbers_that_are_all_zero_are_drawn(run):
    """Of a run without a gradient: no logarithm, and no warning, which ended such a run."""
    dead = [line | {chart.column: 0.0 for chart in curves.CHARTS if chart.column in line} for line in run.lines]
    assert "<h2>Training" in page([run._replace(lines=dead)])


@pytest.mark.parametrize("chart", curves.CHARTS[:2], ids=lambda chart: chart.column)
def test_a_band_is_drawn_behind_the_curve(run, monkeypatch, chart):
    from sketchjax.health.bands import Band

    plain = curves.svg(chart, [("a", run.config, run.lines)])
    updates = [line["update"] for line in run.lines]
    band = Band(3, updates, [0.0] * len(updates), [50.0] * len(updates))
    monkeypatch.setattr(curves, "bands", lambda config, updates: {"gauge": band})
    assert "PolyCollection" in curves.svg(chart, [("a", run.config, run.lines)]) and "PolyCollection" not in plain


def test_what_is_shaded_is_said_also_of_a_result_that_does_not_say_it(run, monkeypatch):
    """As while it trains, and where bands came later. Of several runs it is the first one's."""
    from sketchjax.health import bands

    assert "shaded" not in page([run])
    updates = [line["update"] for line in run.lines]
    band = bands.Band(3, updates, [-1000.0] * len(updates), [1000.0] * len(updates))
    monkeypatch.setattr(bands, "bands", lambda config, updates: {"gauge": band})
    says = f"gauge, beside 3 good runs: inside at {len(updates)} of {len(updates)} logged updates; shaded below."
    assert f">{says}<" in page([run._replace(result={})])
    assert page([run._replace(name="a"), run._replace(name="b")]).count("shaded below") == 1


def test_the_band_of_a_loss_is_that_of_its_gauge(run, monkeypatch):
    """A gauge of 0 % is the loss of chance, one of 100 % its floor."""
    from sketchjax.health import gauge
    from sketchjax.health.bands import Band

    monkeypatch.setattr(curves, "bands", lambda config, updates: {"gauge": Band(3, [1, 2], [0.0, 50.0], [100.0, 50.0])})
    scale = gauge.scale(run.config)
    band = curves._band(curves.CHARTS[0], run.config, run.lines)
    middle = (scale.chance + scale.floor) / 2
    np.testing.assert_allclose([band.low, band.high], [[scale.floor, middle], [scale.chance, middle]])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent"], "absent holds no run, or a damaged one"),
        (["a", "b"], "several runs: say where to write"),
        (["a"] * 7 + ["--out=x.html"], "7 runs are too many to tell apart: give at most 6"),
        ([], "WORKDIR"),
    ],
)
def test_what_is_refused(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert report.main(arguments) == 2
    shown = capsys.readouterr().err
    assert said in shown and len(shown.splitlines()) == 1


def test_curves_are_in_the_colours_of_the_page(run):
    for chart in curves.CHARTS:
        drawn = curves.svg(chart, [("a", run.config, run.lines), ("b", run.config, run.lines)])
        assert drawn.startswith("<svg ") and f'aria-label="{chart.title}"' in drawn
        assert "currentColor" in drawn and "var(--run1)" in drawn and "var(--run2)" in drawn
        assert not re.search(r"#0[123]0[123]0\d", drawn)
    assert curves.svg(chart, [("a", run.config, run.lines)]) == curves.svg(chart, [("b", run.config, run.lines)])


def test_names_of_levels_that_are_close_do_not_lie_on_each_other(run):
    """As those of blurred pixels and of an untrained encoder on doodles, a point apart."""
    levels = {"HOG": 54.7, "blurred pixels": 45.0, "before training": 44.0}
    chart = curves.CHARTS[2]._replace(levels=lambda *_: levels)
    drawn = curves.svg(chart, [("a", run.config, run.lines)])
    ends = [float(re.search(rf' x="([\d.]+)"[^>]*>{name}<', drawn)[1]) for name in levels]
    assert min(abs(a - b) for a, b in itertools.combinations(ends, 2)) > 80  # of 374 points; a name takes 70


def test_a_logarithmic_scale_is_of_plain_numbers(run):
    chart = next(chart for chart in curves.CHARTS if chart.logarithmic)
    lines = [line | {chart.column: norm} for line, norm in zip(run.lines, (0.062, 0.29), strict=False)]
    drawn = curves.svg(chart, [("a", run.config, lines)])
    assert len(lines) == 2 and ">0.06</text>" in drawn and ">0.07</text>" not in drawn  # sparse


@pytest.mark.parametrize("high", [3e-7, 0.000123, 0.98765, 103.25, 123456.7])
@pytest.mark.parametrize("chart", curves.CHARTS[5:], ids=lambda chart: chart.column)
def test_no_number_of_a_picture_is_cut_off(run, chart, high, monkeypatch):
    """Its margins are given, and a browser cuts off what lies outside."""
    within, whole = [], Figure.savefig

    def save(figure, *given, **how):
        whole(figure, *given, **how)
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        within.append(min(box.x0, box.y0, width - box.x1, height - box.y1))  # in inches

    monkeypatch.setattr(Figure, "savefig", save)
    lines = [line | {chart.column: at * high} for line, at in zip(run.lines, (0.93, 1), strict=False)]
    curves.svg(chart, [("a", run.config, lines)])
    assert len(within) == 1 and within[0] >= 0


def test_the_nearest_are_the_nearest_and_never_itself():
    rng, names = np.random.default_rng(0), ("cat", "dog")
    images, x = rng.integers(0, 255, (40, 8, 8), np.uint8), rng.standard_normal((40, 6)).astype(np.float32)
    drawings = Drawings(images, np.repeat(np.arange(2, dtype=np.int32), 20), names)
    shown = pictures.of_features(drawings, x, 0)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    for row, told in zip(shown["neighbours"], shown["neighbour_names"], strict=True):
        at = int(np.flatnonzero((images == row[0]).all((1, 2)))[0])
        nearest = [at, *(other for other in np.argsort(-unit @ unit[at]) if other != at)][: len(row)]
        np.testing.assert_array_equal(row, images[nearest])
        assert list(told) == [names[other // 20] for other in nearest]
    assert len(shown["map"]) == len(shown["map_at"]) == 40 and 0 <= shown["map_at"].min() <= shown["map_at"].max() <= 1


def test_damaged_pictures_are_left_out(tmp_path):
    pictures.save(tmp_path, {"drawings": np.zeros((2, 4, 4), np.uint8)})
    assert pictures.load(tmp_path)["drawings"].shape == (2, 4, 4)
    whole = (tmp_path / pictures.FILE).read_bytes()
    for damaged in (whole[:-30], b"", whole.replace(b"PK", b"KP"), b"no archive"):
        (tmp_path / pictures.FILE).write_bytes(damaged)
        assert pictures.load(tmp_path) == {}
    (tmp_path / pictures.FILE).unlink()
    assert pictures.load(tmp_path) == {}


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_a_browser_without_network_shows_it(trained_workdir, tmp_path):
    """Its own words after loading; no error on its console."""
    quiet = "--no-first-run --disable-background-networking --disable-component-update --disable-sync --disable-gpu"
    offline = ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path}", "--enable-logging=stderr"]
    command = [CHROMIUM, "--headless", "--no-sandbox", *quiet.split(), *offline, "--dump-dom"]
    page = (trained_workdir / "report.html").as_uri()
    ended = subprocess.run([*command, page], capture_output=True, text=True, timeout=120, check=True)
    row = json.loads((trained_workdir / "result.json").read_text())["few_shot"][0]
    assert f"<td>{row['accuracy']:.1f} ± {row['ci95']:.1f}</td>" in ended.stdout
    assert "CONSOLE" not in ended.stderr
