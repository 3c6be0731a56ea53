"""Draw a few examples of things of your own in the browser, name them, draw another, and see what it is taken for.

  python -m sketchjax.demo --workdir=runs/simclr-doodles
  python -m sketchjax.demo --workdir=runs/simclr-doodles --port=0                       any port that is free

One page, for this machine only unless --host says otherwise. Nothing is learned or kept here: the browser holds the
examples and sends them with each drawing, so that many can draw at once. Needs the extra `demo`.
Exit code: 0 ended by Ctrl-C or SIGTERM, 2 refused.
"""

import argparse
import ipaddress
import logging
import os
import re
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sketchjax.config import UserError
from sketchjax.flags import Parser

BODY = 4 * 2**20  # bytes of a request, at most
_LOCAL = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_LIMITS: dict[str, Any] = {
    "threads": 8,
    "max_request_body_size": 4 * BODY,  # in between, the answer is our own line; beyond, the connection is cut
    "max_request_header_size": 2**15,
    "connection_limit": 100,  # others wait in the system's queue
    "channel_timeout": 10,  # seconds that a connection may be silent: nobody keeps others out by opening many
    "cleanup_interval": 5,
    "log_socket_errors": False,  # a browser that goes away is none
    "ident": None,
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("python -m sketchjax.demo", __doc__)
    parser.add_argument("--workdir", required=True, help="of the run")
    parser.add_argument("--step", default="best", help="best, latest, or the number of a checkpoint")
    parser.add_argument("--port", type=int, default=8000, help="0: any that is free")
    parser.add_argument("--host", default="127.0.0.1", help="another address lets others in")
    flags = parser.parse_args(argv)
    if not 0 <= flags.port < 2**16:
        raise UserError(f"--port={flags.port}: must be 0 (any that is free) to {2**16 - 1}")
    return flags


def app_of(encoder: Any, name: str, local: bool) -> Any:
    """The page and its answers, as a Flask application.

    encoder: SketchEncoder; name: of its run; local: answer this machine's own addresses only."""
    from flask import Flask, make_response, render_template, request

    from sketchjax.page import guess  # after the flags: a mistyped one is answered at once

    eye, app = guess.Eye(encoder), Flask("sketchjax.page", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY
    shown = {"name": name, "step": encoder.step, "size": encoder.image_size, "most": guess.EXAMPLES}

    @app.get("/")
    def page() -> Any:
        nonce = secrets.token_urlsafe(16)
        reply = make_response(render_template("demo.html", **shown, longest=guess.NAME, nonce=nonce))
        own = f"script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'"
        reply.headers["Content-Security-Policy"] = (
            f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return reply

    @app.post("/guess")
    def answer() -> Any:
        names, drawings = guess.read(request.get_data())
        *examples, query = eye(drawings)
        guesses = guess.ranked(names, examples, query) if len(set(names)) > 1 else []  # one name is no choice
        return {"seen": query.picture, "guesses": guesses}

    _guard(app, local)
    return app


def _guard(app: Any, local: bool) -> None:
    """Refuses other sites' requests, turns every refusal into one line of JSON, and adds the headers."""
    from flask import abort, jsonify, request
    from werkzeug.exceptions import HTTPException

    @app.before_request
    def _() -> None:
        """A site whose name leads here (DNS rebinding) says so in Host; a form of another site cannot send JSON."""
        host = request.headers.get("Host", "")
        if local and not _LOCAL.fullmatch(host):
            abort(403, f"Host: {ascii(host)[:60]} is not this machine: open http://127.0.0.1 with the port")
        if request.method == "POST" and request.mimetype != "application/json":
            abort(415, f"Content-Type: {ascii(request.mimetype)[:60]}: send application/json")

    @app.errorhandler(UserError)
    def _(error: UserError) -> Any:
        return jsonify(error=str(error)), 400

    @app.errorhandler(HTTPException)
    def _(error: HTTPException) -> Any:
        asked = f"{request.method} {ascii(request.path)[:60]}"
        there = f"{asked}: there are GET / and POST /guess"
        said = {404: there, 405: there, 413: f"the body is larger than {BODY >> 20} MiB: send fewer examples"}
        reply = error.get_response()
        reply.data = jsonify(error=said.get(error.code or 500, error.description)).data
        reply.content_type = "application/json"
        return reply

    @app.after_request
    def _(reply: Any) -> Any:
        for name, value in _HEADERS.items():
            reply.headers.setdefault(name, value)
        return reply


def run(flags: argparse.Namespace) -> None:
    """Serves until a signal ends the process. Raises: UserError before, where that cannot be."""
    try:
        import flask  # noqa: F401
        from waitress.server import create_server
    except ImportError as error:
        raise UserError(f"the demo needs {error.name}: pip install 'sketchjax[demo]'") from error
    try:
        family = socket.AF_INET6 if ":" in flags.host else socket.AF_INET
        listening = socket.create_server((flags.host, flags.port), family=family)
    except OSError as error:
        why = str(error.strerror or error).partition(" (while")[0]  # Python adds the address, which is said here
        cure = "choose another, or --port=0 for any that is free"
        raise UserError(f"--host={flags.host} --port={flags.port}: {why}: {cure}") from error
    with listening:
        from sketchjax.data.bitmap import quietly  # here for the same reason
        from sketchjax.encoder import SketchEncoder

        address, port, *_ = listening.getsockname()
        local = ipaddress.ip_address(address).is_loopback
        encoder = SketchEncoder(flags.workdir, int(flags.step) if flags.step.isdigit() else flags.step)
        app = app_of(encoder, Path(flags.workdir).resolve().name, local)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # or a line for every client that waits
        server = create_server(app, sockets=[listening], **_LIMITS)
        if not local:
            print(f"warning: --host={flags.host}: whoever reaches this machine there can use it", file=sys.stderr)
        shown = f"[{address}]" if ":" in address else address
        print(f"draw at http://{shown}:{port} (Ctrl-C ends it)", flush=True)
        with quietly():
            server.run()


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv."""
    try:
        run(_parse(argv))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _end_on_signal() -> None:
    """At once and with 0, whatever the main thread is at: nothing here can be lost, and a server is meant to be ended.
    (interrupt.run says 75, run me again.)"""
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # of this thread and those to come: sigwait alone gets them

    def wait() -> None:
        signal.sigwait(signals)
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    _end_on_signal()
    sys.exit(main(sys.argv[1:]))
