"""The growth study: figures, curve and path of the model, and what a plan invests in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.errors import FileProblem, InputError, Problem
from layout.files import read_bytes
from layout.labels import text
from layout.model import cells
from layout.model.csvfile import RawTable, read_csv
from layout.model.derive import province_sizes
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.model.tables import Column as Cell
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.study.comparing.comparing import PROVINCE, quantities
from layout.study.folder import Study
from layout.study.growth.growth_model import (
    PATH_COLUMNS,
    best_tau,
    checked,
    curve,
    facts,
    first_mix,
    growth_rate,
    path,
    slope,
    steady,
    variants,
)
from layout.study.growth.optimal_path import Optimal, optimal
from layout.study.growth.production import (
    PAIRS,
    Parameters,
    complementarity,
    cross_products,
    share_of_compute,
)
from layout.study.growth.service_prices import SERVICE_PRICES, check_priced, service_prices

if TYPE_CHECKING:
    from layout.plan import Plan

INVESTMENT = "investment"
MONEY = ("eta", "productivity")
"""Parameters that have to be in the units of a plan where p_X is held against its prices."""
SAVING = ("steady", "optimal")
EXAMPLES = tuple(name for name in Parameters().figures if name not in ("elasticity", "base_tau"))
"""Parameters whose default has no source: (80) has an elasticity of 1, a base is no estimate."""
RELATIONS = {-1: "complements", 0: "neutral", 1: "substitutes"}
"""Sign of an elasticity of substitution less 1 → what a pair is."""
PER_MILLE = {"2020": (3.3, 1.8), "2021-22": (3.5, 1.8)}
"""Edition of the IDC–Inspur–Tsinghua index → growth of the digital economy and of GDP per index
point, per mille. Later papers print the same figures as per cent, ten times too large (P4)."""
MCNY_PER_100M = 100.0


def _numbers(*names: str, unit: str = "", empty: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, NUMBER, unit, empty) for name in names)


STEADY = PlanFile(
    "steady",
    ("order",),
    (
        Column("order", INTEGER),
        Column("quantity", TEXT),
        *_numbers("value"),
        Column("formula", TEXT),
    ),
)
CURVE = PlanFile(
    "growth",
    ("tau",),
    _numbers("tau", "consistent_g", "consistent_slope")
    + _numbers("as_printed_g", "as_printed_slope", empty=True),
)
PATH = PlanFile("path", ("year",), _numbers(*PATH_COLUMNS))
REGIONS = PlanFile(
    "regions",
    ("province",),
    (
        Column("province", TEXT),
        *_numbers("capex_mcny", "capex_mcny_per_year", unit="mcny"),
        *_numbers("gdp_mcny", "fixed_investment_mcny_per_year", unit="mcny", empty=True),
        *_numbers("share_of_gdp", "tau_r", "to_best", "slope", "growth", empty=True),
    ),
)
COMPLEMENTS = PlanFile(
    "pairs",
    ("order",),
    (
        Column("order", INTEGER),
        *(Column(name, TEXT) for name in ("first", "second")),
        *_numbers("cross_derivative", "complementarity", "elasticity"),
        Column("relation", TEXT),
    ),
)
EFFECT = PlanFile(
    "gdp_effect",
    ("edition",),
    (
        Column("edition", TEXT),
        *_numbers("gdp_permille_per_point", "digital_permille_per_point"),
        *_numbers("index_points", "gdp_permille", "digital_permille"),
    ),
)
FILES = (STEADY, CURVE, PATH, COMPLEMENTS, REGIONS, SERVICE_PRICES, EFFECT)


@dataclass(frozen=True)
class Growth:
    """The answer: parameters, variant, and the tables of the folder by name.

    `given` names the parameters that were given; the others are examples. `missing` are provinces
    in which the plan invests and whose fixed investment is not known. `start_tau`: share of compute
    in all capital where the path starts. `priced`: the workload whose units are those of the
    parameters. `optimal` is there where the
    path is the optimal one.
    """

    parameters: Parameters
    variant: str
    tables: dict[str, pd.DataFrame]
    given: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    plan: Plan | None = field(default=None, repr=False)
    years: int = 0
    start_tau: float = nan
    priced: str = ""
    optimal: Optimal | None = field(default=None, repr=False)

    def __getitem__(self, table: str) -> pd.DataFrame:
        """steady, growth, path, pairs, regions, service_prices or gdp_effect. Raises KeyError."""
        return self.tables[table]

    def study(self) -> Study:
        """The same as a folder's content."""
        record = {
            "study": "growth",
            "model": "" if self.plan is None else self.plan.model.name,
            "status": "done",
            "variant": self.variant,
            "parameters": self.parameters.figures,
            "examples": [name for name in EXAMPLES if name not in self.given],
            "without_fixed_investment": list(self.missing),
            "years_of_investment": self.years,
            "priced": self.priced,
            "start_tau": self.start_tau,
            "saving": SAVING[self.optimal is not None],
            "optimal_path": {} if self.optimal is None else self.optimal.figures,
            "in_objective": False,
            "manifest": {} if self.plan is None else self.plan.record.get("manifest") or {},
        }
        return Study(record, FILES, self.tables)


