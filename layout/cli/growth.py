"""``layout growth``: what compute investment means for growth, outside of any objective."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import Finite, option
from layout.cli.options import command as declare
from layout.cli.screen.grid import grid
from layout.cli.screen.numbers import number, precise, share
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names

if TYPE_CHECKING:
    from layout.study.growth.growth_study import Growth

NUMBERS = ("alpha", "beta", "eta", "sigma", "rho", "delta", "tau", "productivity")
SHARES = frozenset(
    {"growth", "consistent_growth", "cloud_share", "saving_rate", "turning_tau", "best_tau"}
)
PROVINCES = 12
ROUNDING = 1e-9
"""What is left of the Euler equation is told down to this, 1/year: below it is arithmetic."""


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("growth", lang)
    @_parameters(lang)
    @option("--base-tau", lang, type=float, metavar="X")
    @option(
        "--variant", lang, type=click.Choice(["consistent", "as_printed"]), default="consistent"
    )
    @option("--saving", lang, type=click.Choice(["steady", "optimal"]), default="steady")
    @option("--start-tau", lang, type=float, metavar="X")
    @option("--plan", lang, type=click.Path(path_type=Path), metavar="PLAN")
    @option("--investment", lang, type=click.Path(path_type=Path), metavar="FILE")
    @option("--priced", lang, metavar="WORKLOAD")
    @option("--index-points", lang, type=Finite(), metavar="N")
    @option("--edition", lang, type=click.Choice(["2020", "2021-22"]), default="2021-22")
    @option(
        "--output",
        lang,
        "-o",
        type=click.Path(path_type=Path),
        metavar="DIR",
        describe="growth-output",
    )
    @option("--overwrite", lang, is_flag=True, describe="growth-overwrite")
    @option("--quiet", lang, is_flag=True)
    def growth(**given: Any) -> None:
        _growth(lang, **given)

    made: click.Command = growth
    return made


def _parameters(lang: str) -> Any:
    """One option for each parameter of the model."""

    def decorate(function: Any) -> Any:
        for name in reversed((*NUMBERS, "elasticity")):
            settings: dict[str, Any] = {"type": float, "metavar": "X", "describe": f"growth-{name}"}
            function = option(f"--{name}", lang, **settings)(function)
        return function

    return decorate


def _growth(
    lang: str,
    *,
    plan: Path | None,
    investment: Path | None,
    output: Path | None,
    overwrite: bool,
    quiet: bool,
    **given: Any,
) -> None:
    from layout.cli.output import check_writable
    from layout.errors import FileProblem
    from layout.plan import read_plan
    from layout.study.folder import STUDIES, check_study, study_folder, write_study
    from layout.study.growth.growth_study import chart, growth

    if investment is not None and plan is None:
        raise click.UsageError(text("growth.usage.investment", lang))
    if given["priced"] is not None and None in (plan, given["eta"], given["productivity"]):
        raise click.UsageError(text("growth.usage.priced", lang))
    if given["variant"] != "consistent":
        if given["saving"] == "optimal":
            raise click.UsageError(text("growth.usage.optimal", lang))
        if given["elasticity"] not in (None, 1):
            raise click.UsageError(text("growth.usage.elasticity", lang))
    question = None if plan is None else read_plan(plan)
    if question is not None and not question.has_tables:
        raise FileProblem("cli.error.no_tables", path=str(plan))
    own = Path(STUDIES) / "growth"
    folder = output or (own if question is None else study_folder(question.model.name, "growth"))
    check_study(folder, overwrite)
    check_writable(folder)
    found = growth(plan=question, investment=investment, **given)
    write_study(found.study(), folder, overwrite, {"growth.svg": chart(found, lang)})
    if quiet:
        return
    click.echo("\n".join(report(found, lang)))
    files = ", ".join(sorted(path.name for path in folder.iterdir()))
    said = text("cli.written", lang, files=f"{clean(folder)}: {files}")
    click.echo("\n" + "\n".join(wrap(said, indent="  ")))


def report(found: Growth, lang: str) -> list[str]:
    """The steady state, what it says of τ, the regions and the effect on GDP."""
    lines = wrap(text("growth.title", lang, variant=text(f"growth.variant.{found.variant}", lang)))
    examples = [name for name in NUMBERS if name not in found.given]
    if examples:
        names = text("cli.comma", lang).join(examples)
        lines += wrap("  " + text("growth.examples", lang, names=names), indent="  ")
    header = [text(f"growth.column.{name}", lang) for name in ("quantity", "value", "formula")]
    rows = [
        [
            text(f"growth.quantity.{row['quantity']}", lang),
            share(row["value"], 2) if row["quantity"] in SHARES else precise(row["value"]),
            f"({row['formula']})" if row["formula"] else "",
        ]
        for row in found.tables["steady"].to_dict("records")
        if row["formula"]
    ]
    lines += ["", *grid(header, rows, limit=60)]
    lines += ["", *_pairs(found, lang)]
    return [
        *lines,
        "",
        *_meaning(found, lang),
        *_regions(found, lang),
        *_prices(found, lang),
        *_effect(found, lang),
    ]


def _meaning(found: Growth, lang: str) -> list[str]:
    """What the sign of (90) says, and where the printed form misleads."""
    from layout.study.growth.growth_model import is_bounded, saving_rate, slope

    p, facts = found.parameters, found.tables["steady"].set_index("quantity")["value"]
    sign = "more" if slope(p, found.variant) > 0 else "less"
    values = {
        "tau": share(p.tau),
        "best": share(facts["best_tau"]),
        "cloud": share(facts["cloud_share"]),
    }
    lines = wrap(text(f"growth.sign.{sign}", lang, **values), indent="  ")
    lines += wrap(text("growth.cloud", lang, **values), indent="  ")
    lines += _printed(found, lang) if p.unit else _elasticity(found, lang)
    if not 0 < saving_rate(p, found.variant) < 1:
        rate = share(saving_rate(p, found.variant))
        lines += wrap(text("growth.no_path", lang, rate=rate), indent="  ")
    lines += _optimal(found, lang)
    if not is_bounded(p, found.variant):
        lines += wrap(text("growth.unbounded", lang), indent="  ")
    return lines


def _printed(found: Growth, lang: str) -> list[str]:
    """What (89) as printed makes of the same."""
    from layout.study.growth.growth_model import growth_rate

    true, printed = (growth_rate(found.parameters, name) for name in ("consistent", "as_printed"))
    both = {"consistent": share(true, 2), "printed": share(printed, 2)}
    return wrap(text("growth.printed", lang, **both), indent="  ")


def _elasticity(found: Growth, lang: str) -> list[str]:
    """What an elasticity other than 1 changes, and what it does not."""
    p = found.parameters
    values = {"elasticity": precise(p.elasticity), "base": share(p.base_share)}
    return wrap(text("growth.elasticity", lang, **values), indent="  ")


def _pairs(found: Growth, lang: str) -> list[str]:
    """What other capital, compute and services are to each other."""
    columns = ("pair", "cross_derivative", "complementarity", "elasticity", "relation")
    header = [text(f"growth.column.{name}", lang) for name in columns]
    rows = [
        [
            " – ".join(text(f"growth.input.{row[which]}", lang) for which in ("first", "second")),
            *(precise(row[name]) for name in columns[1:4]),
            text(f"growth.relation.{row['relation']}", lang),
        ]
        for row in found.tables["pairs"].to_dict("records")
    ]
    return grid(header, rows)


def _optimal(found: Growth, lang: str) -> list[str]:
    """What is saved on the optimal path, and what it is worth beside saving the steady rate."""
    from layout.study.growth.growth_model import half_way, saving_rate

    path = found.tables["path"]
    if found.optimal is None or not 0 < saving_rate(found.parameters) < 1:
        return []
    if not len(path):
        return wrap(text("growth.not_exact", lang), indent="  ")
    off = max(found.optimal.residual, ROUNDING)
    values = {
        "first": share(path["saving_rate"].iloc[0], 2),
        "last": share(saving_rate(found.parameters), 2),
        "years": precise(half_way(found.parameters)),
        "gain": share(found.optimal.gain, 4),
        "residual": f"{off:.0e}",
    }
    return wrap(text("growth.optimal", lang, **values), indent="  ")


def _regions(found: Growth, lang: str) -> list[str]:
    """τ of the provinces in which the plan invests; what is missing."""
    regions = found.tables["regions"]
    if found.plan is None:
        return []
    names = Names(found.plan.model, lang)
    columns = ("province", "capex", "gdp_share", "tau", "to_best", "slope")
    header = [text(f"growth.column.{name}", lang) for name in columns]
    top = regions.sort_values(["capex_mcny", "province"], ascending=[False, True]).head(PROVINCES)
    rows = [
        [
            names.province(row["province"]),
            number(row["capex_mcny_per_year"]),
            share(row["share_of_gdp"], 2),
            share(row["tau_r"], 2),
            share(row["to_best"]),
            precise(row["slope"]),
        ]
        for row in top.to_dict("records")
    ]
    lines = ["", *wrap(text("growth.regions", lang, years=found.years))]
    lines += grid(header, rows)
    if len(regions) > PROVINCES:
        left = len(regions) - PROVINCES
        lines.append("  " + text("cli.more.in", lang, count=left, file="regions.csv"))
    if found.missing:
        listed = [names.province(code) for code in found.missing]
        shown = text("cli.comma", lang).join(listed[:PROVINCES]) + (
            " …" if len(listed) > PROVINCES else ""
        )
        values = {"count": len(listed), "provinces": shown}
        lines += wrap("  " + text("growth.missing", lang, **values), indent="  ")
    return lines


def _prices(found: Growth, lang: str) -> list[str]:
    """What a sole seller would ask beside the prices of the plan; in money where that is stated."""
    table = found.tables["service_prices"]
    if found.plan is None or not len(table):
        return []
    names = Names(found.plan.model, lang)
    records = table.to_dict("records")
    columns = ("workload", "year", "plan_price", "profit_price")
    header = [text(f"growth.column.{name}", lang) for name in columns]
    rows = [
        [
            names.workload(row["workload"]),
            str(row["year"]),
            number(row["price_mcny_per_eflops_year"]),
            number(row["profit_price_mcny_per_eflops_year"]),
        ]
        for row in records[:PROVINCES]
    ]
    said = text("growth.prices", lang, markup=precise(records[0]["markup"]))
    lines = ["", *wrap(said), *grid(header, rows)]
    if len(records) > PROVINCES:
        left = len(records) - PROVINCES
        lines.append("  " + text("cli.more.in", lang, count=left, file="service_prices.csv"))
    for row in (one for one in records if one["workload"] == found.priced):
        values = {
            "workload": names.workload(row["workload"]),
            "year": row["year"],
            "cost": number(row["model_cost_mcny_per_eflops_year"]),
            "price": number(row["model_price_mcny_per_eflops_year"]),
            "plan": number(row["price_mcny_per_eflops_year"]),
            "over": share(row["plan_over_model"]),
        }
        lines += wrap(text("growth.priced", lang, **values), indent="  ")
    return lines


def _effect(found: Growth, lang: str) -> list[str]:
    """Per mille of GDP by index points, with the edition."""
    lines = []
    for row in found.tables["gdp_effect"].to_dict("records"):
        values = {
            name: precise(row[name])
            for name in ("index_points", "gdp_permille", "digital_permille")
        }
        values |= {name: precise(row[f"{name}_permille_per_point"]) for name in ("gdp", "digital")}
        said = text("growth.effect", lang, edition=row["edition"], **values)
        lines += ["", *wrap(said, indent="  ")]
    return lines
