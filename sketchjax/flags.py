"""Command line -> Config, or one line about what is wrong with it."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from absl import flags
from ml_collections import config_flags

from sketchjax.config import Config, UserError, nearest
from sketchjax.fields import leaves

# What the second stage of a pipeline takes over from the first, unless its own flags say otherwise.
_INHERITED = ("seed", "dtype", "data.", "encoder.", *(f"evaluate.{f}" for f in ("way", "shot", "query", "episodes")))


def stages(argv: Sequence[str], usage: str) -> list[Config]:
    """The config of --config, and that of --finetune where it is given: it goes on from the encoder of the first.

    Raises: UserError as parse does."""
    argv = _joined(argv)
    own = [argument for argument in argv if argument.startswith("--finetune")]
    first, _ = parse([argument for argument in argv if argument not in own], usage)
    if not own:
        return [first]
    own = [f"{a}:{first.data.source}" if a.startswith("--finetune=") and ":" not in a else a for a in own]
    taken = {name: value for name, value in leaves(first) if name.startswith(_INHERITED)}
    taken |= {"workdir": f"{first.folder}/finetuned", "init_from": first.folder}
    second, _ = parse([*(f"--finetune.{name}={value}" for name, value in taken.items()), *own], usage, (), "finetune")
    return [first, second]


def parse(
    argv: Sequence[str], usage: str, extra: Sequence[str] = (), flag: str = "config"
) -> tuple[Config, dict[str, str]]:
    """The config that --config=FILE.py[:SOURCE] and --config.FIELD=VALUE describe, and the other flags named in extra.

    `--help` prints the usage and every field, and exits 0.
    Raises: UserError for an unknown flag or field, a value of the wrong type, a config file that is missing or broken.
    """
    argv = _joined(argv)
    if "--help" in argv or "-h" in argv:
        print(usage, "\nFields and their defaults (sketchjax/config.py says what they are):", sep="\n")
        print(*(f"  --config.{name}={value!r}" for name, value in leaves(Config())), sep="\n")
        sys.exit(0)
    config_file = next((a.removeprefix(f"--{flag}=") for a in argv if a.startswith(f"--{flag}=")), "")
    if not config_file:
        raise UserError(f"--{flag} is missing: name a config file, such as --{flag}=configs/simclr.py")
    known = [flag, *(f"{flag}.{name}" for name, _ in leaves(Config())), *extra]
    for argument in argv:
        name = argument.removeprefix("--").partition("=")[0]
        if not argument.startswith("--"):
            raise UserError(f"leftover argument {argument!r}: flags are written --name=value")
        if name.removeprefix("no") not in known and name not in known:
            raise UserError(f"unknown flag --{name}{nearest(name, known)}: see --help")
    if not os.path.isfile(config_file.partition(":")[0]):
        raise UserError(f"no config file {config_file.partition(':')[0]!r} in {os.getcwd()}: try configs/simclr.py")
    return _values(sorted(argv, key=lambda a: not a.startswith(f"--{flag}=")), extra, flag)


def _joined(argv: Sequence[str]) -> list[str]:
    """Turns "--name value" into "--name=value"."""
    joined: list[str] = []
    for argument in argv:
        if joined and not argument.startswith("-") and joined[-1].startswith(_TAKING) and "=" not in joined[-1]:
            joined[-1] += "=" + argument
        else:
            joined.append(argument)
    return joined


_TAKING = ("--config", "--finetune")  # flags whose value may stand apart


def _values(argv: Sequence[str], extra: Sequence[str], flag: str) -> tuple[Config, dict[str, str]]:
    values = flags.FlagValues()
    argv = ["sketchjax", *argv]
    config_flags.DEFINE_config_file(flag, None, "", flag_values=values, sys_argv=argv)
    for name in extra:
        flags.DEFINE_string(name, "", "", flag_values=values)
    try:
        values(argv)
    except UserError:
        raise
    except flags.Error as error:
        raise UserError(str(error).strip().splitlines()[-1]) from error
    except Exception as error:  # a config file is the user's program: it may raise anything
        raise UserError(f"{argv[1]}: {type(error).__name__}: {error}") from error
    config = values[flag].value
    if not isinstance(config, Config):
        raise UserError(f"{argv[1]}: its get_config() must return a sketchjax.config.Config")
    return config, {name: str(values[name].value) for name in extra}


class Parser(argparse.ArgumentParser):
    """Of a command without a config; its module has the help. Raises: UserError where argparse would exit."""

    def __init__(self, command: str, doc: str | None):
        summary, _, rest = str(doc).partition("\n")
        raw = argparse.RawDescriptionHelpFormatter
        super().__init__(command, description=summary, epilog=rest, formatter_class=raw, allow_abbrev=False)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Of a mistyped flag it says which one is near, before it asks for what is missing."""
        known = self._option_string_actions
        for argument in args or ():
            if argument.startswith("--") and (flag := argument.partition("=")[0]) not in known:
                raise UserError(f"unknown flag {flag}{nearest(flag, known)}: see --help")
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}: see --help")
