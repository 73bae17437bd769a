"""``layout evaluate``: a user's own layout priced and tested beside the optimum."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import command as declare
from layout.cli.options import of_model, option
from layout.cli.screen.grid import grid
from layout.cli.screen.heading import money
from layout.cli.screen.numbers import number, precise
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names, word

if TYPE_CHECKING:
    import pandas as pd

    from layout.plan import Plan
    from layout.study.comparing.comparing import Comparison
    from layout.study.comparing.evaluating import Evaluation

LISTED = 20
"""Limits printed one by one; the others stand in their file."""


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("evaluate", lang)
    @click.argument("model")
    @option(
        "--capacity",
        lang,
        required=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
    )
    @option(
        "--output",
        lang,
        "-o",
        type=click.Path(path_type=Path),
        metavar="DIR",
        describe="evaluate-output",
    )
    @of_model(lang)
    @option("--optimum/--no-optimum", lang, default=True)
    @option("--map", lang, "with_map", is_flag=True, describe="evaluate-map")
    @option("--overwrite", lang, is_flag=True)
    @option("--quiet", lang, is_flag=True)
    def evaluate(**given: Any) -> int:
        return _evaluate(lang, **given)

    made: click.Command = evaluate
    return made


def _evaluate(
    lang: str,
    *,
    model: str,
    capacity: Path,
    output: Path | None,
    sets: tuple[str, ...],
    scenarios: tuple[str, ...],
    optimum: bool,
    with_map: bool,
    overwrite: bool,
    quiet: bool,
) -> int:
    """Do it; returns the exit code. Whatever can be refused is refused before solving."""
    from layout.cli.output import check_writable
    from layout.cli.progress import Progress
    from layout.cli.solve import exit_code, say_state
    from layout.model import read_model
    from layout.plan import write_plan
    from layout.plan.publish import check_free
    from layout.study.comparing.evaluating import evaluate
    from layout.study.folder import study_folder

    question = read_model(model, sets=sets, scenarios=scenarios)
    folder = output or study_folder(question.name, "evaluate")
    check_free(folder, overwrite)
    check_writable(folder)
    with nullcontext() if quiet else Progress(sys.stderr, lang) as progress:
        found = evaluate(question, capacity, optimum=optimum, progress=progress)
    beside = _beside(found, lang)
    plan = write_plan(found.plan, folder, overwrite, _extras(found, beside, lang, with_map))
    if plan.has_tables and not quiet:
        click.echo("\n".join(report(found, beside, lang)))
        files = ", ".join(sorted(path.name for path in folder.iterdir()))
        said = text("cli.written", lang, files=f"{clean(folder)}: {clean(files)}")
        click.echo("\n" + "\n".join(wrap(said, indent="  ")))
    if exit_code(plan):
        say_state(plan, lang)
    return exit_code(plan)


def _beside(found: Evaluation, lang: str) -> Comparison | None:
    """The layout against the optimum, where both have a plan."""
    from layout.study.comparing.comparing import Side, compared

    best = found.optimum
    if best is None or not best.has_tables or not found.plan.has_tables:
        return None
    names = [text(f"evaluate.side.{side}", lang) for side in ("optimum", "own")]
    sides = [
        Side(name, plan.model, plan) for name, plan in zip(names, (best, found.plan), strict=True)
    ]
    return compared(sides)


def _extras(
    found: Evaluation, beside: Comparison | None, lang: str, with_map: bool
) -> dict[str, str | bytes]:
    """Tables of the layout and of the comparison, and the map."""
    from layout.plan.text import csv_text
    from layout.study.comparing.comparison_files import FILES
    from layout.study.comparing.evaluating import HELD, LIMITS, RELEASED

    extras: dict[str, str | bytes] = {}
    if not found.plan.has_tables:
        return extras
    for file, rows in ((LIMITS, found.limits), (HELD, found.held), (RELEASED, found.released)):
        extras[file.file] = csv_text(file, rows)
    for file in FILES if beside is not None else ():
        assert beside is not None
        if file.name != "inputs":
            extras[f"beside_{file.file}"] = csv_text(file, beside.tables[file.name])
    if with_map:
        from layout.report import map_page
        from layout.study.comparing.side_by_side import side_by_side

        page = None if beside is None else side_by_side(beside, lang)
        extras["map.html"] = map_page(found.plan, lang=lang)
        if page is not None:
            extras["beside_map.html"] = page
    return extras


def report(found: Evaluation, beside: Comparison | None, lang: str) -> list[str]:
    """What the layout costs, what it breaks and misses, and how it stands beside the optimum."""
    names = Names(found.plan.model, lang)
    lines = [*_head(found, lang), *_limits(found, names), *_unserved(found, lang)]
    lines += [*_targets(found, names), *_space(found, lang)]
    if beside is not None:
        from layout.cli.screen.differences import province_table, words

        pair = beside.pairs[0]
        lines += ["", *wrap(text("evaluate.beside", lang)), *words(beside, pair, lang)]
        table = province_table(beside, pair, lang)
        lines += ["", *table] if table else []
    elif found.optimum is not None:
        lines += ["", *wrap(text("evaluate.no_optimum", lang))]
    return lines


def _head(found: Evaluation, lang: str) -> list[str]:
    record = found.plan.record
    key = "evaluate.priced" if found.plan.status == "optimal" else "evaluate.priced.open"
    return wrap(
        text(
            key,
            lang,
            file=clean(found.layout.file),
            rows=len(found.layout.rows),
            cost=money(record["objective_mcny"], lang, precise),
            carbon=number((record["kpis"].get("carbon_kt") or {}).get("value")),
        ),
        indent="  ",
    )


def _limits(found: Evaluation, names: Names) -> list[str]:
    """Every limit that the layout breaks, with its value and what would be needed."""
    lang = names.lang
    if not found.broken:
        return wrap(text("evaluate.limits.none", lang))
    header = [text(f"evaluate.column.{name}", lang) for name in ("limit", "place", "year")]
    header += [text(f"evaluate.column.{name}", lang) for name in ("stated", "needed", "unit")]
    rows = []
    for one in found.limits.head(LISTED).to_dict("records"):
        key = "gate_build" if one["limit"] == "gate" else one["limit"]
        place = {"site": names.site, "province": names.province, "kind": names.kind}
        shown = place.get(one["of"], clean)(one["place"])
        if one["of"] == "tariff_zone":
            shown = text("evaluate.tariff_zone", lang, zone=shown)
        limit = word(f"cli.limit.{key}", lang, key)
        figures = [precise(one["stated"]), precise(one["needed"])]
        rows.append([limit, shown, str(one["year"]), *figures, one["unit"]])
    lines = ["", *wrap(text("evaluate.limits", lang, count=len(found.broken)))]
    lines += grid(header, rows, left=(0, 1))
    if len(found.broken) > LISTED:
        left = len(found.broken) - LISTED
        lines.append("  " + text("cli.more.in", lang, count=left, file="broken_limits.csv"))
    return lines


def _unserved(found: Evaluation, lang: str) -> list[str]:
    """Demand that nobody serves, at its price; that all is served where it is."""
    plan = found.plan
    rows = plan.tables["unserved"]
    if rows.empty:
        return ["", *wrap(text("evaluate.served", lang))]
    price = _prices(plan, rows)
    penalty = plan.record["cost_breakdown_mcny"].get("penalty", 0.0)
    fp32 = (plan.record["kpis"].get("unserved_eflops_fp32") or {}).get("value")
    values = {"rows": len(rows), "price": price, "fp32": number(fp32)}
    said = text("evaluate.unserved", lang, penalty=money(penalty, lang), **values)
    by_default = _unpriced(found, rows)
    if by_default:
        names = Names(plan.model, lang)
        works = text("cli.comma", lang).join(names.workload(code) for code in by_default)
        price = number(found.unserved_price)
        said += " " + text("evaluate.unserved.price", lang, price=price, works=works)
    return ["", *wrap(said)]


def _unpriced(found: Evaluation, rows: pd.DataFrame) -> list[str]:
    """Workloads in these rows that are left unserved at the default price."""
    if found.unserved_price is None:
        return []
    table = found.plan.model["workloads"]
    unpriced = table["workload"][table["unserved_penalty_mcny_per_eflops"].isna()]
    return [code for code in unpriced if code in set(rows["workload"])]


def _prices(plan: Plan, rows: pd.DataFrame) -> str:
    """What leaving an EFLOPS unserved costs in these rows, mcny: one price, or the range."""
    from layout.model.costs import unserved_prices

    known = dict(zip(plan.model["workloads"]["workload"], unserved_prices(plan.model), strict=True))
    of = sorted({float(known[workload]) for workload in rows["workload"]})
    return number(of[0]) if len(of) == 1 else f"{number(of[0])}–{number(of[-1])}"


def _targets(found: Evaluation, names: Names) -> list[str]:
    """Verdicts in the layout and in the optimum; which targets were given up."""
    lang, best = names.lang, found.optimum
    mine = found.plan.record.get("targets") or []
    if not mine:
        return []
    theirs = {}
    if best is not None and best.has_tables:
        theirs = {(one["id"], one["year"]): one["status"] for one in best.record["targets"]}
    from layout.cli.screen.verdicts import required, shown

    failed = sum(one["status"] == "fail" for one in mine)
    key = "evaluate.targets.failed" if failed else "evaluate.targets.kept"
    said = text(key, lang, failed=failed, count=len(mine))
    if failed:
        hard = len(found.released)
        key = "evaluate.targets.released" if hard else "evaluate.targets.none_released"
        said += " " * (lang == "en") + text(key, lang, released=hard)
    lines = ["", *wrap(said)]
    columns = ("target", "required", "reached", "own", *(("optimum",) if theirs else ()))
    header = [text(f"evaluate.column.{name}", lang) for name in columns]
    rows = []
    for one in mine:
        verdict = word(f"cli.verdict.{one['status']}", lang, one["status"])
        row = [names.target(one), required(one), shown(one, one.get("achieved")), verdict]
        if theirs:
            status = str(theirs.get((one["id"], one["year"]), ""))
            row.append(word(f"cli.verdict.{status}", lang, status or "–"))
        rows.append(row)
    return [*lines, *grid(header, rows, left=(0, 3, 4), limit=36)]


def _space(found: Evaluation, lang: str) -> list[str]:
    """That compute is exact and space comes in whole modules, where any is left over."""
    units = found.plan.tables["units"]
    fresh = units[units["origin"] == "new"]
    spare = fresh.groupby(["unit", "year"])[["space_mw", "it_mw"]].sum()
    over = spare["space_mw"] - spare["it_mw"]
    over = over[over > 1e-6]
    if over.empty:
        return []
    values = {
        "count": over.index.get_level_values("unit").nunique(),
        "mw": number(float(over.sum())),
    }
    return ["", *wrap(text("evaluate.space", lang, **values))]
