"""Requests to the planning page without a network: called as a server calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layout.serve.guard import Guard
from layout.serve.pages import Pages
from layout.serve.runs import Runs
from layout.serve.server import prepare

PORT = 8765
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"
TOKEN = "a-token-of-the-tests"
COOKIE = f"layout-{PORT}={TOKEN}"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Site:
    """The page in the working folder, with its guard."""

    def __init__(self, folder: Path = Path("planning-page"), lang: str = "en") -> None:
        prepare(folder)
        self.folder = folder
        self.runs = Runs(folder / "runs")
        self.pages = Pages(folder, self.runs, lang)
        self.guard = Guard(self.pages.app(), PORT, TOKEN)

    def __call__(
        self,
        path: str,
        method: str = "GET",
        body: bytes | Iterable[bytes] = b"",
        **headers: str | None,
    ) -> Answer:
        """Ask; `headers` replace those of our own browser, None leaves one out."""
        own = {"host": HOST, "cookie": COOKIE}
        if method == "POST":
            own |= {"origin": ORIGIN, "content-type": FORM}
        if isinstance(body, bytes):
            own["content-length"] = str(len(body))
        given = {**own, **{name.replace("_", "-"): value for name, value in headers.items()}}
        lines = [
            (key.encode(), value.encode()) for key, value in given.items() if value is not None
        ]
        with ThreadPoolExecutor(1) as aside:  # a browser of other tests may hold a loop here
            return aside.submit(asyncio.run, self._ask(path, method, body, lines)).result()

    async def _ask(
        self,
        path: str,
        method: str,
        body: bytes | Iterable[bytes],
        headers: list[tuple[bytes, bytes]],
    ) -> Answer:
        from urllib.parse import unquote

        place, _, query = path.partition("?")
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "http", "path": unquote(place), "raw_path": place.encode(), "root_path": "",
            "query_string": query.encode(), "headers": headers, "server": ("127.0.0.1", PORT),
            "client": ("127.0.0.1", 5),
        }  # fmt: skip
        parts = iter([body] if isinstance(body, bytes) else body)
        sent: list[dict[str, Any]] = []

        ended = False

        async def receive() -> dict[str, Any]:
            nonlocal ended
            part = next(parts, None)
            if part is None and ended:
                await asyncio.Event().wait()  # nothing more will come
            ended = part is None
            return {"type": "http.request", "body": part or b"", "more_body": not ended}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.guard(scope, receive, send)
        head = next(one for one in sent if one["type"] == "http.response.start")
        content = b"".join(one.get("body", b"") for one in sent)
        lines = {key.decode(): value.decode() for key, value in head["headers"]}
        return Answer(head["status"], lines, content)


def multipart(name: str, content: bytes) -> tuple[bytes, str]:
    """The body of an upload and its content type."""
    edge = "----tests"
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="workbook"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    return body, f"multipart/form-data; boundary={edge}"
