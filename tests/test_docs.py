"""Every command of README.md and docs/*.md runs as a user would type it: by bash, in an empty folder, in order.

Placeholders are small real folders, and what trains is made small by flags at the end; the exit code is 0, or what the
comment behind the command says. What cannot be run here is listed, with the reason: a command is run, or it is there.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from launch import verdicts
from sketchjax.health import verdict
from tests.conftest import CACHE, ROOT, SHARED

PAGES = {path.name: path.read_text() for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
NOT_RUN = {  # command -> why
    "python3 -m venv --clear .venv && .venv/bin/pip install -q -c constraints.txt -e '.[test]' && .venv/bin/python -m "
    "pytest -n 2": "it runs this test; tests/test_readme.py holds that .ci/run runs exactly it",
    ". .venv/bin/activate": "`python` is this test's interpreter; the set-up before it is run by tests/test_readme.py",
    "launch/local.sh 2 --config=configs/simclr.py": "tests/promises/test_processes.py runs it, with a signal",
    "srun python -m sketchjax.main --distributed --config=configs/simclr.py": "needs Slurm; --distributed is run by "
    "tests/promises/test_processes.py",
}
SMALL = (
    *("epochs=1", "data.image_size=16", "encoder.width=0.125", "method.hidden_features=16"),
    *("evaluate.way=5", "evaluate.shot=1", "evaluate.query=5", "evaluate.episodes=50"),
    *("data.per_class=25", "data.judged_per_class=25"),  # what 20 shots and 5 queries take
)
FEW = 6  # drawings of a class, of real ones: 1 shot, 5 queries
SOURCES = ("omniglot", "tu_berlin", "quickdraw")
RUNS = {  # what a page may look at though it trains none: made as another page says
    "runs/simclr-doodles": "python -m sketchjax.main --config=configs/simclr.py",
    "runs/byol-doodles": "python -m sketchjax.main --config=configs/byol.py",
    "runs/simclr-omniglot": "python -m sketchjax.main --config=configs/simclr.py:omniglot --config.data.root=DIR",
}
# Of the run that this project began with: chance, from the first epoch on.
LOG = "".join(f"epoch {at} loss {loss}\n" for at, loss in enumerate([4.14393, 4.1437, 4.1434, *[4.1431347] * 97]))


def commands_of(page: str) -> list[tuple[str, int]]:
    """Of its bash blocks, and of its Python blocks a whole one, in order; with the exit code that is promised."""
    found = []
    for kind, block in re.findall(r"```(bash|python)\n(.*?)```", PAGES[page], re.DOTALL):
        if kind == "python" and page != "README.md":  # whose blocks tests/test_encoder.py runs
            found.append((f"python -c {shlex.quote(block)}", 0))
        for line in block.replace("\\\n", " ").splitlines() if kind == "bash" else ():
            command, _, comment = line.partition(" #")
            code = re.search(r"exit code (\d+)", comment)
            found += [(command.strip(), int(code[1]) if code else 0)] * bool(command.strip())
    return found


def source_of(command: str) -> str:
    """Whose real drawings it needs, or none."""
    return next((source for source in SOURCES if source in command), "")


def as_run(command: str, root: Path) -> str:
    """On the drawings in root, and small. Without the set-up before it, which tests/test_readme.py runs."""
    if "venv" in command:
        command = command.rpartition("&&")[2].strip().replace(".venv/bin/python", "python")
    more = []
    if re.search(r"sketchjax\.main", command):
        more = [f"--config.{setting}" for setting in SMALL]
        more += ["--config.batch_size=16", "--config.optim.lr=0.032"] * (":folder" in command)  # of 144 drawings
        more += ["--config.encoder.name=conv4"] * bool(re.search(":(tu_berlin|quickdraw)", command))  # compiles fast
        more += ["--config.data.per_class=6"] * ("omniglot" in command)  # of 4112 classes: 1 shot, 5 queries
        more += ["--finetune.epochs=1"] * ("--finetune" in command)
    if "sketchjax.data.inspect --config" in command:
        more = [f"--config.{setting}" for setting in SMALL]
    more += ["--episodes=50", "--query=5"] * ("sketchjax.evaluate" in command and "--probes" not in command)
    more += ["--image_size=16"] * ("sketchjax.data.prepare" in command)
    more += ["--port=0"] * ("sketchjax.demo" in command)
    return " ".join([re.sub(r"\bDIR\b", str(root), command), *more])


def environment(command: str) -> dict[str, str]:
    """This test's interpreter is `python`; what one command compiles the others find. A run's page has no map here,
    which tests/page looks at: 5 s less."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JAX_", "XLA_"))}
    kept |= {name: os.environ[name] for name in CACHE} | {"PATH": path, "PYTHONUNBUFFERED": "1"}
    kept |= {"XLA_FLAGS": "--xla_backend_optimization_level=1"}
    if "sketchjax.main" in command:
        kept |= {"PYTHONPATH": str(ROOT / "tests" / "without")}
    return kept


