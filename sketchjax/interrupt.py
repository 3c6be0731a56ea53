"""Signals: SIGTERM (a cluster takes its machine back) and SIGINT (Ctrl-C) end a command with exit code 75: run again.

A thread takes them. Python's own handlers wait for the main thread, which a compilation keeps for minutes, and raise
wherever it happens to be: in a callback that swallows the exception, or in the middle of a save.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

EXIT = 75  # EX_TEMPFAIL of sysexits.h
_PATIENCE = 0.5  # seconds for what has been printed to get out

_asked = threading.Event()
_deferred = threading.Event()
_words: list[Callable[[], None]] = []
_lock = threading.Lock()


class Interrupted(Exception):
    """A signal has asked for an end, and nothing is lost by it."""


@contextmanager
def deferred() -> Iterator[None]:
    """Inside, a signal only asks: the block looks at `asked` and ends, or calls `check`. Raises: Interrupted at its end
    where it was asked and has not."""
    with _lock:
        _deferred.set()
    try:
        yield
    finally:
        with _lock:
            _deferred.clear()
    check()


def asked() -> bool:
    """Whether a signal has asked for an end."""
    return _asked.is_set()


def check() -> None:
    """Raises: Interrupted where a signal has asked for an end."""
    if asked():
        raise Interrupted


@contextmanager
def last_words(say: Callable[[], None]) -> Iterator[None]:
    """Calls say where a signal ends the block, at once or by Interrupted."""
    _words.append(say)
    try:
        yield
    except Interrupted:
        say()
        raise
    finally:
        _words.remove(say)


def run(main: Callable[[Sequence[str]], int]) -> NoReturn:
    """Exits with main's exit code for the command line, or with 75 where a signal ended it."""
    receive, send = socket.socketpair()
    send.setblocking(False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # so that it is written to the socket, at once and from any thread
    signal.set_wakeup_fd(send.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(receive, send), daemon=True).start()
    try:
        code = main(sys.argv[1:])
    except Interrupted:
        code = EXIT
    sys.exit(code)


def _watch(signals: socket.socket, _open: socket.socket) -> None:
    """The first signal ends the command, unless it is deferred; the second does so at once. _open: the other end."""
    while True:
        name = signal.Signals(signals.recv(1)[0]).name
        with _lock:
            if _deferred.is_set() and not asked():
                _asked.set()
                _print(f"{name}: ending as soon as nothing is lost by it (a second signal: at once)")
                continue
            _print(f"{name}: ended; the same command goes on")
            for say in [] if asked() else _words:
                say()
            flushing = threading.Thread(target=sys.stdout.flush, daemon=True)
            flushing.start()
            flushing.join(_PATIENCE)
            os._exit(EXIT)


def _print(line: str) -> None:
    os.write(2, f"{line}\n".encode())  # whatever the main thread holds locked
