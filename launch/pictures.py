"""Pictures of the pages, for README and docs: screenshots by Chromium, the demo drawn on with the mouse.

python launch/pictures.py RUN OTHER FAILED [OUT]    OUT/report.png, compare.png, failed.png, demo.png; OUT is docs

RUN and OTHER are finished runs of the same drawings, FAILED one that was stopped. Needs the extras demo and viewers.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from sketchjax.data import doodles

_EXAMPLES = {"snail": ("snail", 3), "cactus": ("cactus", 1), "key": ("key", 2)}  # name typed: doodle drawn
_QUERY = ("snail", 8)
_QUIET = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update"
_COLOURS = 128  # of a picture's palette: pages have few


def main(run: str, other: str, failed: str, out: str = "docs") -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_QUIET.split())
        pages = {"report": [run], "compare": [run, other], "failed": [failed]}
        for name, runs in pages.items():
            file = Path(folder, f"{name}.html")
            subprocess.run([sys.executable, "-m", "sketchjax.report", *runs, f"--out={file}"], check=True)
            take(opened(browser, file.as_uri(), 1500 if name == "report" else 1100), Path(out, f"{name}.png"))
        with served(run) as address:
            page = opened(browser, address, 920)
            draw_all(page)
            take(page, Path(out, "demo.png"))
        browser.close()


def opened(browser: Browser, address: str, height: int) -> Page:
    page = browser.new_page(viewport={"width": 1080, "height": height})
    page.goto(address)
    return page


def take(page: Page, out: Path) -> None:
    """What the window shows, in few colours, so that the repository stays small."""
    page.screenshot(path=out)
    few = Image.open(out).convert("RGB").quantize(_COLOURS, Image.Quantize.MAXCOVERAGE)  # rare ones, too
    few.save(out, optimize=True)
    print(out, out.stat().st_size)


@contextmanager
def served(run: str) -> Iterator[str]:
    """The demo of a run, as a process of its own: its address."""
    command = [sys.executable, "-m", "sketchjax.demo", f"--workdir={run}", "--port=0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        yield next(word for word in server.stdout.readline().split() if word.startswith("http"))
    finally:
        server.terminate()
        server.wait()


def draw_all(page: Page) -> None:
    """Examples with their names, then something to be recognised."""
    for name, doodle in _EXAMPLES.items():
        draw(page, *doodle)
        page.fill("#name", name)
        page.click("#add")
    draw(page, *_QUERY)
    page.wait_for_selector("#ranks li")
    page.wait_for_timeout(500)  # until its bars have grown


def draw(page: Page, name: str, index: int) -> None:
    """A doodle, stroke by stroke, with the mouse."""
    box = page.locator("#pad").bounding_box()
    assert box
    for stroke in doodles.drawing(name, index).strokes:
        at = np.array([box["x"], box["y"]]) + stroke / 255 * box["width"]
        page.mouse.move(*at[0])
        page.mouse.down()
        for point in at[1:]:
            page.mouse.move(*point)
        page.mouse.up()


if __name__ == "__main__":
    main(*sys.argv[1:])
