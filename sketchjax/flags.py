"""Command line -> Config, or one line about what is wrong with it."""

import os
import sys
from collections.abc import Sequence

from absl import flags
from ml_collections import config_flags

from sketchjax.config import Config, UserError, leaves, nearest


def parse(argv: Sequence[str], usage: str, extra: Sequence[str] = ()) -> tuple[Config, dict[str, str]]:
    """The config that --config=FILE.py[:SOURCE] and --config.FIELD=VALUE describe, and the other flags named in extra.

    `--help` prints the usage and every field, and exits 0.
    Raises: UserError for an unknown flag or field, a value of the wrong type, a config file that is missing or broken.
    """
    argv = _joined(argv)
    if "--help" in argv or "-h" in argv:
        print(usage, "\nFields and their defaults (sketchjax/config.py says what they are):", sep="\n")
        print(*(f"  --config.{name}={value!r}" for name, value in leaves(Config())), sep="\n")
        sys.exit(0)
    config_file = next((a.removeprefix("--config=") for a in argv if a.startswith("--config=")), "")
    if not config_file:
        raise UserError("--config is missing: name a config file, such as --config=configs/simclr.py")
    known = ["config", *(f"config.{name}" for name, _ in leaves(Config())), *extra]
    for argument in argv:
        name = argument.removeprefix("--").partition("=")[0]
        if not argument.startswith("--"):
            raise UserError(f"leftover argument {argument!r}: flags are written --name=value")
        if name.removeprefix("no") not in known and name not in known:
            raise UserError(f"unknown flag --{name}{nearest(name, known)}: see --help")
    if not os.path.isfile(config_file.partition(":")[0]):
        raise UserError(f"no config file {config_file.partition(':')[0]!r} in {os.getcwd()}: try configs/simclr.py")
    return _values(sorted(argv, key=lambda a: not a.startswith("--config=")), extra)


def _joined(argv: Sequence[str]) -> list[str]:
    """Turns "--name value" into "--name=value"."""
    joined: list[str] = []
    for argument in argv:
        if joined and not argument.startswith("-") and joined[-1].startswith("--config") and "=" not in joined[-1]:
            joined[-1] += "=" + argument
        else:
            joined.append(argument)
    return joined


def _values(argv: Sequence[str], extra: Sequence[str]) -> tuple[Config, dict[str, str]]:
    values = flags.FlagValues()
    argv = ["sketchjax", *argv]
    config_flags.DEFINE_config_file("config", None, "", flag_values=values, sys_argv=argv)
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
    config = values["config"].value
    if not isinstance(config, Config):
        raise UserError(f"{argv[1]}: its get_config() must return a sketchjax.config.Config")
    return config, {name: str(values[name].value) for name in extra}
