"""Prices and settlement on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layout.cli.screen.grid import grid
from layout.cli.screen.heading import money
from layout.cli.screen.numbers import NOTHING, cell, number, precise, share
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names, word

if TYPE_CHECKING:
    import pandas as pd

    from layout.study.folder import Study

PARTS = ("price", "capital", "operation", "power", "network", "carbon", "other")
BALANCE = ("receipts", "cost", "payments", "net", "alone", "compensation", "after")
MERIT = ("usable", "load", "marginal", "at", "dearest", "at", "running", "merit")
STEPPED = ("scale", "least_bill", "highest_bill", "flat", "paid")
SAME = 1e-9
"""Share of a bill below which steps have not changed it."""
SHOWN = 12
"""Provinces and sites printed: the others stand in their file."""


def settled_lines(study: Study, names: Names) -> list[str]:
    """Prices in parts, merit order, hourly prices, provinces, compensation, actors, subsidy."""
    lang = names.lang
    lines = [*_prices(study, names), "", *_merit(study, names), ""]
    if len(study.tables.get("hourly_prices", ())):
        lines += [*_hourly(study["hourly_prices"], names), ""]
    lines += [*_provinces(study["province_balance"], names), ""]
    if len(study.tables.get("steps", ())):
        lines += [*_steps(study["steps"], names), ""]
    if len(study.tables.get("fees", ())):
        lines += [*wrap(_fees(study["fees"], lang)), ""]
    if len(study.tables.get("vouchers", ())):
        lines += [*wrap(_vouchers(study["vouchers"], lang)), ""]
    lines += [*wrap(_compensation(study.record["compensation"], lang)), ""]
    lines += [*_surplus(study["site_surplus"], names), ""]
    lines += [*_actors(study["actors"], lang)]
    if "subsidy" in study.record:
        lines += ["", *wrap(_subsidy(study, names))]
    return lines


def _prices(study: Study, names: Names) -> list[str]:
    """Mean over zones of the price of every workload, lowest and highest, and the mean's parts."""
    lang, frame = names.lang, study["price_parts"]
    header = [text(f"settle.column.{name}", lang) for name in ("workload", "low", "high", *PARTS)]
    rows = []
    for (work, year), group in frame.groupby(["workload", "year"], sort=True):
        price = group["price_mcny_per_eflops_year"]
        means = [group[f"{name}_mcny_per_eflops_year"].mean() for name in PARTS]
        rows.append(
            [
                f"{names.workload(str(work))} {year}",
                *(cell(value) for value in (price.min(), price.max(), *means)),
            ]
        )
    lines = [text("settle.prices", lang), *grid(header, rows)]
    if not study.record["prices_in_parts"]:
        lines += wrap(text("settle.no_parts", lang))
    return lines


def _merit(study: Study, names: Names) -> list[str]:
    """By kind what may run and does, the last unit by running cost, and the last that runs."""
    lang, site = names.lang, study["merit_order"].groupby("unit")["site"].first()
    header = [text(f"settle.column.{name}", lang) for name in ("kind", *MERIT)]
    rows = []
    for row in study["merit_clearing"].to_dict("records"):
        last = [
            part
            for which in ("marginal", "dearest")
            for part in (
                cell(row[f"{which}_cny_per_eflops_hour"]),
                names.site(site[row[f"{which}_unit"]]) if row[f"{which}_unit"] else NOTHING,
            )
        ]
        amounts = [cell(row[name]) for name in ("usable_eflops", "load_eflops")]
        paid = [cell(row[name]) for name in ("running_mcny", "merit_mcny")]
        kind = f"{names.short_kind(row['kind'])} {row['year']}"
        rows.append([kind, *amounts, *last, *paid])
    return [*wrap(text("settle.merit", lang)), *grid(header, rows, left=(0, 4, 6), limit=28)]


def _hourly(frame: pd.DataFrame, names: Names) -> list[str]:
    """By kind the mean over sites and hours, the least and the highest hourly price."""
    lang = names.lang
    header = [text(f"settle.column.{name}", lang) for name in ("kind", "valley", "mean", "peak")]
    rows = []
    for (kind, year), group in frame.groupby(["kind", "year"], sort=True):
        price, hours = group["price_cny_per_eflops_hour"], group["hours"]
        by_slice = (price * hours).groupby(group["slice"]).sum() / hours.groupby(
            group["slice"]
        ).sum()
        mean = float((price * hours).sum() / hours.sum())
        values = (by_slice.min(), mean, by_slice.max())
        rows.append([f"{names.kind(str(kind))} {year}", *(cell(value) for value in values)])
    return [text("settle.hourly", lang), *grid(header, rows)]


def _provinces(frame: pd.DataFrame, names: Names) -> list[str]:
    """Who receives most and pays most, and what each would have alone."""
    lang = names.lang
    header = [text(f"settle.column.{name}", lang) for name in ("province", *BALANCE)]
    trade = (frame["receipts_mcny"] - frame["payments_mcny"]).abs()
    top = frame.assign(trade=trade).sort_values(["trade", "province"], ascending=[False, True])
    rows = [
        [names.province(row["province"]), *(cell(row[f"{name}_mcny"]) for name in BALANCE)]
        for row in top.head(SHOWN).to_dict("records")
    ]
    lines = [text("settle.provinces", lang), *grid(header, rows, gap=1)]
    if len(frame) > SHOWN:
        lines.append("  " + text("cli.more", lang, count=len(frame) - SHOWN))
    return lines