def growth(
    *,
    variant: str = "consistent",
    saving: str = "steady",
    start_tau: float | None = None,
    plan: Plan | None = None,
    investment: str | Path | pd.DataFrame | None = None,
    priced: str | None = None,
    index_points: float | None = None,
    edition: str = "2021-22",
    **parameters: float | None,
) -> Growth:
    """The growth model at its parameters, with the investment of a plan by province.

    `parameters` are fields of `Parameters`; what is not given is an example. `saving`: what the
    path saves, the steady rate or what is optimal by (88); `start_tau`: share of compute in all
    capital where it starts (half of τ). `investment`: province and fixed_investment_mcny (a year).
    `priced`: the workload of the plan for which eta is mcny per EFLOPS and productivity goes with
    output and capital in mcny; both have to be given. `index_points`: change of the computing index
    whose effect on GDP is stated, by an `edition` of the index (2020 or 2021-22).

    Raises InputError with every problem, FileProblem for a file that cannot be read, ValueError for
    an unknown variant, edition or saving, for as_printed with optimal saving, which it is not, or
    an elasticity, and for a workload priced without its units.
    """
    if edition not in PER_MILLE:
        raise ValueError(f"no edition {edition!r}; there are {', '.join(PER_MILLE)}")
    if saving not in SAVING:
        raise ValueError(f"no saving {saving!r}; there are {', '.join(SAVING)}")
    if variant != "consistent" and parameters.get("elasticity") not in (None, 1):
        raise ValueError("an elasticity other than 1 needs variant 'consistent'")
    if saving == "optimal" and variant != "consistent":
        raise ValueError("saving 'optimal' needs variant 'consistent'")
    given = tuple(sorted(name for name, value in parameters.items() if value is not None))
    if priced is not None and (plan is None or not set(MONEY) <= set(given)):
        raise ValueError(f"priced needs a plan, {' and '.join(MONEY)}")
    found = checked(start_tau, **parameters)
    rows = [
        {"order": number, "quantity": name, "value": value, "formula": formula}
        for number, (name, value, formula) in enumerate(facts(found, variant), start=1)
    ]
    best = optimal(found, start_tau=start_tau) if saving == "optimal" else None
    way = path(found, variant, start_tau=start_tau) if best is None else best.columns
    tables = {
        "steady": STEADY.frame(pd.DataFrame(rows)),
        "growth": CURVE.frame(pd.DataFrame(curve(found))),
        "path": PATH.frame(pd.DataFrame(way)),
        "pairs": COMPLEMENTS.frame(_pairs(found)),
        "regions": REGIONS.frame(),
        "service_prices": SERVICE_PRICES.frame(),
        "gdp_effect": EFFECT.frame(),
    }
    if index_points is not None:
        tables["gdp_effect"] = EFFECT.frame(_effect(edition, index_points))
    years = 0
    if plan is not None:
        check_priced(plan, priced)
        tables["service_prices"] = SERVICE_PRICES.frame(service_prices(found, plan, priced))
        spent = {} if investment is None else read_investment(investment, plan)
        years = max(1, plan.model.settings.periods[-1] - plan.model.settings.base_year)
        tables["regions"] = REGIONS.frame(_regions(found, variant, plan, spent, years))
    regions = tables["regions"]
    unknown = regions[regions["fixed_investment_mcny_per_year"].isna()]["province"]
    start = first_mix(found, start_tau)
    return Growth(
        found, variant, tables, given, tuple(unknown), plan, years, start, priced or "", best
    )


