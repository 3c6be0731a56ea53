"""Draw and be recognised: the guess is that of the prototypes, and whatever is sent is answered with one line."""

import base64
import io
import json
import os
import queue
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import sketchjax
from sketchjax import demo
from sketchjax.config import UserError
from sketchjax.estimators import PrototypeClassifier
from sketchjax.page import guess, pictures
from tests.conftest import FAST, ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PREFIX = "data:image/png;base64,"
JSON = {"Content-Type": "application/json"}


def drawn(kind: str, seed: int, side: int = 64) -> Image.Image:
    """A circle, a line or a cross, black on white, a little different each time."""
    image, rng = Image.new("L", (side, side), 255), np.random.default_rng(seed)
    at = [float(x) for x in np.array([8, 8, side - 8, side - 8]) + rng.uniform(-4, 4, 4)]
    middle, pen = ImageDraw.Draw(image), 3
    if kind == "circle":
        middle.ellipse(at, outline=0, width=pen)
    else:
        middle.line([at[0], side / 2, at[2], side / 2 + at[1] / 4], 0, pen)
    if kind == "cross":
        middle.line([side / 2, at[1], side / 2, at[3]], 0, pen)
    return image


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def address(data: bytes) -> str:
    return PREFIX + base64.b64encode(data).decode()


def bomb(side: int) -> bytes:
    """The head of a PNG file of so many pixels a side; a page of them is a few kilobytes."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))]
    parts += [(b"IDAT", zlib.compress(bytes(side * (side // 8 + 1)), 9)), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


KINDS = ("circle", "line", "cross")
EXAMPLES = [(kind, drawn(kind, seed)) for seed in range(3) for kind in KINDS]
GOOD = address(png(drawn("circle", 50)))


def question(query: str = GOOD, examples: list | None = None) -> dict:
    shown = [{"name": kind, "image": address(png(image))} for kind, image in EXAMPLES]
    return {"examples": shown if examples is None else examples, "query": query}


@pytest.fixture(scope="module")
def encoder(trained_workdir):
    return sketchjax.load_encoder(trained_workdir)


@pytest.fixture(scope="module")
def app(encoder):
    return demo.app_of(encoder, "<i>run & 'co'", True)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.mark.parametrize("kind", KINDS)
def test_the_guess_is_that_of_the_prototypes(client, encoder, kind):
    """As scikit-learn's face has it, from the images themselves; and it is right."""
    query = drawn(kind, 60)
    reply = client.post("/guess", json=question(address(png(query)))).get_json()
    assert reply["guesses"][0]["name"] == kind
    names, images = zip(*EXAMPLES, strict=True)
    model = PrototypeClassifier().fit(encoder(images), names)
    expected = dict(zip(model.classes_, model.predict_proba(encoder(query))[0], strict=True))
    assert shares(reply) == pytest.approx(expected, abs=1e-3)
    found = list(shares(reply).values())
    assert found == sorted(found, reverse=True) and sum(found) == pytest.approx(1)


def test_beside_a_name_are_the_nearest_of_its_examples_as_the_encoder_sees_them(client, encoder):
    images = [drawn("circle", seed) for seed in range(6)]
    examples = [{"name": "circle", "image": address(png(image))} for image in images]
    examples.append({"name": "line", "image": address(png(drawn("line", 0)))})
    query = drawn("circle", 70)
    reply = client.post("/guess", json=question(address(png(query)), examples)).get_json()
    order = np.square(encoder(images) - encoder(query)).sum(1).argsort()[:4]
    circle = next(g for g in reply["guesses"] if g["name"] == "circle")
    assert circle["count"] == 6
    assert circle["examples"] == [pictures.address(encoder.seen(images[row])[0]) for row in order]
    assert reply["seen"] == pictures.address(encoder.seen(query)[0])


@pytest.mark.parametrize("names", [[], ["circle"], ["circle", " circle "]])
def test_one_name_is_no_choice(client, names):
    examples = [{"name": name, "image": GOOD} for name in names]
    reply = client.post("/guess", json=question(GOOD, examples)).get_json()
    assert reply["guesses"] == [] and reply["seen"].startswith(PREFIX)


def test_features_have_length_one_whatever_the_run_says(encoder, monkeypatch):
    """Or a run that compares outputs as they are would be sure of everything."""
    monkeypatch.setattr(encoder.config.evaluate, "normalise", False)
    assert np.linalg.norm(encoder(drawn("line", 0))) != pytest.approx(1, rel=1e-3)
    (seen,) = guess.Eye(encoder)({"query": png(drawn("line", 0))})
    assert np.linalg.norm(seen.features) == pytest.approx(1, rel=1e-5)


