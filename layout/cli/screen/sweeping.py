"""What a sweep found, on one screen: costs by value, their spread, and where things are built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from layout.cli.screen.grid import grid
from layout.cli.screen.heading import money
from layout.cli.screen.numbers import NOTHING, known, number, scaled
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import word

if TYPE_CHECKING:
    import pandas as pd

    from layout.study.runs.sweep import Sweep

SHOWN = 24
"""Cases that are listed one by one; of more, each value of each parameter is shown."""
ACROSS = 8
"""Values of a second parameter that stand side by side."""
SITES_SHOWN = 12


def report(study: Sweep, lang: str) -> list[str]:
    """How the cases ended, what they cost, and what they have in common."""
    record = study.record
    rows = study["results"]
    lines = wrap(text("sweep.title", lang, model=clean(record["model"]), count=len(rows)))
    ended = [f"{_status(status, lang)} {count}" for status, count in record["statuses"].items()]
    lines += wrap(text("sweep.ended", lang, list=text("cli.comma", lang).join(ended)), indent="  ")
    if study.results is not None and study.results.taken_over:
        said = text("sweep.taken_over", lang, count=study.results.taken_over)
        lines += wrap(said, indent="  ")
    lines += ["", *_costs(study, lang)]
    lines += ["", *_spread(record, lang)]
    return lines + _sites(study, lang) + _failures(rows, lang)


def _status(status: str, lang: str) -> str:
    return word(f"sweep.status.{status}", lang, status)


def _costs(study: Sweep, lang: str) -> list[str]:
    """Two parameters crosswise, few cases one by one, many by value."""
    parameters: dict[str, list[str]] = study.record["parameters"]
    rows = study["results"]
    if len(parameters) == 2 and len(list(parameters.values())[1]) <= ACROSS:
        crossed = _crossed(rows, parameters, lang)
        if crossed:
            return crossed
    if len(rows) <= SHOWN:
        return _listed(rows, list(parameters), lang)
    return _effects(study["effects"], lang)


def _crossed(rows: pd.DataFrame, parameters: dict[str, list[str]], lang: str) -> list[str]:
    """The cost of every pair of values; nothing where a pair was asked twice or not at all."""
    from layout.study.runs.sweep import shown

    first, second = parameters
    cells: dict[tuple[str, str], str] = {}
    for row in rows.to_dict("records"):
        cells[shown(row[first]), shown(row[second])] = _cost(row, lang)
    if len(cells) != len(rows) or len(rows) != len(parameters[first]) * len(parameters[second]):
        return []
    lines = wrap(text("sweep.crossed", lang, rows=clean(first), columns=clean(second)), indent="  ")
    header = [clean(first).rpartition(".")[2], *map(clean, parameters[second])]
    body = [
        [clean(one), *(cells[one, other] for other in parameters[second])]
        for one in parameters[first]
    ]
    return [*lines, *grid(header, body)]


def _cost(row: Mapping[Any, Any], lang: str) -> str:
    """The cost of a case with a plan, in the unit of the screen; else how it ended."""
    value = row.get("objective_mcny")
    if row["status"] not in ("optimal", "feasible") or not known(value):
        return _status(row["status"], lang)
    open_gap = "" if row["status"] == "optimal" else "≤ "
    return open_gap + _money(value, lang)


def _listed(rows: pd.DataFrame, parameters: list[str], lang: str) -> list[str]:
    """One line per case."""
    from layout.study.runs.sweep import shown

    names = ("case", *(f"p{place}" for place in range(1, len(parameters) + 1)))
    lines = [f"  p{place} = {clean(name)}" for place, name in enumerate(parameters, start=1)]
    header = [text("sweep.case", lang), *names[1:], text("sweep.cost", lang),
              text("sweep.carbon", lang), text("sweep.new_mw", lang)]  # fmt: skip
    body = []
    for row in rows.to_dict("records"):
        values = [clean(_value(row.get(name), shown)) for name in parameters]
        figures = [_carbon(row.get("carbon_kt"), lang), number(row.get("kpi_new_it_mw"))]
        body.append([str(row["case"]), *values, _cost(row, lang), *figures])
    return [*lines, *grid(header, body)]


def _value(value: Any, shown: Any) -> str:
    """A cell of a parameter; none where the case leaves the model's own value."""
    return NOTHING if value is None or value != value or value == "" else str(shown(value))


