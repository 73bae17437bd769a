"""The base year on the screen: stock, shortage and surplus, targets, resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from layout.cli.screen.grid import grid
from layout.cli.screen.heading import model_lines
from layout.cli.screen.numbers import cell, number, share
from layout.cli.screen.verdicts import verdict_lines
from layout.cli.screen.weakness import inferred_lines, weakness_lines
from layout.labels import text
from layout.names import Names
from layout.plan import baseline

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel

STOCK_ROWS = 16
PLACES = 6
RESOURCES = 12
_TARGETS = ("verdict", "id", "required", "base", "outturn", "slack")


def status_page(model: PlanningModel, lang: str) -> str:
    """What `layout status` prints."""
    names = Names(model, lang)
    targets = baseline.target_records(model)
    parts = [
        [*model_lines(model, lang), text("cli.status.nothing_solved", lang)],
        stock_lines(model, names),
        balance_lines(model, names),
        place_lines(model, names),
        target_lines(targets, names),
        resource_lines(model, names),
        warning_lines(model, lang) + weakness_lines(model, lang) + inferred_lines(model, lang),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def warning_lines(model: PlanningModel, lang: str) -> list[str]:
    """How many warnings the input leaves, and the command that lists them."""
    count = len(model.problems)
    return [text("cli.warnings", lang, count=count)] if count else []


def _head(key: str, lang: str) -> list[str]:
    return text(f"cli.head.{key}", lang).split("|")


def stock_lines(model: PlanningModel, names: Names) -> list[str]:
    """Stock by province and kind, largest space first, and the whole by kind."""
    lang, table = names.lang, baseline.stock_table(model)
    if table.empty:
        return [text("cli.stock.none", lang)]
    ranked = table.sort_values(["space_mw", "province", "kind"], ascending=[False, True, True])
    total = table.groupby("kind").sum(numeric_only=True).reset_index()
    body = [
        _stock_row(names.province(str(row["province"])) + ("*" if row["weak"] else ""), row, names)
        for _, row in ranked.head(STOCK_ROWS).iterrows()
    ]
    body += [_stock_row(text("cli.all", lang), row, names) for _, row in total.iterrows()]
    lines = [text("cli.stock", lang), *grid(_head("stock", lang), body, left=(0, 1))]
    if len(ranked) > STOCK_ROWS:
        lines.append("  " + text("cli.more", lang, count=len(ranked) - STOCK_ROWS))
    if table["weak"].any():
        lines.append("  " + text("cli.proxy.mark", lang))
    return lines


def _stock_row(first: str, row: pd.Series, names: Names) -> list[str]:
    space = float(row["space_mw"])
    return [
        first,
        names.short_kind(str(row["kind"])),
        cell(row["compute_eflops"]),
        cell(row["racked_mw"]),
        cell(space),
        cell(_watts(row["vacant_mw"])),
        share(float(row["racked_mw"]) / space) if space > 0 else "–",
    ]


def balance_lines(model: PlanningModel, names: Names) -> list[str]:
    """The nation's demand against what its stock could serve, by kind and year."""
    lang, table = names.lang, baseline.balance_table(model)
    nation = table[table["place"] == "nation"]
    if nation.empty:
        return [text("cli.balance.none", lang)]
    body = [
        [
            names.short_kind(str(row["kind"])),
            str(row["year"]),
            *(cell(row[name]) for name in ("demand_eflops", "stock_eflops", "usable_eflops")),
            _signed(float(row["surplus_eflops"])),
        ]
        for _, row in nation.iterrows()
    ]
    return [text("cli.balance", lang), *grid(_head("balance", lang), body, left=(0, 1))]


def _signed(value: float) -> str:
    """A surplus with +, a shortage with −."""
    if abs(value) < 1e-9:
        return "0"
    return ("+" if value > 0 else "−") + number(abs(value))


def _watts(megawatts: float) -> float:
    """Megawatts to the watt: sums of rounded figures leave traces that are no space."""
    return round(float(megawatts), 6)


def place_lines(model: PlanningModel, names: Names) -> list[str]:
    """Where the first period's shortage and surplus are largest if nothing moved, by kind."""
    lang, table = names.lang, baseline.balance_table(model)
    table = table[(table["place"] != "nation") & (table["year"] == model.settings.periods[0])]
    lines = []
    for kind, rows in table.groupby("kind"):
        ranked = rows.sort_values(["surplus_eflops", "place"])
        for key, part in (
            ("short", ranked[ranked["surplus_eflops"] < -1e-9]),
            ("over", ranked[ranked["surplus_eflops"] > 1e-9][::-1]),
        ):
            if part.empty:
                continue
            listed = text("cli.comma", lang).join(
                f"{names.province(str(place))} {number(abs(value))}"
                for place, value in part.head(PLACES)[["place", "surplus_eflops"]].to_numpy()
            )
            found = {"kind": names.short_kind(str(kind)), "places": listed, "count": len(part)}
            lines.append("  " + text(f"cli.balance.{key}", lang, **found))
    return [text("cli.balance.places", lang), *lines] if lines else []


def target_lines(targets: Sequence[Mapping[str, Any]], names: Names) -> list[str]:
    """Every target on the base year."""
    title = text("cli.targets.base", names.lang)
    return [title, *verdict_lines(targets, names, _TARGETS, limit=34)]


def resource_lines(model: PlanningModel, names: Names) -> list[str]:
    """Sites with the most vacant space, with room, headroom, power price and grid factor."""
    lang, table = names.lang, baseline.resource_table(model)
    ranked = table.sort_values(["vacant_mw", "site"], ascending=[False, True])
    body = [
        [
            names.site(str(row["site"])),
            *(cell(_watts(row[name])) for name in ("space_mw", "vacant_mw")),
            *(number(row[name]) for name in ("room_mw", "grid_headroom_mw")),
            f"{row['price_cny_per_kwh']:.3f}",
            f"{row['grid_tco2_per_mwh']:.3f}",
            cell(row["renewable_potential_gwh"]),
        ]
        for _, row in ranked.head(RESOURCES).iterrows()
    ]
    lines = [text("cli.resources", lang), *grid(_head("resources", lang), body)]
    if len(ranked) > RESOURCES:
        lines.append("  " + text("cli.more", lang, count=len(ranked) - RESOURCES))
    return lines