def carried_out(command: str, cwd: Path) -> tuple[int, str]:
    """The exit code, and what was said. A demo serves until it is told to end: its page is asked for first."""
    serves = "sketchjax.demo" in command
    process = subprocess.Popen(
        ["bash", "-c", "exec " * serves + command],
        cwd=cwd,
        env=environment(command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said, address = "", None
    while serves and process.stdout and not address and (line := process.stdout.readline()):
        said, address = said + line, re.search(r"http://[\d.:]+", line)
    if address:
        with urllib.request.urlopen(address[0]) as answer:
            assert b"<html" in answer.read().lower()
        process.send_signal(signal.SIGTERM)
    said += process.communicate()[0]
    return process.returncode, said


@pytest.fixture(scope="session")
def root_of(folder, tmp_path_factory):
    """root_of(source): a folder of drawings; of real ones the first few of each class, in archives like theirs."""
    made = {"": folder}

    def root(source: str) -> Path:
        if source not in made:
            made[source] = tmp_path_factory.mktemp(source)
            for archive in (SHARED / source).glob("*.zip"):
                few(archive, made[source] / archive.name)
        return made[source]

    return root


def few(archive: Path, out: Path) -> None:
    """The first drawings of every folder that holds images; other files whole."""
    seen: Counter[str] = Counter()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(name for name in old.namelist() if not name.endswith("/")):
            seen[parent := name.rpartition("/")[0]] += name.endswith(".png")
            if seen[parent] <= FEW:
                new.writestr(name, old.read(name))


@pytest.fixture(scope="session")
def made():
    """Command -> the folder in which it ran: what a page repeats of another is taken from there."""
    return {}


def at_work(cwd: Path) -> Path:
    """With what a clone has at its root that commands name, and a log of another framework."""
    for name in ("configs", "launch"):
        (cwd / name).symlink_to(ROOT / name)
    (cwd / "train.log").write_text(LOG)
    return cwd


def cases() -> list:
    """A page's commands on doodles and folders, and those on each of the real sources apart: they may be absent."""
    found = []
    for page in PAGES:
        for source in dict.fromkeys(source_of(command) for command, _ in commands_of(page) if command not in NOT_RUN):
            here = not source or (SHARED / source).exists()
            marks = [] if here else [pytest.mark.skip(reason=f"no {SHARED / source}")]
            marks += [pytest.mark.minutes] if (page, source) == ("README.md", "") else []
            found.append(pytest.param(page, source, id=f"{page}-{source}".strip("-"), marks=marks))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("page", "source"), cases())
def test_the_commands_of_a_page_run(page, source, root_of, made, tmp_path, tmp_path_factory):
    cwd, wrong = at_work(tmp_path), []

    def run(command: str, cwd: Path, promised: int = 0) -> None:
        started = time.monotonic()
        code, said = carried_out(command, cwd)
        print(f"{time.monotonic() - started:5.1f} s, exit code {code}: {command}")
        if code == promised:
            made[command] = cwd
        else:
            wrong.append(f"exit code {code}, not {promised}: {command}\n{said[-1500:]}")

    for command, promised in commands_of(page):
        if command in NOT_RUN or source_of(command) != source:
            continue
        if "sketchjax.demo" in command and not (find_spec("flask") and find_spec("waitress")):
            print(f"not run without the extra `demo`: {command}")
            continue
        for name, training in RUNS.items():
            if name in command and not (cwd / name).exists():
                training = as_run(training, root_of(source_of(training)))
                if training not in made:
                    run(training, at_work(tmp_path_factory.mktemp("elsewhere")))
                shutil.copytree(made[training] / name, cwd / name)
        command = as_run(command, root_of(source))
        if made.get(command, cwd) != cwd:
            links = shutil.ignore_patterns("configs", "launch")
            shutil.copytree(made[command], cwd, dirs_exist_ok=True, ignore=links)
        else:
            run(command, cwd, promised)
    assert not wrong, "\n\n".join(wrong)


def test_a_command_is_run_or_listed_and_none_hides_in_another_block():
    found = [command for page in PAGES for command, _ in commands_of(page)]
    assert len(found) > 40 and set(NOT_RUN) <= set(found)
    for page, text in PAGES.items():
        for kind, block in re.findall(r"^```([^\n]*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            assert kind in ("bash", "python", "text", ""), f"{page}: a block of {kind} is run by no test"
            if kind != "bash":
                assert not re.search(r"^\$? ?(python\d?|pip|bash|launch/\S+) ", block, re.MULTILINE), f"{page}: {block}"


def test_a_command_that_fails_would_be_seen(tmp_path):
    """The control: a mistyped flag."""
    code, said = carried_out("python -m sketchjax.report runs/simclr-doodles --uot=both.html", tmp_path)
    assert code == 2 and "--uot" in said


def test_every_verdict_has_its_picture_and_the_words_of_the_code(capsys):
    folder = ROOT / "docs" / "verdicts"
    page, rows = PAGES["when-a-run-fails.md"], json.loads((folder / "verdicts.json").read_text())
    assert {row["verdict"] for row in rows} == {*verdicts.NAMES}
    assert set(verdicts.NAMES) == {
        word for name, word in vars(verdict).items() if name.isupper() and isinstance(word, str)
    }
    verdicts.show(rows)
    printed = [line for line in capsys.readouterr().out.splitlines() if line]
    assert len(printed) > 60 and [line for line in printed if line not in page] == []
    sizes = [path.stat().st_size for path in folder.glob("*.png")]
    assert len(sizes) == len(rows) + 1 and max(sizes) < 100_000 and sum(sizes) < 1_000_000
