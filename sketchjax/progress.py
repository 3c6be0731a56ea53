"""How far something is, and the time left, where somebody waits for it at a terminal."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_PATIENCE = 2.0  # seconds; what ends sooner says nothing
T = TypeVar("T")


def watched(items: Iterable[T], what: str, total: int, size: Callable[[T], int] = lambda item: 1) -> Iterator[T]:
    """The items, of which all together have the size total; the line is gone when they have ended."""
    from rich import get_console  # a tenth of a second, which commands that end at once need not pay
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    if not get_console().is_terminal:
        yield from items
        return
    columns = (TextColumn("{task.description}"), BarColumn(None), TimeRemainingColumn())
    progress, started = Progress(*columns, transient=True), time.monotonic()
    task = progress.add_task(what, total=total)
    try:
        for item in items:
            yield item
            progress.advance(task, size(item))
            if time.monotonic() - started > _PATIENCE:
                progress.start()  # again and again: it starts once
    finally:
        progress.stop()
