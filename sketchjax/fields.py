"""The fields of a config as a list: compared, stored, named."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sketchjax.config import Config, UserError

# Fields that change no number of the training: another value may continue the same run.
_HARMLESS = ("workdir", "data.root", "data.stream", "data.max_skipped", "log", "evaluate.", "health.")


def leaves(config: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every field as ("optim.lr", 0.002), depth first."""
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield from leaves(value, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, value


def differences(config: Config, stored: Config) -> list[str]:
    """The fields that change a training number and differ, as "optim.lr=0.1, stored 0.002"."""
    pairs = zip(leaves(config), leaves(stored), strict=True)
    return [f"{n}={v!r}, stored {was!r}" for (n, v), (_, was) in pairs if not n.startswith(_HARMLESS) and v != was]


def from_json(stored: dict[str, Any], kind: Any = Config, prefix: str = "") -> Any:
    """The Config that became JSON through dataclasses.asdict.

    A field that has come since and changes no number of the training has its default, which does as was done before.
    Raises: UserError for any other field that only one of the two has."""
    known = {field.name: field.type for field in dataclasses.fields(kind)}
    others = [n for n in set(stored) ^ set(known) if n in stored or not f"{prefix}{n}".startswith(_HARMLESS)]
    if others:
        named = ", ".join(f"{prefix}{n}" for n in sorted(others))
        raise UserError(f"stored config has other fields ({named}): use the version that made it, or train again")
    parts = {n: from_json(v, known[n], f"{prefix}{n}.") if isinstance(v, dict) else v for n, v in stored.items()}
    return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in parts.items()})


def digest(config: Config) -> str:
    """Names the fields that change a training number, and their values."""
    fields = json.dumps({n: v for n, v in leaves(config) if not n.startswith(_HARMLESS)}, sort_keys=True)
    return hashlib.sha256(fields.encode()).hexdigest()[:16]


def recipe(config: Config) -> dict[str, Any]:
    """The fields, but for the seed, that change a training number and are not the default: of runs alike, the same."""
    default = dict(leaves(Config()))
    told = {n: v for n, v in leaves(config) if n != "seed" and not n.startswith(_HARMLESS) and v != default[n]}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