def _steps(frame: pd.DataFrame, names: Names) -> list[str]:
    """What steps of price make of the bills, for each class and year in which they make any."""
    lang, rows = names.lang, []
    for (work, year), group in frame.groupby(["workload", "year"], sort=True):
        bills = group.groupby("zone")[["paid_mcny", "flat_mcny"]].sum()
        over = (bills["paid_mcny"] / bills["flat_mcny"])[bills["flat_mcny"] > 0]
        if not len(over) or (over - 1).abs().max() < SAME:
            continue
        first = group[group["flat_mcny"] > 0].iloc[0]
        scale = first["paid_mcny"] / (first["flat_mcny"] * first["factor"])
        sums = bills.sum()
        told = [number(scale), share(over.min()), share(over.max())]
        told += [cell(sums["flat_mcny"]), cell(sums["paid_mcny"])]
        rows.append([f"{names.workload(str(work))} {year}", *told])
    if not rows:
        return wrap(text("settle.steps.none", lang))
    header = [text(f"settle.column.{name}", lang) for name in ("workload", *STEPPED)]
    return [*wrap(text("settle.steps", lang)), *grid(header, rows)]


def _fees(frame: pd.DataFrame, lang: str) -> str:
    """What platform and exchange take, year by year."""
    sums = frame.groupby(["year", "actor"])["fee_mcny"].sum().reset_index()
    told = [
        f"{row['year']} {text('settle.actor.' + row['actor'], lang)} {money(row['fee_mcny'], lang)}"
        for row in sums.to_dict("records")
    ]
    return text("settle.fees", lang, listed=text("cli.comma", lang).join(told))


def _vouchers(frame: pd.DataFrame, lang: str) -> str:
    """What vouchers pay of the bills, year by year."""
    sums = frame.groupby("year")[["voucher_mcny", "bill_mcny"]].sum()
    told = [
        f"{year} {money(given, lang)} ({share(given / bill)})"
        for year, given, bill in sums.itertuples()
    ]
    return text("settle.vouchers", lang, listed=text("cli.comma", lang).join(told))


def _compensation(found: dict[str, Any], lang: str) -> str:
    """What came of asking for payments that leave no province worse off."""
    status = found["status"]
    if status == "not_asked":
        return text(f"settle.not_asked.{found['reason']}", lang)
    return text(
        f"settle.compensation.{status}",
        lang,
        gain=money(found["gain_mcny"], lang),
        loss=money(-found["gain_mcny"], lang),
        total=money(found.get("total_mcny", 0.0), lang),
    )


def _surplus(frame: pd.DataFrame, names: Names) -> list[str]:
    """The sites that earn most and least."""
    lang = names.lang
    ordered = frame.sort_values(["surplus_mcny", "site"], ascending=[False, True])

    def told(rows: pd.DataFrame) -> str:
        return text("cli.comma", lang).join(
            f"{names.site(row['site'])} {money(row['surplus_mcny'], lang)}"
            for row in rows.to_dict("records")
        )

    short = int((frame["surplus_mcny"] < 0).sum())
    most, least = told(ordered.head(3)), told(ordered.tail(3).iloc[::-1])
    return wrap(text("settle.surplus", lang, most=most, least=least, short=short))


def _actors(frame: pd.DataFrame, lang: str) -> list[str]:
    """What every actor receives, year by year and down the chain."""
    from layout.plan.compensation import CHAIN

    lines = [text("settle.actors", lang)]
    colon, comma = text("cli.colon", lang), text("cli.comma", lang)
    for (year,), group in frame.groupby(["year"], sort=True):
        lines.append(f"  {year}")
        for chain in dict.fromkeys(CHAIN.values()):
            sums = group[group["chain"] == chain].groupby("actor")["mcny"].sum()
            told = [
                f"{word(f'settle.actor.{actor}', lang, str(actor))} {money(float(value), lang)}"
                for actor, value in sums.sort_values(ascending=False, kind="stable").items()
            ]
            if told:
                said = f"    {text(f'settle.chain.{chain}', lang)}{colon}{comma.join(told)}"
                lines += wrap(said, indent="      ")
    return lines


def _subsidy(study: Study, names: Names) -> str:
    """The smallest subsidy that reaches a target."""
    lang, found = names.lang, study.record["subsidy"]
    least = found["least"]
    values = {"target": clean(found["target"]), "scope": names.scope(found["scope"])}
    if least is None:
        return text("settle.subsidy.none", lang, **values)
    if least["rate"] <= 0:
        return text("settle.subsidy.zero", lang, achieved=precise(least["achieved"]), **values)
    return text(
        "settle.subsidy",
        lang,
        rate=share(least["rate"]),
        achieved=precise(least["achieved"]),
        paid=money(least["subsidy_mcny"], lang),
        **values,
    )
