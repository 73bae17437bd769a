"""Where the data are weakest: what share of stock and demand is a proxy or a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layout.cli.screen.numbers import share
from layout.cli.screen.width import clean, wrap
from layout.labels import has, text
from layout.model.derive import demand as planned_demand
from layout.model.weakness import proxy_sites, weak
from layout.names import Names, province_of_site

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel

_SEEN = ("kinds", "facilities", "pue", "workloads", "sites", "power", "renewables")
_PLACES = 8


def _rated_mw(model: PlanningModel) -> pd.Series:
    """Space of every stock block in MW, the one measure that all kinds share."""
    stock, kinds = model["stock"], model["kinds"].set_index("kind")["it_mw_per_eflops"]
    racked = stock["compute_eflops"] * stock["kind"].map(kinds).astype(float)
    space: pd.Series = stock["facility_it_mw"].fillna(racked)
    return space


def proxy_provinces(model: PlanningModel) -> frozenset[str]:
    """Provinces with stock that is a proxy."""
    place = province_of_site(model)
    return frozenset(place[site] for site in proxy_sites(model))


def stock_share(model: PlanningModel) -> float:
    """Share of the stock, by space, that is weak; 0 without stock."""
    space = _rated_mw(model)
    total = float(space.sum())
    return float(space[weak(model["stock"])].sum()) / total if total > 0 else 0.0


def demand_shares(model: PlanningModel) -> dict[str, float]:
    """Kind → share of its demand in the first period that is weak."""
    demand = planned_demand(model)
    demand = demand[demand["year"] == model.settings.periods[0]]
    workloads = model["workloads"].set_index("workload")["kind"]
    kind = demand["workload"].map(workloads)
    total = demand["demand_eflops"].groupby(kind).sum()
    part = demand["demand_eflops"].where(weak(demand), 0.0).groupby(kind).sum()
    return {str(name): float(part[name] / total[name]) for name in total.index if total[name] > 0}


def weak_tables(model: PlanningModel) -> dict[str, tuple[int, int]]:
    """Table → (weak rows, all rows) of the other tables that have a weak row."""
    counts = {name: (int(weak(model[name]).sum()), len(model[name])) for name in _SEEN}
    return {name: count for name, count in counts.items() if count[0]}


def weakness_lines(model: PlanningModel, lang: str) -> list[str]:
    """The paragraph on the weakest data; empty when nothing is marked as weak."""
    names = Names(model, lang)
    parts = []
    if (part := stock_share(model)) > 0:
        parts.append(text("cli.weak.stock", lang, share=share(part, 0)))
    for kind, part in sorted(demand_shares(model).items()):
        if part > 0:
            found = {"kind": names.kind(kind), "share": share(part, 0)}
            parts.append(text("cli.weak.demand", lang, **found))
    rows = [
        f"{table_name(name, lang)} {found}/{rows}"
        for name, (found, rows) in weak_tables(model).items()
    ]
    if rows:
        listed = text("cli.comma", lang).join(rows)
        parts.append(text("cli.weak.rows", lang, tables=listed))
    if not parts:
        return []
    return wrap(text("cli.weak", lang) + text("cli.semicolon", lang).join(parts), indent="  ")


def inferred_lines(model: PlanningModel, lang: str) -> list[str]:
    """The keys that were filled in, not given."""
    if not model.inferred:
        return []
    found = [
        f"{clean(one.table)}[{clean(one.key)}].{one.column} = {clean(one.value)}"
        for one in model.inferred
    ]
    if len(found) > _PLACES:
        more = text("cli.more", lang, count=len(found) - _PLACES)
        found = [*found[:_PLACES], more]
    return wrap(text("cli.inferred", lang) + text("cli.comma", lang).join(found), indent="  ")


def table_name(name: str, lang: str) -> str:
    """What a table is called."""
    return text(f"table.{name}", lang) if has(f"table.{name}") else name