def _pairs(p: Parameters) -> pd.DataFrame:
    """What each pair of inputs is to each other in steady growth.

    Each of two may raise what the other yields (a cross-derivative above 0) and yet, with an
    elasticity above 1, take of the other's share of output: then they are substitutes.
    """
    at = steady(p)
    mixed = cross_products(p, at.k, at.h, at.x)
    hicks = complementarity(p, share_of_compute(p, at.k, at.h, at.x))
    between = dict(zip(PAIRS, (p.elasticity, p.elasticity, 1.0), strict=True))
    rows = [
        {
            "order": number,
            "first": pair[0],
            "second": pair[1],
            "cross_derivative": float(mixed[pair]),
            "complementarity": float(hicks[pair]),
            "elasticity": between[pair],
            "relation": RELATIONS[int(np.sign(between[pair] - 1))],
        }
        for number, pair in enumerate(PAIRS, start=1)
    ]
    return pd.DataFrame(rows)


def _effect(edition: str, points: float) -> pd.DataFrame:
    digital, gdp = PER_MILLE[edition]
    row = {
        "edition": edition,
        "gdp_permille_per_point": gdp,
        "digital_permille_per_point": digital,
        "index_points": points,
        "gdp_permille": gdp * points,
        "digital_permille": digital * points,
    }
    return pd.DataFrame([row])


# regions ------------------------------------------------------------------------------------


def _regions(
    p: Parameters, variant: str, plan: Plan, spent: dict[str, float], years: int
) -> pd.DataFrame:
    """τ_r = the plan's investment in compute a year ÷ fixed investment of the province a year."""
    table = quantities(plan)
    own = table[(table["level"] == PROVINCE) & (table["quantity"] == "capex_mcny")]
    capex = own.groupby("place")["value"].sum()
    gdp = province_sizes(plan.model)["gdp_100m_cny"] * MCNY_PER_100M
    rows, best = [], best_tau(p)
    for province, value in capex[capex > 0].items():
        yearly, fixed = float(value) / years, spent.get(str(province), nan)
        tau = yearly / fixed if fixed > 0 else nan
        inside = 0 < tau < 1
        product = float(gdp.get(province, nan))
        rows.append(
            {
                "province": str(province),
                "capex_mcny": float(value),
                "capex_mcny_per_year": yearly,
                "gdp_mcny": product,
                "fixed_investment_mcny_per_year": fixed,
                "share_of_gdp": yearly / product if product > 0 else nan,
                "tau_r": tau,
                "to_best": best - tau,
                "slope": slope(p, variant, tau) if inside else nan,
                "growth": growth_rate(p, variant, tau) if inside else nan,
            }
        )
    return pd.DataFrame(rows, columns=REGIONS.names)


_COLUMNS = (
    Cell(INVESTMENT, "province", "code", default="", required=True),
    Cell(
        INVESTMENT, "fixed_investment_mcny", unit="mcny", default=nan, required=True, positive=True
    ),
)


def read_investment(given: str | Path | pd.DataFrame, plan: Plan) -> dict[str, float]:
    """Province → fixed investment, mcny a year, from a CSV file or a frame.

    Raises FileProblem where there is no file, InputError with every problem.
    """
    problems: list[Problem] = []
    raw = _raw(given, problems)
    if raw is None:
        raise InputError(problems)
    for column in _COLUMNS:
        if column.name not in raw.columns:
            values = {"name": column.name, "columns": ", ".join(one.name for one in _COLUMNS)}
            problems.append(Place(raw.file, 1).problem("missing_column", column.name, **values))
    if problems:
        raise InputError(problems)
    provinces, amounts = (_series(column, raw, problems) for column in _COLUMNS)
    known = sorted(set(plan.model["zones"]["province"]) | set(plan.model["sites"]["province"]))
    seen: dict[str, int] = {}
    for name, line in zip(provinces, raw.lines, strict=True):
        place = Place(raw.file, line)
        if name and name not in known:
            values = {"found": shown(name), "hint": nearest(str(name), known), "table": "zones"}
            problems.append(place.problem("layout_unknown", "province", **values))
        elif name in seen:
            problems.append(place.problem("duplicate_row", "province", name=name, first=seen[name]))
        seen.setdefault(str(name), line)
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    return {str(name): float(value) for name, value in zip(provinces, amounts, strict=True)}


