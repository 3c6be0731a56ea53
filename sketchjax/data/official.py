"""The published archives by their SHA-256, where somebody has published one: TFDS ships those of its own builders."""

import csv
import hashlib
from importlib import resources
from pathlib import Path
from urllib.parse import unquote

from sketchjax.config import Data

_TABLES = {
    "omniglot": "url_checksums/omniglot.txt",
    "quickdraw": "datasets/quickdraw_bitmap/checksums.tsv",
}


def differences(data: Data) -> list[str]:
    """A line for each file under data.root that bears a published archive's name and has other content."""
    if data.source not in _TABLES:
        return []
    table = (resources.files("tensorflow_datasets") / _TABLES[data.source]).read_text()
    known = {unquote(name): digest for _, _, digest, name in csv.reader(table.splitlines(), delimiter="\t")}
    place = Path(data.root).expanduser()
    files = [place] if place.is_file() else sorted(path for path in place.iterdir() if path.name in known)
    return [
        f"note: {path.name} is not the published archive (SHA-256 {found[:12]}, published {known[path.name][:12]}): "
        "its drawings are taken as they are"
        for path in files
        if path.name in known and (found := _sha256(path)) != known[path.name]
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
