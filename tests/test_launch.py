"""The scripts of launch/: read by their tools, and run as far as one machine goes (local.sh: test_processes.py)."""

import os
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest

from sketchjax import flags
from sketchjax.health import preflight
from tests.conftest import ROOT
from tests.health.test_preflight import DRAWINGS

SCRIPTS = sorted(path.name for path in (ROOT / "launch").glob("*.sh"))
TOOLS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
SHELLCHECK, VALIDATE = (shutil.which(name, path=TOOLS) for name in ("shellcheck", "kubernetes-validate"))


checkers = pytest.mark.skipif(not (SHELLCHECK and VALIDATE), reason="they come with the extra `launch`")


@pytest.mark.slow
@checkers
@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck_finds_nothing(script):
    done = subprocess.run([SHELLCHECK, ROOT / "launch" / script], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@checkers
def test_the_manifest_is_what_kubernetes_takes(tmp_path):
    """A misspelt field, the control, is not."""
    values = {
        "IMAGE": "image",
        "PROCESSES": "4",
        "CLAIM": "claim",
        "CONFIG": "configs/simclr.py",
        "WORKDIR": "/data/run",
    }
    text = string.Template((ROOT / "launch" / "kubernetes.yaml").read_text()).substitute(values)
    said = []
    for name, manifest in (("right", text), ("misspelt", text.replace("backoffLimit", "backofLimit"))):
        (tmp_path / name).write_text(manifest)
        command = [VALIDATE, "--strict", tmp_path / name]
        said.append(subprocess.run(command, capture_output=True, text=True))
    assert said[0].returncode == 0 and said[0].stdout.count("passed") == 2
    assert said[1].returncode == 1 and "backofLimit" in said[1].stdout


@pytest.mark.parametrize(
    ("code", "restarts", "again"),
    [(0, 0, False), (1, 0, False), (2, 0, False), (127, 0, False), (75, 0, True), (137, 3, True), (75, 20, False)],
)
def test_slurm_puts_what_was_interrupted_back_into_the_queue(tmp_path, code, restarts, again):
    """With a stand-in for srun, which ends as the processes would, and for scontrol."""
    for name, text in (("srun", f'echo "$@" >> ran; exit {code}'), ("scontrol", 'echo "$@" >> queue')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SLURM_JOB_ID": "7",
        "SLURM_RESTART_COUNT": str(restarts),
    }
    command = ["bash", ROOT / "launch" / "slurm.sh", "--config=configs/simclr.py", "--config.workdir=a b"]
    assert subprocess.run(command, cwd=tmp_path, env=environment).returncode == code
    assert (
        "sketchjax.main --distributed --config=configs/simclr.py --config.workdir=a b" in (tmp_path / "ran").read_text()
    )
    assert (tmp_path / "queue").exists() == again
    assert not again or (tmp_path / "queue").read_text() == "requeue 7\n"


def test_the_pod_gets_one_command_with_its_flags_whole(tmp_path):
    command = ["bash", ROOT / "launch" / "tpu_pod.sh", "--config=configs/simclr.py", "--config.workdir=/a b"]
    environment = {"PATH": os.environ["PATH"], "TPU": "pod", "ZONE": "here", "DRY_RUN": "1"}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("gcloud compute tpus tpu-vm ssh pod --zone=here --worker=all --command=cd sketchjax && ")
    assert shown.rstrip().endswith(r"--distributed --config=configs/simclr.py --config.workdir=/a\ b")
    del environment["TPU"]
    assert "the name of the TPU" in subprocess.run(command, env=environment, capture_output=True, text=True).stderr


def test_no_run_of_the_readme_is_one_that_is_warned_about(tmp_path):
    """With a stand-in for Python, which writes down what it was to run. The control: warmed up to its end."""
    stand_in = tmp_path / "python"
    stand_in.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/ran\n')
    stand_in.chmod(0o755)
    for source in ("omniglot", "tu_berlin"):
        (tmp_path / "data" / source).mkdir(parents=True)
    command = ["bash", ROOT / "launch" / "readme.sh", tmp_path / "runs", tmp_path / "data"]
    subprocess.run(command, env=os.environ | {"PYTHON": str(stand_in)}, capture_output=True, check=True)
    ran = [line.split()[2:] for line in (tmp_path / "ran").read_text().splitlines() if "sketchjax.main" in line]
    assert len(ran) == 11 + 6

    def warned(arguments):
        config, _ = flags.parse(arguments, "")
        return [f for f in preflight.findings(config, 1, DRAWINGS[config.data.source]) if f.grade != preflight.NOTE]

    assert [line for line in ran if warned(line)] == []
    assert warned([*next(line for line in ran if "byol.py:omniglot" in line[0]), "--config.optim.warmup_epochs=1"])
