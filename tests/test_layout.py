"""The house: imports go one way, files and functions stay small, nothing names this machine."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "sketchjax"
# A layer may import from itself and from those before it. Commands come last; they are listed in COMMANDS.
LAYERS = (
    "interrupt",
    "progress",
    "config",
    "lock",
    "fields",
    "check",
    "mesh",
    "data",
    "model",
    "objectives",
    "health",
    "evaluation",
    "page",
    "training",
)
COMMANDS = (
    "flags",
    "data.prepare",
    "judge",
    "report",
    "stage",
    "encoder",
    "estimators",
    "embed",
    "demo",
    "evaluate",
    "main",
    "diagnose",
    "data.inspect",
    "bench",
)
MAX_FILE, MAX_FUNCTION, MAX_LOOP = 200, 40, 45
EXEMPT = ("data/doodles/",)  # doodle programs

FILES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


def layer(module: str) -> int:
    """The place of a module in the order of imports."""
    if module in COMMANDS:
        return len(LAYERS) + COMMANDS.index(module)
    return LAYERS.index(module.split(".")[0])


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, without the prefix `sketchjax.`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "sketchjax":
            inside = node.module.removeprefix("sketchjax").lstrip(".")
            for alias in node.names:
                whole = f"{inside}.{alias.name}".lstrip(".")
                is_module = (PACKAGE / whole.replace(".", "/")).with_suffix(".py").exists()
                is_package = (PACKAGE / whole.replace(".", "/")).is_dir()
                found.add(whole if is_module or is_package else inside)
    return found


@pytest.mark.parametrize("path", [f for f in FILES if f != PACKAGE / "__init__.py"], ids=name_of)
def test_imports_go_one_way(path):
    own = name_of(path)
    for other in imports(path):
        assert layer(other) <= layer(own), f"{own} imports {other}, which comes after it"


def test_a_wrong_import_would_be_seen(tmp_path):
    """Negative control of the test above."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from sketchjax.training.loop import train\nfrom sketchjax.training import optim\n")
    assert {layer(other) > layer("data.augment") for other in imports(wrong)} == {True}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_are_small(path):
    where = path.relative_to(PACKAGE).as_posix()
    text = path.read_text()
    if not where.startswith(EXEMPT):
        assert len(text.splitlines()) <= MAX_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            limit = MAX_LOOP if (where, node.name) == ("training/loop.py", "train") else MAX_FUNCTION
            assert node.end_lineno - node.lineno + 1 <= limit, node.name


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_public_names_have_docstrings(path):
    tree = ast.parse(path.read_text())
    assert path.name == "__init__.py" or ast.get_docstring(tree)
    if path.is_relative_to(PACKAGE / "data" / "doodles"):
        return  # a program's name says what it draws
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and len(node.body) > 1:
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize(
    "command", [name for name in COMMANDS if name not in ("flags", "judge", "stage", "encoder", "estimators")]
)
def test_a_command_line_is_read_without_jax(command):
    """So that `--help` and a mistyped flag are answered at once."""
    code = f"import sys, sketchjax.{command}; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_only_mesh_says_where_arrays_lie():
    for path in FILES:
        if path.name != "mesh.py":
            assert not {"NamedSharding", "PartitionSpec"} & set(path.read_text().replace("(", " ").split()), path


def test_no_path_of_this_machine_and_no_large_file():
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        file = ROOT / name
        if file.exists():
            assert file.stat().st_size < 1_000_000, name
            assert str(ROOT.parent) + "/" not in file.read_bytes().decode(errors="replace"), name
