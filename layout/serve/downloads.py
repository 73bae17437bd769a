"""What a planner takes away from a run: the plan folder as it is, workbook, report, map."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

from layout.serve.runs import SHOWN, Run

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.serve.shown import Plans

ZIP, XLSX, REPORT, MAP = "plan.zip", "plan.xlsx", "report.html", "map.html"
TYPES = {
    ZIP: "application/zip",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    REPORT: "text/html; charset=utf-8",
    MAP: "text/html; charset=utf-8",
}
_MAKING = threading.Lock()


def made(run: Run, name: str, lang: str, plans: Plans) -> Path:
    """The file of that name, one of `TYPES`; made when it is first asked for, beside the plan.

    The plan folder itself stays as ``layout solve`` wrote it. Raises KeyError for another name,
    InputError and FileProblem for a plan that cannot be read.
    """
    makers: dict[str, Callable[[], bytes]] = {
        ZIP: lambda: zipped(run.plan, run.name),
        XLSX: lambda: _workbook(plans.get(run.plan, lang).plan, lang),
        REPORT: lambda: _report(plans.get(run.plan, lang).plan, lang),
        MAP: lambda: _map(plans.get(run.plan, lang).plan, lang),
    }
    make = makers[name]
    if name == MAP and lang == run.asked.get("lang") and (run.plan / MAP).is_file():
        return run.plan / MAP
    place = run.folder / SHOWN / f"{lang}-{name}"
    with _MAKING:
        if not place.is_file():
            _put(place, make())
    return place


def _put(place: Path, content: bytes) -> None:
    """A file in one step, so that a request that is cut short leaves no half of it."""
    with NamedTemporaryFile(dir=place.parent, delete=False) as staged:
        staged.write(content)
    os.replace(staged.name, place)  # noqa: PTH105 # both are names


def zipped(folder: Path, top: str) -> bytes:
    """A folder as an archive with one folder in it; links are left out."""
    import io

    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                archive.write(path, f"{top}/{path.relative_to(folder).as_posix()}")
    return out.getvalue()


def _workbook(plan: Plan, lang: str) -> bytes:
    from tempfile import TemporaryDirectory

    from layout.report.export.exporting import Options, export

    with TemporaryDirectory(prefix="layout-") as folder:
        written = export(plan, "xlsx", Path(folder) / "out", Options(lang=lang))
        return written.places[0].read_bytes()


def _report(plan: Plan, lang: str) -> bytes:
    from layout.report.document import report_page

    return report_page(plan, lang).encode()


def _map(plan: Plan, lang: str) -> bytes:
    from layout.report import map_page

    return map_page(plan, lang=lang).encode()