def test_it_compiles_once_and_computes_a_drawing_once(encoder, compilations, monkeypatch):
    eye, asked = guess.Eye(encoder), []
    assert compilations, "the listener hears nothing"
    compilations.clear()
    whole = guess.Eye._features
    monkeypatch.setattr(guess.Eye, "_features", lambda self, new: asked.append(len(new)) or whole(self, new))
    drawings = {str(seed): png(drawn("circle", seed)) for seed in range(35)}
    for count in (1, 2, 35, 35, 1):
        eye(dict(list(drawings.items())[:count]))
    assert asked == [1, 1, 33, 0, 0] and not compilations


def test_only_the_latest_are_remembered(encoder, monkeypatch):
    monkeypatch.setattr(guess, "_KEPT", 3)
    eye = guess.Eye(encoder)
    files = [png(drawn("circle", seed)) for seed in range(5)]
    for file in (files[0], files[1], files[2], files[0], files[3]):
        eye({"query": file})
    assert len(eye._known) == 3
    kept = [guess.hashlib.sha256(files[row]).digest() for row in (2, 0, 3)]  # asked for again: later than 1
    assert list(eye._known) == kept
    assert len(eye({str(row): file for row, file in enumerate(files)})) == 5 and len(eye._known) == 3


BLANK = address(png(Image.new("L", (64, 64), 255)))
WHOLE = png(drawn("circle", 1, 200))
BAD = {
    "no JSON": (b"{", "the body is no JSON"),
    "nothing": (b"", "the body is no JSON"),
    "no text": (b"\xff\xfe\x00", "the body is no JSON"),
    "deep": (b"[" * 100_000, "the body is no JSON"),
    "digits": (b"9" * 10_000, "the body is no JSON"),
    "a list": ([1, 2], "the body is [1, 2]: send {"),
    "no query": ({"examples": []}, "the body is {'examples': []}: send"),
    "examples of another type": ({"examples": "many", "query": GOOD}, "the body is"),
    "too many": (question(examples=[{"name": "a", "image": GOOD}] * 201), "201 are too many: send at most 200"),
    "no name": (question(examples=[{"image": GOOD}]), "examples[0] is {'image'"),
    "blank name": (question(examples=[{"name": " ", "image": GOOD}]), "give a name of 1 to 40 characters"),
    "long name": (question(examples=[{"name": "a" * 41, "image": GOOD}]), "give a name of 1 to 40 characters"),
    "a number": (question(examples=[{"name": 7, "image": GOOD}]), "examples[0] is {'name': 7"),
    "null": (question(examples=[{"name": "a", "image": None}]), "examples[0].image is None: send an image as data:"),
    "another address": (question("http://127.0.0.1/secret.png"), "query is 'http://127.0.0.1/secret.png'"),
    "another type": (question("data:image/svg+xml;base64,AAAA"), "query is 'data:image/svg"),
    "no base64": (question(PREFIX + "a*b"), "query is 'data:image/png;base64,a*b'"),
    "no ASCII": (question(PREFIX + "\ud800é"), "query is"),
    "no image": (question(address(b"\x89PNG\r\n\x1a\nno")), "query: no PNG image"),
    "no bytes": (question(PREFIX), "query: no PNG image"),
    "half an image": (question(address(WHOLE[: len(WHOLE) // 2])), "query: damaged"),
    "a GIF": (question(address(b"GIF89a" + bytes(50))), "query: no PNG image"),
    "a bomb": (question(address(bomb(5000))), "query: 5000 x 5000 pixels: send at most 512 a side"),
    "a large bomb": (question(address(bomb(20000))), "query: too many pixels: send at most 512 a side"),
    "blank": (question(BLANK), "query: blank: draw something"),
    "a blank example": (question(examples=[{"name": "a", "image": BLANK}]), "examples[0].image: blank"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_answered_with_a_line(client, name):
    body, said = BAD[name]
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert_line(client.post("/guess", data=body, headers=JSON), 400, said)


def test_a_bomb_is_not_decoded(client, monkeypatch):
    monkeypatch.setattr(guess.bitmap, "read", lambda *_: pytest.fail("decoded"))
    assert_line(client.post("/guess", json=question(address(bomb(5000)), [])), 400, "5000 x 5000 pixels")


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "said"),
    [
        ("GET", "/nowhere", {}, 404, "GET '/nowhere': there are GET / and POST /guess"),
        ("GET", "/static/../config.json", {}, 404, "there are GET /"),
        ("GET", "/guess", {}, 405, "GET '/guess': there are"),
        ("DELETE", "/", {}, 405, "DELETE '/'"),
        ("POST", "/guess", {"data": "{}", "content_type": "text/plain"}, 415, "'text/plain': send application/json"),
        ("POST", "/guess", {"data": {"query": "a"}}, 415, "send application/json"),  # what a form can send
        ("POST", "/guess", {"data": b" " * (demo.BODY + 1), "headers": JSON}, 413, "larger than 4 MiB: send fewer"),
    ],
)
def test_what_there_is_not(client, method, path, options, status, said):
    assert_line(client.open(path, method=method, **options), status, said)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example:80", "[::2]", ""])
def test_another_sites_name_for_this_machine_is_refused(client, encoder, host):
    """DNS rebinding. Where others are let in, any name is right."""
    assert_line(client.get("/", headers={"Host": host}), 403, "is not this machine: open http://127.0.0.1")
    assert_line(client.post("/guess", json=question(), headers={"Host": host}), 403, "is not this machine")
    if host == "evil.example":
        assert demo.app_of(encoder, "run", False).test_client().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "127.1.2.3", "[::1]:8000"])
def test_the_names_of_this_machine(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_the_page_needs_nothing_from_elsewhere(client):
    first, second = client.get("/"), client.get("/")
    policy, text = first.headers["Content-Security-Policy"], first.text
    nonce = policy.partition("script-src 'nonce-")[2].partition("'")[0]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy and "http" not in policy
    assert len(nonce) > 20 and text.count(f'nonce="{nonce}"') == 2 and nonce not in second.text
    assert "http://" not in text and "https://" not in text and " style=" not in text and "innerHTML" not in text
    assert "&lt;i&gt;run &amp; &#39;co&#39;" in text and "<i>run" not in text
    for reply in (first, client.get("/nowhere"), client.post("/guess", json=question())):
        assert reply.headers["X-Content-Type-Options"] == "nosniff" and reply.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]


def assert_line(reply, status: int, said: str) -> None:
    """JSON with one line that says so."""
    assert reply.status_code == status and reply.mimetype == "application/json"
    line = reply.get_json()["error"]
    assert said in line and len(line.splitlines()) == 1 and len(line) < 300


# A process of its own.


@pytest.fixture(scope="module")
def serve(trained_workdir):
    """Starts the command, waits for its address; ended after the test module: serve(*flags) -> process, host, port."""
    started = []

    def start(*flags: str) -> tuple[subprocess.Popen, str, int]:
        process = launched(f"--workdir={trained_workdir}", "--port=0", *flags)
        started.append(process)
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: lines.put(process.stdout.readline()), daemon=True).start()
        line = lines.get(timeout=120)
        assert "http://" in line, line + process.stderr.read()
        host, _, port = line.partition("http://")[2].split()[0].rpartition(":")
        return process, host, int(port)

    yield start
    for process in started:
        process.kill()
        process.communicate()


def launched(*flags: str) -> subprocess.Popen:
    environment = os.environ | {"XLA_FLAGS": FAST}
    command = [sys.executable, "-m", "sketchjax.demo", *flags]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def server(serve):
    """One for the tests that do not end it."""
    return serve()


def asked(port: int, method: str, path: str, body: bytes | None = None, headers: dict | None = None):
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def shares(reply: dict) -> dict[str, float]:
    return {one["name"]: one["share"] for one in reply["guesses"]}


def memory(process: subprocess.Popen) -> float:
    """MiB that the process holds."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


@pytest.mark.slow
def test_many_clients_at_once(server, client):
    """200 requests by 20 clients, three times, a quarter of them 3 MiB of nonsense: each gets the answer that it
    gets alone; the memory stays where the first round left it. The nonsense alone would be 150 MiB a round."""
    process, _, port = server
    garbage = b"[" + b"1," * (3 * 2**19)
    queries = [question(address(png(drawn(KINDS[n % 3], 1000 + n)))) for n in range(600)]
    alone = [shares(client.post("/guess", json=query).get_json()) for query in queries]
    assert len({tuple(sorted(one.values())) for one in alone}) > 300  # so that a mixed-up answer would be seen

    def ask(number: int) -> tuple[int, int, bytes]:
        match number % 4:
            case 0:
                return (400, *asked(port, "POST", "/guess", garbage, JSON))
            case 1:
                return (404, *asked(port, "GET", f"/{number}"))
            case _:
                status, body = asked(port, "POST", "/guess", json.dumps(queries[number]).encode(), JSON)
                assert shares(json.loads(body)) == pytest.approx(alone[number], abs=1e-3)
                return 200, status, body

    held = []
    for about in range(3):
        with ThreadPoolExecutor(20) as clients:
            for expected, status, body in clients.map(ask, range(200 * about, 200 * about + 200)):
                assert status == expected, body
        held.append(memory(process))
    assert asked(port, "GET", "/")[0] == 200 and process.poll() is None
    assert held[2] - held[0] < 64, held


def test_what_is_cut_off_or_too_large_leaves_it_serving(server):
    process, _, port = server
    status, body = asked(port, "POST", "/guess", b" " * (demo.BODY + 1), JSON)
    assert status == 413 and json.loads(body)["error"] == "the body is larger than 4 MiB: send fewer examples"
    head = b"POST /guess HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as huge:
        huge.sendall(head + b"Content-Length: 999999999999\r\n\r\n")
        assert huge.recv(100).startswith(b"HTTP/1.1 413 ")  # before it is sent
    for sent in (b"\x00\xff" * 50 + b"\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 9000 + b"\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as odd:
            odd.sendall(sent)
            assert odd.recv(100)[:10] in (b"HTTP/1.0 4", b"HTTP/1.1 4")
    idle = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(50)]
    for number, one in enumerate(idle):  # clients that go away in the middle
        one.sendall(head + b"Content-Length: 100\r\n\r\n{" if number % 2 else b"GE")
        if number % 3:
            one.close()
    status, body = asked(port, "POST", "/guess", json.dumps(question()).encode(), JSON)
    assert status == 200 and json.loads(body)["guesses"][0]["name"] == "circle"
    for one in idle:
        one.close()
    assert process.poll() is None


@pytest.mark.slow
def test_connections_that_say_nothing_do_not_keep_others_out(server):
    """More than it has at a time: it closes those that have been silent for ten seconds, and then answers."""
    silent = [socket.create_connection(("127.0.0.1", server[2]), timeout=60) for _ in range(150)]
    assert asked(server[2], "GET", "/")[0] == 200
    assert silent[0].recv(1) == b"", "one that said nothing is still open"
    for one in silent:
        one.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(serve, number):
    process, host, port = serve()
    assert host == "127.0.0.1" and asked(port, "GET", "/")[0] == 200
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.slow
def test_a_signal_ends_it_while_it_starts(trained_workdir):
    process = launched(f"--workdir={trained_workdir}", "--port=0")
    mask = Path(f"/proc/{process.pid}/status")
    while "SigBlk:\t0000000000004002" not in mask.read_text():  # both are waited for
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=20) == ("", "") and process.returncode == 0


def test_a_port_in_use(server, trained_workdir):
    _, _, port = server
    process = launched(f"--workdir={trained_workdir}", f"--port={port}")
    shown, errors = process.communicate(timeout=60)
    assert process.returncode == 2 and shown == ""
    assert errors == (
        f"--host=127.0.0.1 --port={port}: Address already in use: choose another, or --port=0 for any that is free\n"
    )


@pytest.mark.slow
def test_another_host_is_said_to_be_open_to_others(serve):
    process, host, port = serve("--host=0.0.0.0")
    assert host == "0.0.0.0" and asked(port, "GET", "/", headers={"Host": "me.example"})[0] == 200
    process.send_signal(signal.SIGINT)
    (line,) = process.communicate(timeout=20)[1].splitlines()
    assert line == "warning: --host=0.0.0.0: whoever reaches this machine there can use it"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "--workdir"),
        (["--workdir=absent", "--port=0"], "workdir=absent holds no run"),
        (["--workdir=absent", "--port=65536"], "--port=65536: must be 0 (any that is free) to 65535"),
        (["--workdir=absent", "--port=http"], "invalid int value: 'http'"),
        (["--workdir=absent", "--host=no.such.host.invalid"], "--host=no.such.host.invalid --port=8000: "),
        (["--workdir=absent", "--prot=1"], "unknown flag --prot (did you mean --port?)"),
    ],
)
def test_what_is_refused(flags, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert demo.main(flags) == 2
    shown = capsys.readouterr().err
    assert said in shown and len(shown.splitlines()) == 1


@pytest.mark.parametrize("package", ["flask", "waitress"])
def test_without_the_extra(package, trained_workdir, monkeypatch, capsys):
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    assert demo.main([f"--workdir={trained_workdir}", "--port=0"]) == 2
    shown = capsys.readouterr().err
    assert "pip install 'sketchjax[demo]'" in shown and package in shown and len(shown.splitlines()) == 1


# A browser. Playwright's own waiting is by locators: the page's policy lets nobody evaluate strings in it.


@pytest.fixture
def browser():
    pytest.importorskip("playwright", reason="no playwright: pip install 'sketchjax[viewers]'")
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    from playwright.sync_api import sync_playwright

    quiet = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update"
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=[*quiet.split(), "--disable-sync"])
        yield started
        started.close()


def circle(middle: float, radius: float) -> list[tuple[float, float]]:
    angles = np.linspace(0, 2 * np.pi, 30)
    return [(middle + radius * float(np.cos(a)), middle + radius * float(np.sin(a))) for a in angles]


def line(start: float, end: float) -> list[tuple[float, float]]:
    return [(0.1 + 0.8 * t, start + (end - start) * t) for t in map(float, np.linspace(0, 1, 12))]


def stroke(page, points: list[tuple[float, float]]) -> None:
    """By the mouse: 0 to 1 on the canvas."""
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", 1100), ("dark", 390)])
def test_drawn_with_the_mouse_and_recognised(browser, server, scheme, width):
    """Two things of two kinds, named, then another of each: the first guess is right, and nobody else is asked."""
    address_of, said, addresses, sent = f"http://127.0.0.1:{server[2]}/", [], [], []
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: (addresses.append(request.url), sent.append(request.post_data)))
    page.goto(address_of)
    assert page.locator("#hint").inner_text().startswith("Draw something")
    assert page.locator("#add").is_disabled() and page.locator("#undo").is_disabled()
    names = {"ring": [circle(0.5, 0.3), circle(0.45, 0.35)], "<b>bar</b>": [line(0.5, 0.52), line(0.45, 0.5)]}
    for name, drawings in names.items():
        for points in drawings:
            stroke(page, points)
            page.locator("#name").fill(name)
            page.keyboard.press("Enter")
    assert page.locator("#examples h3").all_inner_texts() == ["ring \u00d7 2", "<b>bar</b> \u00d7 2"]
    for name, points in (("<b>bar</b>", line(0.6, 0.55)), ("ring", circle(0.6, 0.2))):
        stroke(page, points)
        page.locator("#ranks li:first-child .guess", has_text=name).wait_for()
        assert page.locator("#first").inner_text().startswith(f"{name}, ")
        assert page.locator("#ranks li:first-child .near img").count() == 2
        assert page.locator("#view img").is_visible()
        page.locator("#clear").click()
        assert page.locator("#ranks li").count() == 0
    assert said == [] and addresses and all(one.startswith((address_of, "data:")) for one in addresses)
    query = json.loads(next(body for body in reversed(sent) if body))["query"]
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(query.removeprefix(PREFIX)))).convert("L"))
    assert shown.shape == (16, 16) and shown[0].min() == 255 and shown.min() < 128  # black on white in the dark, too
    page.close()


@pytest.mark.slow
def test_undo_remove_and_a_server_that_has_gone(browser, serve):
    process, _, port = serve()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    stroke(page, circle(0.5, 0.3))
    page.locator("#view img").wait_for()  # what it sees is shown from the first stroke on
    stroke(page, line(0.5, 0.5))
    page.keyboard.press("Control+z")
    page.locator("#undo").click()
    assert page.locator("#undo").is_disabled()
    for name in ("a", "b"):
        stroke(page, line(0.2, 0.7))
        page.locator("#name").fill(name)
        page.locator("#add").click()
    page.get_by_label("Remove example 1 of a").click()
    assert page.locator("#examples h3").all_inner_texts() == ["b \u00d7 1"]
    process.kill()
    process.wait()
    stroke(page, line(0.2, 0.7))
    page.locator("#problem", has_text="No answer: is python -m sketchjax.demo still running?").wait_for()
    page.close()


def test_read_gives_the_query_last():
    names, files = guess.read(json.dumps(question()).encode())
    assert names == [kind for kind, _ in EXAMPLES] and list(files)[-1] == "query"
    assert files["examples[0].image"] == png(EXAMPLES[0][1])
    with pytest.raises(UserError, match="the body is"):
        guess.read(b"null")