def _raw(given: str | Path | pd.DataFrame, problems: list[Problem]) -> RawTable | None:
    if isinstance(given, pd.DataFrame):
        columns = {str(name): given[name].tolist() for name in given.columns}
        return RawTable(INVESTMENT, INVESTMENT, columns, list(range(2, len(given) + 2)))
    try:
        data = read_bytes(Path(given))
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileProblem("evaluate.error.file", path=str(given), reason=reason) from error
    return read_csv(INVESTMENT, data, Path(given).name, problems)


def _series(column: Cell, raw: RawTable, problems: list[Problem]) -> pd.Series:
    def report(code: str, row: int, severity: str = "error", **values: Any) -> None:
        place = Place(raw.file, raw.lines[row])
        values = {"table": INVESTMENT, "name": column.name, **values}
        problems.append(place.problem(code, column.name, severity, **values))

    series = cells.parse(column, raw.columns[column.name], report)
    if column.type == "number":
        cells.out_of_bounds(column, series, report)
    return series


# chart --------------------------------------------------------------------------------------

_WIDE, _HIGH, _LEFT, _LOW = 640, 360, 60, 46
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_LINES = {"consistent": ("#0072B2", ""), "as_printed": ("#D55E00", "6 4")}


def chart(found: Growth, lang: str) -> str:
    """g over τ in both variants, with the τ asked for and the turning points, as SVG."""
    table, p = found.tables["growth"], found.parameters
    there = variants(p)
    values = table[[f"{variant}_g" for variant in there]].to_numpy() * 100
    low, high = float(np.floor(values.min())), float(np.ceil(values.max()))

    def x(tau: float) -> str:
        return f"{_LEFT + (_WIDE - _LEFT - 16) * tau:.2f}"

    def y(percent: float) -> str:
        return f"{16 + (_HIGH - _LOW - 16) * (high - percent) / max(high - low, 1e-9):.2f}"

    step = next(size for size in _STEPS if size * 6 >= high - low or size == _STEPS[-1])
    levels = np.arange(np.ceil(low / step), high / step + 1e-9) * step
    parts = [_tick(x(0), x(1), y(v), f"{v:g}%") for v in levels.tolist()]
    for tau in (0, 0.25, 0.5, 0.75, 1):
        parts.append(_word(x(tau), str(_HIGH - _LOW + 18), f"{tau:g}", "middle"))
    best = "1−α" if p.unit else "τ*"
    marks = [(p.tau, "τ", "#1b2733"), (best_tau(p), best, "#0072B2"), (0.5, "½", "#D55E00")]
    marks = marks[: 1 + len(there)]
    for number, (tau, name, colour) in enumerate(marks):
        ends = f'x1="{x(tau)}" x2="{x(tau)}" y1="16" y2="{_HIGH - _LOW}"'
        parts.append(f'<line {ends} stroke="{colour}" stroke-dasharray="2 3"/>')
        parts.append(_word(x(tau), str(28 + 14 * number), f" {name} = {tau:.3g}", "start", colour))
    for number, variant in enumerate(there):
        colour, dash = _LINES[variant]
        pairs = zip(table["tau"], table[f"{variant}_g"] * 100, strict=True)
        points = " ".join(f"{x(tau)},{y(value)}" for tau, value in pairs)
        style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        parts.append(f'<polyline {style} points="{points}"/>')
        name = text(f"growth.variant.{variant}", lang)
        parts.append(_word(x(0.3), str(_HIGH - _LOW - 26 + 16 * number), name, "start", colour))
    title = text("growth.chart", lang)
    parts.append(_word(x(0.5), str(_HIGH - 8), title, "middle"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" role="img"'
    back = f'<rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/>'
    font = 'font-family="system-ui, sans-serif" font-size="12"'
    return "\n".join([f"{head} {font}><title>{escape(title)}</title>{back}", *parts, "</svg>\n"])


def _tick(left: str, right: str, at: str, words: str) -> str:
    line = f'<line x1="{left}" x2="{right}" y1="{at}" y2="{at}" stroke="#d0d7de"/>'
    return line + _word(str(_LEFT - 6), at, words, "end")


def _word(x: str, y: str, words: str, anchor: str, colour: str = "#1b2733") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
