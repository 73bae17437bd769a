"""What is answered at each address of the planning page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from layout.errors import LayoutError
from layout.labels import LANGUAGES, text
from layout.labels.cleaning import clean, clean_lines
from layout.serve import downloads, shown
from layout.serve.asking import about, counts, examined, judged, stamp
from layout.serve.controls import ask
from layout.serve.guard import LARGEST_UPLOAD, UPLOAD
from layout.serve.offers import TITLED, UPLOADED, Offer, keep, offers
from layout.serve.runs import Run, Runs
from layout.serve.words import page

if TYPE_CHECKING:
    from layout.model import PlanningModel

LANGUAGE = "layout-language"
PAUSE_S = 0.4
"""Between two looks at how far a run is."""
MOST_FIELDS = 2_000
SHOWN_PROBLEMS = 500
MAP_POLICY = "sandbox allow-scripts; frame-ancestors 'self'"
"""A map runs its own scripts (its own policy names them) and knows nothing of this page."""


class Pages:
    """All pages; `folder` is where uploads and runs are, `lang` the language at the start."""

    def __init__(self, folder: Path, runs: Runs, lang: str, model: str | None = None) -> None:
        self.folder, self.runs, self.lang, self.given = folder, runs, lang, model
        self.uploads = folder / "uploads"
        self.plans = shown.Plans()
        self._latest: tuple[Any, PlanningModel | None] | None = None
        self.stopping: Callable[[], bool] = lambda: False

    def app(self) -> Starlette:
        """The application, still without its guard."""
        routes = [
            Route("/", self.start),
            Route("/model", self.model),
            Route("/check", self.check, methods=["POST"]),
            Route("/command", self.command, methods=["POST"]),
            Route("/solve", self.solve, methods=["POST"]),
            Route(UPLOAD, self.upload, methods=["POST"]),
            Route("/runs/{run}", self.run),
            Route("/runs/{run}/live", self.live),
            Route("/runs/{run}/cancel", self.cancel, methods=["POST"]),
            Route("/runs/{run}/compare", self.compare),
            Route("/runs/{run}/map", self.map),
            Route("/runs/{run}/files/{file}", self.file),
            Mount("/static", StaticFiles(packages=[("layout.serve", "static")])),
        ]
        handlers: Any = {HTTPException: self.refused, LayoutError: self.told, Exception: self.odd}
        return Starlette(routes=routes, exception_handlers=handlers)

    # --- what all pages have -----------------------------------------------------------------

    def offers(self) -> list[Offer]:
        """The models that can be picked now."""
        return offers(self.uploads, self.folder, self.given)

    def language(self, request: Request, posted: Mapping[str, str] | None = None) -> str:
        """What was just chosen, else what was chosen before, else that of the start."""
        asked = (posted or {}).get("lang"), request.query_params.get("lang")
        for found in (*asked, request.cookies.get(LANGUAGE)):
            if found in LANGUAGES:
                return str(found)
        return self.lang

    def show(
        self, request: Request, template: str, lang: str, status: int = 200, **content: Any
    ) -> Response:
        """A page, which keeps the language for the next one.

        The answer to a form has no address of its own: from there the other language is that of
        the start.
        """
        query = {key: value for key, value in request.query_params.items() if key != "lang"}
        here = "/" if request.method == "POST" else ""
        answer = HTMLResponse(page(template, lang, query, here, **content), status)
        answer.set_cookie(LANGUAGE, lang, httponly=True, samesite="strict", path="/")
        return answer

    def refused(self, request: Request, error: Exception) -> Response:
        """Something that is not there, too large, or not asked for in a way that is known."""
        code = error.status_code if isinstance(error, HTTPException) else 500
        key = {404: "missing", 413: "large"}.get(code, "other")
        lang = self.language(request)
        most = LARGEST_UPLOAD // 1_000_000
        said = text(f"serve.error.{key}", lang, most=most, code=code)
        return self.show(request, "error.html", lang, code, lines=[said])

    def told(self, request: Request, error: Exception) -> Response:
        """An error in the words of the command line."""
        assert isinstance(error, LayoutError)
        lang = self.language(request)
        lines = clean_lines(error.message(lang)).splitlines()
        return self.show(request, "error.html", lang, 422, lines=lines)

    def odd(self, request: Request, error: Exception) -> Response:
        """An error of ours: said as such; what happened stands in the terminal."""
        lang = self.language(request)
        found = clean(f"{type(error).__name__}: {error}")
        said = text("cli.internal", lang, error=found)
        return self.show(request, "error.html", lang, 500, lines=[said])

    def _run(self, request: Request) -> Run:
        run = self.runs.get(request.path_params["run"])
        if run is None:
            raise HTTPException(404)
        return run

    def _solved(self, request: Request) -> Run:
        """The run of the address, which has a plan with tables."""
        run = self._run(request)
        if run.record().get("status") not in ("optimal", "feasible"):
            raise HTTPException(404)
        return run

    # --- models ------------------------------------------------------------------------------

    def start(self, request: Request) -> Response:
        """Models to pick, a workbook to upload, the runs."""
        lang = self.language(request)
        groups: dict[str, list[dict[str, str]]] = {}
        for one in self.offers():
            group = groups.setdefault(one.origin, [])
            title = one.title(lang) if len(group) < TITLED else ""
            group.append({"key": one.key, "name": clean(one.name), "title": title})
        rows = [shown.in_short(run, lang) for run in self.runs.all()]
        most = LARGEST_UPLOAD // 1_000_000
        content: dict[str, Any] = {"groups": groups, "titled": TITLED, "runs": rows, "most": most}
        return self.show(request, "start.html", lang, **content)

    async def upload(self, request: Request) -> Response:
        """Keep a workbook and show it, with its problems where it has any."""
        async with request.form(max_files=1, max_fields=8) as form:
            file = form.get("workbook")
            lang = self.language(request)
            name = None
            if file is not None and not isinstance(file, str) and file.filename:
                content = await file.read()
                name = await run_in_threadpool(keep, self.uploads, file.filename, content)
            if name is None:
                said = [text("serve.error.no_workbook", lang)]
                return self.show(request, "error.html", lang, 422, lines=said)
        return RedirectResponse(f"/model?of={quote(f'{UPLOADED}:{name}')}", 303)

    def _offer(self, key: str) -> Offer:
        found = next((one for one in self.offers() if one.key == key), None)
        if found is None:
            raise HTTPException(404)
        return found

    def model(self, request: Request) -> Response:
        """A model: what it says, what can be changed; filled in as it was for the run ``like``."""
        offer = self._offer(request.query_params.get("of", ""))
        run = self.runs.get(request.query_params.get("like", ""))
        asked = run.asked if run is not None and run.asked.get("of") == offer.key else {}
        posted = {str(key): str(value) for key, value in asked.get("posted", {}).items()}
        many = [str(one) for one in asked.get("scenarios", ())]
        return self._asking(request, offer, self.language(request), posted, many)

    def _asking(
        self,
        request: Request,
        offer: Offer,
        lang: str,
        posted: Mapping[str, str],
        many: list[str],
        **more: Any,
    ) -> Response:
        """The page of a model; `more` are problems of what was typed and how it was judged."""
        model, found = examined(offer.source)
        content: dict[str, Any] = {"problems": [], "wrong": [], "checked": False, **more}
        if model is None:
            content["problems"] = shown.problems(found, lang)
        rest = about(model, offer, posted, many, lang) if model is not None else {}
        rest = {"about": None, "offer": offer, "name": clean(offer.name), **rest, **content}
        rest["counts"] = counts(rest["problems"])
        rest["problems"] = rest["problems"][:SHOWN_PROBLEMS]
        bad = model is None or bool(rest["counts"]["error"] or rest["wrong"])
        return self.show(request, "model.html", lang, 422 if bad else 200, **rest)

    async def check(self, request: Request) -> Response:
        """The page again, with all problems of what was typed."""
        offer, posted, many = await self._posted(request)
        return await run_in_threadpool(self._checked, request, offer, posted, many)

    def _checked(
        self, request: Request, offer: Offer, posted: Mapping[str, str], many: list[str]
    ) -> Response:
        lang = self.language(request, posted)
        found, wrong, _ = judged(offer, posted, many)
        more = {"problems": shown.problems(found, lang), "wrong": wrong, "checked": True}
        return self._asking(request, offer, lang, posted, many, **more)

    async def command(self, request: Request) -> Response:
        """The command line that what was typed comes to."""
        offer, posted, many = await self._posted(request)
        said = await run_in_threadpool(self._said, offer, posted, many)
        return PlainTextResponse(said)

    def _said(self, offer: Offer, posted: Mapping[str, str], many: list[str]) -> str:
        """The command line; the model is read again only where its files have changed."""
        key = (offer.source, stamp(offer.source))
        latest = self._latest  # another page may be asked for meanwhile: never read twice
        if latest is None or latest[0] != key:
            latest = self._latest = key, examined(offer.source)[0]
        model = latest[1]
        return "" if model is None else ask(offer.source, model, posted, many).command()

    async def solve(self, request: Request) -> Response:
        """Start a run; with problems the page again, as a check shows it."""
        offer, posted, many = await self._posted(request)
        return await run_in_threadpool(self._begin, request, offer, posted, many)

    def _begin(
        self, request: Request, offer: Offer, posted: Mapping[str, str], many: list[str]
    ) -> Response:
        found, wrong, asked = judged(offer, posted, many)
        if wrong or asked is None or any(one.severity == "error" for one in found):
            return self._checked(request, offer, posted, many)
        lang = self.language(request, posted)
        kept = {
            "model": offer.name,
            "of": offer.key,
            "title": {one: offer.title(one) for one in LANGUAGES},
            "changes": [*asked.scenarios, *asked.sets],
            "scenarios": asked.scenarios,
            "posted": {key: value for key, value in posted.items() if key not in ("of", "lang")},
            "begun": datetime.now().strftime("%Y-%m-%d %H:%M"),
        }
        run = self.runs.begin(asked, lang, kept)
        return RedirectResponse(f"/runs/{run.name}", 303)

    async def _posted(self, request: Request) -> tuple[Offer, dict[str, str], list[str]]:
        """The model, the fields that were filled in, and the scenarios that were ticked."""
        async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
            pairs = [(key, value) for key, value in form.multi_items() if isinstance(value, str)]
        posted = {key: value for key, value in pairs if key != "scenario"}
        many = [value for key, value in pairs if key == "scenario"]
        offer = await run_in_threadpool(self._offer, posted.get("of", ""))
        return offer, posted, many

    # --- runs --------------------------------------------------------------------------------

    def run(self, request: Request) -> Response:
        """A run: how far it is, or what came out."""
        run, lang = self._run(request), self.language(request)
        content: dict[str, Any] = {
            "run": shown.in_short(run, lang),
            "asked": run.asked,
            "live": shown.live(run, lang),
            "answer": None,
            "reasons": [],
            "others": [],
        }
        if not run.at_work and content["run"]["key"] in ("optimal", "feasible"):
            content["answer"] = shown.answer(self.plans.get(run.plan, lang))
            content["others"] = self._others(run, lang)
            content["summary"] = clean_lines(self.plans.get(run.plan, lang).plan.summary(lang))
        elif not run.at_work:
            content["reasons"] = shown.why_not(run, lang)
        return self.show(request, "run.html", lang, **content)

    def _others(self, run: Run, lang: str) -> list[dict[str, Any]]:
        """Other runs with a plan: the last one before it of the same model comes first."""
        found = [shown.in_short(one, lang) for one in self.runs.all() if one.name != run.name]
        solved = [one for one in found if one["key"] in ("optimal", "feasible")]
        own = int(run.name.removeprefix("run-"))
        model = clean(run.asked.get("model", ""))
        solved.sort(key=lambda one: (one["model"] != model, one["number"] > own, -one["number"]))
        return solved

    def live(self, request: Request) -> Response:
        """How far a run is, as events that a page listens to until the run has ended."""
        run, lang = self._run(request), self.language(request)
        return StreamingResponse(self._events(run.name, lang), media_type="text/event-stream")

    async def _events(self, name: str, lang: str) -> AsyncIterator[str]:
        last = ""
        while not self.stopping():
            run = await run_in_threadpool(self.runs.get, name)
            if run is None:
                return
            said = shown.live(run, lang)
            words = json.dumps(said, ensure_ascii=False)
            if words != last:
                yield f"data: {words}\n\n"
            if said["over"]:
                return
            last = words
            await asyncio.sleep(PAUSE_S)

    def cancel(self, request: Request) -> Response:
        """Ask a run to stop with what it has."""
        run = self._run(request)
        self.runs.cancel(run.name)
        return RedirectResponse(f"/runs/{run.name}", 303)

    def compare(self, request: Request) -> Response:
        """A run beside another one, which it is compared with."""
        run, lang = self._solved(request), self.language(request)
        other = self.runs.get(request.query_params.get("with", ""))
        if other is None or other.record().get("status") not in ("optimal", "feasible"):
            raise HTTPException(404)
        pair = [self.plans.get(one.plan, lang) for one in (other, run)]
        names = (other.name, run.name)
        content = shown.beside(pair[0], pair[1], names)
        sides = [shown.in_short(one, lang) for one in (other, run)]
        commands = [one.asked.get("command", "") for one in (other, run)]
        return self.show(request, "compare.html", lang, sides=sides, commands=commands, **content)

    def map(self, request: Request) -> Response:
        """The map page of a plan, in a frame that knows nothing of this one."""
        run, lang = self._solved(request), self.language(request)
        place = downloads.made(run, downloads.MAP, lang, self.plans)
        headers = {"Content-Security-Policy": MAP_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return FileResponse(place, media_type=downloads.TYPES[downloads.MAP], headers=headers)

    def file(self, request: Request) -> Response:
        """A file to take away."""
        run, lang = self._solved(request), self.language(request)
        name = request.path_params["file"]
        if name not in downloads.TYPES:
            raise HTTPException(404)
        place = downloads.made(run, name, lang, self.plans)
        stem, _, ending = name.rpartition(".")
        kind = downloads.TYPES[name]
        return FileResponse(place, media_type=kind, filename=f"{run.name}-{stem}.{ending}")
