"""The server of the planning page: one address on loopback, from the start to Ctrl-C."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn

from layout.errors import FileProblem
from layout.labels import text
from layout.serve.guard import TOKEN, Guard
from layout.serve.pages import Pages
from layout.serve.runs import Runs

ADDRESS = "127.0.0.1"
"""Loopback, always: this page is for the one who sits at this machine."""
MARK = "planning-page.json"
FORMAT = '{"format": 1}\n'
LAST_ANSWERS_S = 3
_OPENING = """<!doctype html><meta charset="utf-8"><title>layout</title>
<meta http-equiv="refresh" content="0; url={url}"><a href="{url}">layout</a>
"""


def prepare(folder: Path) -> None:
    """Make the folder of uploads and runs, or take one of ours. Raises FileProblem for another."""
    try:
        if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
            raise FileProblem("serve.error.not_ours", path=str(folder))
        for name in ("uploads", "runs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text(FORMAT, "utf-8")
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise FileProblem("cli.error.unwritable", path=str(folder), reason=reason) from error


def serve(
    folder: Path,
    lang: str,
    *,
    port: int = 0,
    model: str | None = None,
    browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve until Ctrl-C; then runs that are at work write what they have, and nothing is left.

    `port` 0 takes a free one; `model` is the model that the page starts with; `say` is given what
    the terminal is to show. Raises FileProblem where the port is taken.
    """
    runs = Runs(folder / "runs")
    pages = Pages(folder, runs, lang, model)
    listener = _listener(port)
    own = listener.getsockname()[1]
    token = secrets.token_urlsafe(32)
    guard = Guard(pages.app(), own, token, _start(pages, model))
    server = uvicorn.Server(_settings(guard))
    pages.stopping = lambda: server.should_exit
    url = f"http://{ADDRESS}:{own}/?{TOKEN}={token}"
    say(text("serve.ready", lang, url=url, folder=folder))
    _take_over(runs, lang, say)
    opening = _open(url, folder) if browser else None
    try:
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    finally:
        listener.close()
        if opening is not None:
            opening.unlink(missing_ok=True)
        _end(runs, lang, say)


def _settings(guard: Guard) -> uvicorn.Config:
    return uvicorn.Config(
        guard,
        access_log=False,
        date_header=True,
        http="h11",
        lifespan="off",
        log_config=None,
        loop="asyncio",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
        ws="none",
    )


def _start(pages: Pages, model: str | None) -> str:
    """The first page: that of the model if one was named."""
    from urllib.parse import urlencode

    if model is None:
        return "/"
    found = [
        one for one in pages.offers() if one.source == model or Path(one.source) == Path(model)
    ]
    return f"/model?{urlencode({'of': found[0].key})}" if found else "/"


def _listener(port: int) -> socket.socket:
    """A socket that listens on loopback and nowhere else."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port))
    except OSError as error:
        listener.close()
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise FileProblem("serve.error.port", port=port, reason=reason) from error
    return listener


def _open(url: str, folder: Path) -> Path | None:
    """Open the page in the browser of the desktop, if there is one.

    Through a file that only this user can read: what a program is started with, all users see.
    """
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return None
    place = folder.absolute() / f".open-{os.getpid()}.html"
    place.unlink(missing_ok=True)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(_OPENING.format(url=url))
    threading.Thread(target=webbrowser.open, args=(place.as_uri(),), daemon=True).start()
    return place


def _take_over(runs: Runs, lang: str, say: Callable[[str], None]) -> None:
    """Take the runs of a server that was killed, and say so."""
    names = runs.take_over()
    if names:
        say(text("serve.taken", lang, count=len(names), names=", ".join(names)))


def _end(runs: Runs, lang: str, say: Callable[[str], None]) -> None:
    """Let runs write what they found; a second Ctrl-C ends them at once."""
    names = runs.stop_all()
    if names:
        say(text("serve.stopping", lang, count=len(names), names=", ".join(names)))
    try:
        runs.wait()
    except KeyboardInterrupt:
        runs.kill()
    say(text("serve.stopped", lang))
