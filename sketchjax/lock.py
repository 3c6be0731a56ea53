"""A folder for one process at a time: its `.lock` names that process, and is gone when it has ended."""

import atexit
import fcntl
import os
import platform
from pathlib import Path

from sketchjax.config import UserError

NAME = ".lock"


def hold(folder: Path) -> None:
    """Keeps other processes out as long as this one lives, however it ends; says so where the one before was killed.

    Raises: UserError naming the process that has it."""
    path, held = folder / NAME, False
    while not held:  # again where the one before removed the file between our two calls
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise UserError(f"{folder} is in use by {_owner(file) or 'another process'}: wait for it") from error
        held = os.fstat(file).st_nlink > 0
    own = f"process {os.getpid()} on {platform.node()}"
    if (owner := _owner(file)) not in ("", own):
        print(f"{folder} was left by {owner}: taking it over", flush=True)
    os.ftruncate(file, 0)
    os.pwrite(file, own.encode(), 0)
    atexit.register(path.unlink, missing_ok=True)


def _owner(file: int) -> str:
    return os.pread(file, 200, 0).decode(errors="replace")
