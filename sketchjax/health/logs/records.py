"""A log of any form, csv, jsonl or free text, as the numbers that each of its lines names."""

import csv
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from sketchjax.config import UserError

Record = dict[str, float]

HELD_OUT = {"val", "valid", "validation", "test", "testing", "eval", "evaluation", "dev"}
OWN = {"ssl", "simclr", "contrast", "contrastive", "ntxent", "xent", "infonce", "nce", "byol", "pretrain"}
TRAIN = {"train", "training"}
_TELLING = HELD_OUT | OWN | TRAIN | {"best", "min", "mean", "avg", "pairwise", "neg", "negative", "learning"}

# loss: 4.1 · loss=tensor(4.1 · 'loss': 4.1 · Avg Loss is 4.1 · Loss after epoch 3: 4.1 · Epoch [3/100] · Loss (val) 4.1
_PAIR = re.compile(
    r"""(?<![\w./@])(?P<name>[a-z_][\w/.@-]*+(?:[ ]?\([a-z]+\))?+)(?<!\bis)
    ["'()]*+\s*+(?:(?:for|at|after|in)\s\w++\s\d++\s*+)?(?:[:=]+|is\b)?\s*+(?:tensor)?[\[(]*+\s*+
    (?P<value>[-+]?(?:\d++(?:\.\d*+)?+|\.\d++|nan\b|inf(?:inity)?\b)(?:e[-+]?\d++)?+)(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_COLUMN = re.compile(r"[a-z_#@][\w ./@%()#-]*", re.IGNORECASE)
_METRIC = re.compile("loss|acc|rate|std|cos|value|xent|nce", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_WORD = re.compile(r"[^\W\d_]+")
_DELIMITERS = (",", ";", "\t", "|", "")  # the last: spaces
_BARE = "loss, from lines of one number"


def records(path: Path) -> Iterator[Record]:
    """Name -> value of each line that has any; the file is read as it is needed. Raises: OSError, UserError."""
    with path.open("rb") as raw:
        head = raw.read(4096)
    if not head.strip():
        raise UserError(f"log={path} is empty: give a csv, jsonl or text file")
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding != "utf-16" and b"\0" in head:
        raise UserError(f"log={path} is binary: export it as csv, jsonl or text (TensorBoard offers a CSV of a curve)")
    with path.open(encoding=encoding, errors="replace") as file:  # a \r, as tqdm writes it, ends a line too
        first = next((line for line in file if line.strip()), "-").strip()
        file.seek(0)
        yield from _json(file, first) if first[0] in "{[" else _text(file)


def _json(file: TextIO, first: str) -> Iterator[Record]:
    """An object a line, or one object or array over all lines; what only begins like that is text."""
    try:
        json.loads(first)
    except ValueError:
        try:
            yield from _objects(json.load(file))
        except (ValueError, RecursionError):
            file.seek(0)
            yield from _text(file)
        return
    for line in file:
        try:
            yield from _objects(json.loads(line))
        except (ValueError, RecursionError):  # such as the last line of a run that was killed
            continue


def _objects(found: Any) -> Iterator[Record]:
    """[{...}, ...], {"loss": [...], ...}, {"history": either}, [4.1, ...], TensorBoard's [[time, step, value], ...]."""
    if isinstance(found, int | float):
        yield {_BARE: float(found)}
    elif isinstance(found, list):
        for item in found:
            numbers = isinstance(item, list) and len(item) == 3 and all(isinstance(x, int | float) for x in item)
            yield from ({"step": item[1], "value": item[2]},) if numbers else _objects(item)
    elif isinstance(found, dict):
        flat = dict(_flat(found, ""))
        lists = {name: values for name, values in flat.items() if isinstance(values, list)}
        series = {name: [_float(v) for v in values] for name, values in lists.items() if not _nested(values)}
        if record := {name: x for name, value in flat.items() if (x := _float(value)) is not None}:
            yield record
        for row in itertools.zip_longest(*series.values()):
            yield {name: x for name, x in zip(series, row, strict=True) if x is not None}
        for name in lists.keys() - series.keys():
            yield from _objects(lists[name])


def _nested(values: list[Any]) -> bool:
    return any(isinstance(value, dict | list) for value in values[:1])


def _flat(found: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}/")
        else:
            yield prefix + name, value


def _float(value: Any) -> float | None:
    """The number that a value or a cell of a table is, or None: null and an empty cell are no measurement."""
    if isinstance(value, bool | None):
        return None
    try:
        return float(value.strip().rstrip("%") if isinstance(value, str) else value)
    except (ValueError, TypeError, OverflowError):
        return None


def _text(file: TextIO) -> Iterator[Record]:
    """Rows below a line of column names, whatever parts them; elsewhere, every "name: number" in a line."""
    names, delimiter = [], ""
    for line in file:
        line = _COLOUR.sub("", line) if "\x1b" in line else line
        if record := (_row(names, _cells(line, delimiter), delimiter) if names else {}) or _pairs(line):
            yield record
        elif (bare := _float(line)) is not None:
            yield {_BARE: bare}
        else:
            headers = ((cells, d) for d in _DELIMITERS if _is_header(cells := _cells(line, d), d, not names))
            names, delimiter = max(headers, key=lambda header: len(header[0]), default=(names, delimiter))


def _pairs(line: str) -> Record:
    """Of two words before a name, those that tell losses apart belong to it: "Val loss"; the first of a name counts."""
    record, end = {}, 0
    for pair in _PAIR.finditer(line):
        name, start = pair["name"], pair.start()
        if _METRIC.search(name) and (words := _WORD.findall(line[max(end, start - 40) : start])[-2:]):
            name = " ".join([*(word for word in words if word.lower() in _TELLING), name])
        record.setdefault(name, float(pair["value"]))
        end = pair.end()
    return record


def _is_header(cells: list[str], delimiter: str, first: bool) -> bool:
    """Whether these can be the names of columns, a loss or an accuracy among them; of the first table, whatever."""
    if not all(_COLUMN.fullmatch(cell) or not cell for cell in cells) or (delimiter and len(cells) < 2):
        return False
    return bool(first and delimiter) or any(_METRIC.search(cell) for cell in cells)


def _cells(line: str, delimiter: str) -> list[str]:
    if not delimiter:
        return line.lstrip("#").split()
    line = line.strip("\r\n").strip("| ") if delimiter == "|" else line.strip("\r\n")
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error:  # a field of 128 KiB
        return []


def _row(names: list[str], cells: list[str], delimiter: str) -> Record:
    """Nothing where the cells cannot be a row of that table. Between semicolons a comma may stand for the point."""
    if not delimiter and len(cells) == len(names) + 1:
        cells = cells[1:]  # pandas prints an index without a name
    if len(cells) != len(names) or (not delimiter and _float(cells[0]) is None):
        return {}
    values = [_float(cell.replace(",", ".") if delimiter == ";" else cell) for cell in cells]
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}
