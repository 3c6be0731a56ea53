"""What is promised about a run's work, how often it was tried and how often broken: python launch/promises.py [-k NAME]

Runs tests/promises, two at a time: real processes, real signals, real files. A test is one trial unless it says that
it made more; a control, which shows that a broken promise would be seen, is one, too.
"""

import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import jax

ROOT = Path(__file__).parent.parent


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "found.xml"
        what = ["-m", "slow or not slow", "-n", "2", "tests/promises", f"--junitxml={file}", *sys.argv[1:]]
        code = subprocess.run([sys.executable, "-m", "pytest", "-q", *what], cwd=ROOT, stdout=sys.stderr).returncode
        cases = list(ElementTree.parse(file).iter("testcase"))
    rows: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for case in cases:
        test = case.attrib["name"].partition("[")[0].removeprefix("test_").replace("_", " ")
        name = f"{case.attrib['classname'].rpartition('.test_')[2].replace('_', ' ')}: {test}"
        trials = case.find("properties/property[@name='trials']")
        rows[name][0] += int(trials.attrib["value"]) if trials is not None else 1
        rows[name][1] += case.find("failure") is not None or case.find("error") is not None
        rows[name][2] += float(case.attrib["time"])
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, jax {jax.__version__}, two tests at a time:\n")
    print("| promise | trials | violations | seconds |\n|---|--:|--:|--:|")
    for name, (trials, violations, seconds) in sorted(rows.items()):
        print(f"| {name} | {trials:.0f} | {violations:.0f} | {seconds:.0f} |")
    return code


if __name__ == "__main__":
    sys.exit(main())