def _carbon(value: object, lang: str) -> str:
    return number(scaled(value, "kt", lang)) if known(value) else NOTHING


def _effects(table: pd.DataFrame, lang: str) -> list[str]:
    """For every value of every parameter: cases, plans, least, mean and most cost, carbon."""
    lines: list[str] = []
    names = ("value", "cases", "planned", "least", "mean", "most", "carbon_mean")
    header = [text(f"sweep.{name}", lang) for name in names]
    for name, rows in table.groupby("parameter", sort=False):
        body = []
        for row in rows.to_dict("records"):
            costs = [
                _money(row[f"objective_{part}_mcny"], lang) for part in ("least", "mean", "most")
            ]
            counts = [str(row["cases"]), str(row["planned"])]
            body.append(
                [clean(row["value"]), *counts, *costs, _carbon(row["carbon_mean_kt"], lang)]
            )
        lines += ["  " + clean(str(name)), *grid(header, body), ""]
    return lines[:-1]


def _money(value: object, lang: str) -> str:
    """Five significant digits: the differences are what a sweep is for."""
    if not known(value):
        return NOTHING
    large = scaled(value, "mcny", lang)
    return f"{large:,.2f}" if abs(large) >= 100 else f"{large:#.5g}"


def _spread(record: dict[str, Any], lang: str) -> list[str]:
    """The cheapest and the dearest case, and what their bounds prove of the difference."""
    if "least_cost" not in record:
        return wrap(text("sweep.no_plan", lang))
    least, most = record["least_cost"], record["most_cost"]
    lines = wrap(
        text(
            "sweep.spread",
            lang,
            least=money(least["objective_mcny"], lang),
            first=least["case"],
            most=money(most["objective_mcny"], lang),
            last=most["case"],
        )
    )
    if least["case"] == most["case"]:
        return lines
    fewest = most["bound_mcny"] - least["objective_mcny"]
    largest = most["objective_mcny"] - least["bound_mcny"]
    if known(fewest) and fewest > 0:
        values = {"least": money(fewest, lang), "most": money(largest, lang)}
        if values["least"] == values["most"]:
            return lines + wrap(text("sweep.spread.exact", lang, by=values["least"]), indent="  ")
        return lines + wrap(text("sweep.spread.proved", lang, **values), indent="  ")
    return lines + wrap(text("sweep.spread.unproved", lang), indent="  ")


def _sites(study: Sweep, lang: str) -> list[str]:
    """In how many places something is added in every case, and where in some cases only."""
    table = study["sites"]
    table = table[table["cases_added"] > 0]
    if table.empty:
        return []
    always = table["cases_added"] == table["cases_planned"]
    values = {"always": int(always.sum()), "sometimes": int((~always).sum())}
    lines = ["", *wrap(text("sweep.sites", lang, **values))]
    some = table[~always].sort_values(
        ["share_added", "added_mean_eflops"], ascending=False, kind="stable"
    )
    if some.empty:
        return lines
    names = ("site", "kind", "year", "share", "added_mean", "added_most")
    header = [text(f"sweep.{name}", lang) for name in names]
    precisions = study.record["precisions"]
    body = [
        [
            clean(row["site"]),
            f"{clean(row['kind'])} {clean(precisions.get(row['kind'], ''))}".strip(),
            str(row["year"]),
            f"{100 * row['share_added']:.0f}%",
            number(row["added_mean_eflops"]),
            number(row["added_most_eflops"]),
        ]
        for row in some.head(SITES_SHOWN).to_dict("records")
    ]
    lines += grid(header, body, left=(0, 1))
    if len(some) > SITES_SHOWN:
        left = {"count": len(some) - SITES_SHOWN, "file": "sites.csv"}
        lines.append("  " + text("cli.more.in", lang, **left))
    return lines


def _failures(rows: pd.DataFrame, lang: str) -> list[str]:
    """The first cases that failed, with their reasons."""
    failed = rows[rows["status"] == "failed"]
    lines: list[str] = []
    for row in failed.head(3).to_dict("records"):
        said = text("sweep.reason", lang, case=row["case"], reason=clean(row["reason"]))
        lines += wrap(said, indent="  ")
    return ["", *lines] if lines else []
