"""Solving a model, checking a plan, and handing it on: map, report, files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.api.asking import model_of, plan_of

if TYPE_CHECKING:
    import pandas as pd

    from layout.checking import Verification
    from layout.model import PlanningModel
    from layout.plan import Plan
    from layout.solving.redispatch import Redispatch
    from layout.study.folder import Study


def solve(
    model: str | Path | PlanningModel = "national-2025",
    *,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    output: str | Path | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Plan:
    """Solve a model and return its verified plan, written to `output` if that is given.

    `sets` and `scenarios` are those of the command line; `options` go to
    `layout.solving.solve` (gap, gap_location, time_limit_s, threads, seed, progress …).
    Raises InputError on a wrong input, FileProblem where `output` is in the way and
    VerificationFailed when the plan does not pass its check. An infeasible model and a limit
    are no errors: ask the plan for its `status`.
    """
    from layout.plan import write_plan
    from layout.plan.publish import check_free
    from layout.solving import solve as run

    if output is not None:
        check_free(Path(output), overwrite)
    plan = run(model_of(model, sets, scenarios), **options)
    return plan if output is None else write_plan(plan, output, overwrite=overwrite)


def verify(plan: Plan | str | Path) -> Verification:
    """Check a plan or a plan folder again, by code that does not know the formulation."""
    from layout.checking import verify as check

    return check(plan_of(plan))


def targets(
    model: str | Path | PlanningModel | Plan = "national-2025",
    *,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    **options: Any,
) -> pd.DataFrame:
    """Every target with base year, plan, outturn, required, slack, verdict and how it is met.

    Takes a model, which is solved, or a plan or plan folder, which is read. The columns are
    those of ``targets.csv``.
    """
    from layout.plan import Plan
    from layout.plan.publish import is_plan_folder

    if isinstance(model, Plan):
        plan = model
    elif isinstance(model, str | Path) and is_plan_folder(Path(model)):
        plan = plan_of(model)
    else:
        plan = solve(model, sets=sets, scenarios=scenarios, **options)
    return plan.tables["targets"].copy()


def target_tests(
    model: str | Path | PlanningModel = "national-2025",
    *,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    **options: Any,
) -> Study:
    """Every hard and soft target alone, left out, and all together: reached, cost, forced compute.

    The study holds the tables tests and forced and, where no plan meets all hard targets,
    distances, conflict and ways. `options` go to the solver (gap, time_limit_s, threads, seed …).
    """
    from layout.solving import solve as run
    from layout.study.targets.testing import tested

    question = model_of(model, sets, scenarios)
    return tested(question, run(question, counterfactual=False, **options), **options)


def redispatch(
    plan: Plan | str | Path, outage: str | None = None, *, burst: bool = False, **options: Any
) -> Redispatch:
    """What the capacity of a plan still serves when `outage` is lost, or in a burst.

    `outage` is a scope such as ``hub:GZ`` or ``site:GUIAN``; the answer has tables by workload,
    of who serves whom, and of what is not served. `options`: year (the last period).
    """
    from layout.solving.redispatch import redispatch as run

    return run(plan_of(plan), outage, burst=burst, **options)


def map_of(
    plan: Plan | str | Path,
    output: str | Path | None = None,
    *,
    lang: str = "zh",
    boundaries: str | Path | None = None,
    credit: str | None = None,
    date: str | None = None,
    compare: Plan | str | Path | None = None,
    studies: Sequence[str | Path] = (),
    tiles: str | None = None,
    tiles_crs: str = "wgs84",
    tiles_credit: str = "",
) -> str:
    """The map page of a plan as HTML that needs no network, written to `output` if given.

    `compare` is a second plan that the page sets beside the first. `date` is printed on it.
    `studies` are folders of studies that it shows on the plan. `tiles` is the address of a tile
    server of one's own network (``https://host/{z}/{x}/{y}.png``) in the coordinates `tiles_crs`
    (wgs84, gcj02, bd09): the page then asks that server for pictures.
    """
    from layout.cli.output import check_file, write_file
    from layout.report import map_page
    from layout.report.overlays import study_extras
    from layout.report.tiles import tiles_of

    base = None if tiles is None else tiles_of(tiles, tiles_crs, tiles_credit)

    if output is not None:
        check_file(Path(output))
    found = plan_of(plan)
    extras = study_extras(found, studies)
    page = map_page(
        found,
        lang=lang,
        boundaries=boundaries,
        credit=credit,
        compare=None if compare is None else plan_of(compare),
        extras=extras,
        tiles=base,
        date=date,
    )
    if output is not None:
        write_file(Path(output), page)
    return page


def report_of(
    plan: Plan | str | Path,
    output: str | Path | None = None,
    *,
    lang: str = "zh",
    boundaries: str | Path | None = None,
    credit: str | None = None,
    studies: Sequence[Study | str | Path] = (),
    with_map: bool = True,
    focus: str | None = None,
    date: str | None = None,
) -> str:
    """The report of a plan as HTML for screen and paper, written to `output` if given.

    `studies` are study folders whose results go in (those inside the plan are taken anyway);
    `with_map` puts the interactive map in; `focus` asks for the sheet of one province instead,
    by code or name; `date` is printed on it. Raises InputError and FileProblem for a file that
    cannot be used.
    """
    from layout.cli.output import check_file, write_file

    if output is not None:
        check_file(Path(output))
    found = plan_of(plan)
    if focus:
        from layout.report.sheet.province import province_sheet

        given: Any = {"boundaries": boundaries, "credit": credit, "date": date}
        page = province_sheet(found, focus, lang, **given)
    else:
        from layout.report.document import report_page

        page = report_page(found, lang, boundaries, credit, studies, with_map, date)
    if output is not None:
        write_file(Path(output), page)
    return page


def export(
    plan: Plan | str | Path,
    to: str | Sequence[str],
    output: str | Path | None = None,
    *,
    lang: str = "zh",
    boundaries: str | Path | None = None,
    credit: str | None = None,
    font: str | Path | None = None,
    dpi: int = 300,
    date: str | None = None,
    shade: str | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write a plan as workbook, map layers, tables and pictures; the files and folders written.

    `to` is one or more of xlsx, gpkg, geojson, csv, parquet, png, svg, pdf (``"xlsx,gpkg"`` or a
    list); `output` is a folder, by default the plan's own. `font` and `dpi` are for pictures,
    `shade` is the quantity of the provinces (compute, demand, net_service …).
    Raises ValueError for an unknown form and FileProblem where something is in the way.
    """
    from layout.errors import FileProblem
    from layout.report.export.exporting import Options
    from layout.report.export.exporting import export as run

    found = plan_of(plan)
    folder = output if output is not None else found.folder
    if folder is None:
        raise FileProblem("export.error.no_folder")
    how = Options(lang, boundaries, credit, font, dpi, date, shade)
    return list(run(found, to, folder, how, overwrite=overwrite).places)
