"""Who may ask: the one user of this machine who was given the address, and no page but ours.

Every request passes here first. The name that the browser asks for must be ours (another name that
leads to 127.0.0.1 is somebody else's page), the token must have been given, and what changes
something must come from our own pages. Every answer carries a policy under which a page loads and
runs nothing but the package's own files.
"""

from __future__ import annotations

from html import escape
from secrets import compare_digest

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from layout.files import LARGEST_TABLE_MB
from layout.labels import LANGUAGES, text

LARGEST_FORM = 1_000_000
LARGEST_UPLOAD = LARGEST_TABLE_MB * 1_000_000
ROOM = 10_000
"""Bytes around the content of an upload."""
UPLOAD = "/upload"
TOKEN = "token"  # nosec B105 # the name of the parameter
READING = ("GET", "HEAD")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_ENTRY = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>layout</title>
<link rel="icon" href="/static/icon.svg">
<meta http-equiv="refresh" content="0; url={start}"></head>
<body><main><h1>layout</h1><p><a href="{start}">{words}</a></p></main></body></html>
"""


class Guard:
    """An ASGI application around another one; `host` is the address with its port.

    `start` is the page that the address with the token leads to.
    """

    def __init__(self, app: ASGIApp, port: int, token: str, start: str = "/") -> None:
        self._app, self._token, self._start = app, token, start
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._cookie = f"layout-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse, or hand on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        request = Request(scope)
        guarded = _with_headers(send)
        answer = self._refusal(request) or self._entry(request) or self._stranger(request)
        if answer is not None:
            await answer(scope, receive, guarded)
            return
        largest = LARGEST_UPLOAD + ROOM if request.url.path == UPLOAD else LARGEST_FORM
        await self._app(scope, _limited(request.headers, receive, largest), guarded)

    def _refusal(self, request: Request) -> PlainTextResponse | None:
        """Another name of this machine, a foreign page, a method that nothing here knows."""
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return _refused("host")
        if request.method in READING:
            return None
        if request.method != "POST":
            return PlainTextResponse("", 405)
        origins = request.headers.getlist("origin")
        return None if origins == [f"http://{hosts[0]}"] else _refused("origin")

    def _entry(self, request: Request) -> HTMLResponse | None:
        """The page behind the printed address: it leaves the token in a cookie and leads on.

        Not a redirect: a cookie that is for our own pages only would not go with it.
        """
        given = request.query_params.get(TOKEN)
        if given is None or request.url.path != "/" or not self._right(given):
            return None
        words = " · ".join(text("serve.entry", lang) for lang in LANGUAGES)
        page = _ENTRY.format(start=escape(self._start, quote=True), words=escape(words))
        answer = HTMLResponse(page)
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
        return answer

    def _stranger(self, request: Request) -> PlainTextResponse | None:
        """A request without the cookie."""
        given = request.cookies.get(self._cookie, "")
        return None if self._right(given) else _refused("token")

    def _right(self, given: str) -> bool:
        return compare_digest(given.encode("utf-8", "replace"), self._token.encode())


def _refused(why: str) -> PlainTextResponse:
    words = "\n".join(text(f"serve.refused.{why}", lang) for lang in LANGUAGES)
    return PlainTextResponse(words + "\n", 403)


def _with_headers(send: Send) -> Send:
    """Send every answer with the headers, except those that it has itself."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return guarded


def _limited(headers: Headers, receive: Receive, largest: int) -> Receive:
    """Receive no more than that many bytes, whatever the request says of its length."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared) > largest:
            raise HTTPException(413)
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > largest:
            raise HTTPException(413)
        return message

    return limited
