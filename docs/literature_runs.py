"""The runs behind docs/literature.md: the shipped data asked what the papers asked.

    python docs/literature_runs.py           # everything, about two minutes
    python docs/literature_runs.py routes    # or: duplicated, separate

Prints Markdown. Needs the package installed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from layout.model import PlanningModel, read_model
from layout.plan import Plan
from layout.solving import solve

NAMES = {
    "310000": "Shanghai",
    "510000": "Sichuan",
    "110000": "Beijing",
    "150000": "Inner Mongolia",
    "440000": "Guangdong",
    "520000": "Guizhou",
}
ROUTES = (("310000", "510000"), ("110000", "150000"), ("440000", "520000"))
WORKLOAD, KIND = "batch", "general"
EFLOPS = 1.0  # in use, FP32
SPARE = 1.02  # stock of the duplicated case over what the demand needs
ROOM_MW = 1000.0  # of every site of the small models: no limit is in the way of a route
PUE, IDLE = 1.5, 0.05  # of a block that states none, of empty space: to divide headroom by kind


def national() -> PlanningModel:
    """The shipped national model without targets and decisions, all energy from the grid."""
    model = read_model("national-2025")
    features = model.settings.features.model_copy(update={"renewables": False})
    settings = model.settings.model_copy(update={"targets": [], "features": features})
    tables = {**model.tables, "commitments": model["commitments"].iloc[:0]}
    return replace(model, settings=settings, tables=tables)


def _only(table: pd.DataFrame, **kept: Sequence[str]) -> pd.DataFrame:
    for column, values in kept.items():
        table = table[table[column].isin(values)]
    return table.reset_index(drop=True)


def small(origin: str, sites: Sequence[str], *, stock: float = 0.0) -> PlanningModel:
    """One EFLOPS of batch work asked for in `origin`, which some sites may serve.

    `stock` EFLOPS stand in large halls at the origin; the origin is among the sites then, and
    where `sites` leaves it out nothing may be served from there.
    """
    model = national()
    kept = sorted({*sites, origin} if stock else {*sites})
    places = _only(model["sites"], site=kept)
    places = places.assign(max_it_mw=ROOM_MW, grid_headroom_mw=float("inf"), land_ha=float("nan"))
    blocks = model["stock"].iloc[:0]
    if stock:
        rated = float(model["kinds"].set_index("kind").loc[KIND, "it_mw_per_eflops"])
        block = {**model["stock"].iloc[0].to_dict(), "block": "stock", "site": origin}
        block |= {"facility": "large-water", "kind": KIND, "compute_eflops": stock}
        block |= {"facility_it_mw": stock * rated, "age_years": 1.0, "pue": float("nan")}
        blocks = pd.DataFrame([block]).astype(model["stock"].dtypes.to_dict())
        if origin not in sites:
            places.loc[places["site"] == origin, "kinds"] = "super"
    demand = _only(model["demand"], zone=[origin], workload=[WORKLOAD])
    demand = demand[demand["year"] == model.settings.periods[0]].reset_index(drop=True)
    tables: dict[str, pd.DataFrame] = {
        **model.tables,
        "zones": _only(model["zones"], zone=[origin]),
        "sites": places,
        "stock": blocks,
        "power": model["power"].assign(grid_headroom_mw=float("inf")),
        "workloads": _only(model["workloads"], workload=[WORKLOAD]),
        "demand": demand.assign(demand_eflops=EFLOPS),
    }
    return replace(model, tables=tables)


@dataclass(frozen=True)
class Answer:
    """Energy (GWh), location-based carbon (kt) and cost (mcny a year) of serving one EFLOPS."""

    energy: float
    carbon: float
    cost: float

    def against(self, other: Answer) -> tuple[float, float, float]:
        """Relative change of energy, carbon and cost from another answer to this one."""
        return (
            self.energy / other.energy - 1,
            self.carbon / other.carbon - 1,
            self.cost / other.cost - 1,
        )


def answer(model: PlanningModel) -> Answer:
    """The cheapest plan, proved and verified."""
    plan = solve(model, counterfactual=False, gap=1e-6, gap_location=1e-6)
    assert plan.status == "optimal", plan.status
    kpis = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    return Answer(kpis["facility_gwh"], kpis["carbon_kt"], plan.record["objective_mcny"])


def moved(origin: str, goal: str) -> tuple[Answer, Answer]:
    """New halls at home, and new halls at the other end instead."""
    return answer(small(origin, [origin])), answer(small(origin, [goal]))


def needed() -> float:
    """Stock that serves one EFLOPS of batch work, EFLOPS."""
    usable = float(national()["kinds"].set_index("kind").loc[KIND, "max_utilisation"])
    return SPARE * EFLOPS / usable


def duplicated(origin: str, goal: str) -> tuple[Answer, Answer, Answer]:
    """With halls standing at home: served there, served by a second set, and freely chosen."""
    stock = needed()
    home = answer(small(origin, [origin], stock=stock))
    twice = answer(small(origin, [goal], stock=stock))
    return home, twice, answer(small(origin, [origin, goal], stock=stock))


def free_of_policy() -> PlanningModel:
    """The national model without targets, with renewables."""
    model = read_model("national-2025", scenarios=["no-policy"])
    return replace(model, tables={**model.tables, "commitments": model["commitments"].iloc[:0]})


def of_kind(model: PlanningModel, kind: str) -> PlanningModel:
    """One kind planned by itself: its own demand and blocks, and its part of what all share.

    Space, headroom and land keep what its own blocks take; what is left of them, and the
    renewable potential and certificates, are divided by the power that the growth of the kinds
    needs. The separate plans together are then a plan of the joint model.
    """
    share = growth_shares(model)[kind]
    own = list(model["workloads"].query("kind == @kind")["workload"])
    blocks, sites, power = model["stock"], model["sites"].copy(), model["power"].copy()
    mine = _only(blocks, kind=[kind])
    zone = sites["tariff_zone"].where(sites["tariff_zone"] != "", sites["province"])
    taken = power["tariff_zone"].where(power["tariff_zone"] != "", power["province"])
    space, draw = _space_and_draw(model)
    for table, column, of, rows, mw in (
        (sites, "max_it_mw", sites["site"], sites["site"], space),
        (sites, "grid_headroom_mw", sites["site"], sites["site"], draw),
        (power, "grid_headroom_mw", sites["province"], power["province"], draw),
        (power, "grid_headroom_mw", zone, taken, draw),
    ):
        chosen = (power["tariff_zone"] != "").to_numpy() == (of is zone)
        chosen = chosen if table is power else np.ones(len(sites), dtype=bool)
        place = blocks["site"].map(dict(zip(sites["site"], of, strict=True)))
        all_of, own_of = (
            mw[blocks.index if whole else blocks.index[blocks["kind"] == kind]]
            .groupby(place)
            .sum()
            .reindex(rows)
            .fillna(0.0)
            .to_numpy()
            for whole in (True, False)
        )
        limit = table[column].to_numpy(dtype=float)
        fits = np.minimum(1.0, np.divide(limit, all_of, out=np.ones(len(limit)), where=all_of > 0))
        part = own_of * fits + share * (limit - all_of * fits)
        table[column] = np.where(chosen & np.isfinite(limit), part, limit)
    sites["land_ha"] *= share
    wind = model["renewables"].assign(potential_mw=model["renewables"]["potential_mw"] * share)
    cap = model.settings.economy.certificate_cap_gwh
    economy = model.settings.economy.model_copy(
        update={"certificate_cap_gwh": None if cap is None else cap * share}
    )
    tables: dict[str, pd.DataFrame] = {
        **model.tables,
        "sites": sites,
        "stock": mine,
        "workloads": _only(model["workloads"], workload=own),
        "demand": _only(model["demand"], workload=own),
        "power": power,
        "renewables": wind,
    }
    settings = model.settings.model_copy(update={"economy": economy})
    return replace(model, settings=settings, tables=tables)


def _space_and_draw(model: PlanningModel) -> tuple[pd.Series, pd.Series]:
    """Block → MW of its space, and MW that it draws with what is racked in it."""
    blocks = model["stock"]
    rated = blocks["kind"].map(model["kinds"].set_index("kind")["it_mw_per_eflops"])
    racked = blocks["compute_eflops"] * rated
    space = blocks["facility_it_mw"]
    return space, racked * blocks["pue"].fillna(PUE) + IDLE * (space - racked)


def growth_shares(model: PlanningModel) -> dict[str, float]:
    """Kind → its part of the rated power that demand needs beyond the stock of the kind."""
    kinds = model["kinds"].set_index("kind")
    demand = model["demand"][model["demand"]["year"] == model.settings.periods[0]]
    of = model["workloads"].set_index("workload")["kind"]
    kind = demand["workload"].map(of)
    installed = model["stock"].groupby("kind")["compute_eflops"].sum()
    wanted = (demand["demand_eflops"] / kind.map(kinds["max_utilisation"])).groupby(kind).sum()
    more = (wanted - installed.reindex(wanted.index).fillna(0.0)).clip(lower=0.0)
    need = more * kinds["it_mw_per_eflops"].reindex(more.index)
    return {str(name): float(value) for name, value in (need / need.sum()).items()}


def within(model: PlanningModel, provinces: Sequence[str]) -> PlanningModel:
    """The part of the nation that lies in some provinces, for a quicker look."""
    sites = _only(model["sites"], province=provinces)
    tables: dict[str, pd.DataFrame] = {
        **model.tables,
        "sites": sites,
        "zones": _only(model["zones"], province=provinces),
        "stock": _only(model["stock"], site=list(sites["site"])),
        "demand": _only(model["demand"], zone=provinces),
    }
    return replace(model, tables=tables)


def separate(model: PlanningModel) -> dict[str, Any]:
    """Cost and carbon of planning all together, kind by kind, and region by region."""
    joint = solve(model, counterfactual=False)
    by_kind = [
        solve(of_kind(model, kind), counterfactual=False) for kind in sorted(growth_shares(model))
    ]
    local = model.settings.model_copy(update={"mode": "local"})
    by_region = solve(replace(model, settings=local), counterfactual=False)
    return {"joint": [joint], "kind by kind": by_kind, "region by region": [by_region]}


def totals(plans: Sequence[Plan]) -> dict[str, float]:
    """Sums over plans: cost, the part of it that depends on location, carbon, bound."""
    cost = sum(plan.record["objective_mcny"] for plan in plans)
    fixed = sum(plan.record["invariant_cost_mcny"] for plan in plans)
    carbon = sum(plan.record["kpis"]["carbon_kt"]["value"] for plan in plans)
    capex = sum(plan.record["kpis"]["capex_mcny"]["value"] for plan in plans)
    bound = sum(plan.record["bound_mcny"] for plan in plans)
    return {
        "cost": cost, "location": cost - fixed, "carbon": carbon, "capex": capex, "bound": bound,
    }  # fmt: skip


def _row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def _head(*cells: str) -> None:
    _row(*cells)
    print("|" + "---|" * len(cells))


def print_routes() -> None:
    """Energy, carbon and cost of moving one EFLOPS of work into new halls elsewhere."""
    _head("route", "energy", "carbon", "cost", "kt/EFLOPS at home", "kt/EFLOPS there")
    for origin, goal in ROUTES:
        home, there = moved(origin, goal)
        changes = [f"{change:+.1%}" for change in there.against(home)]
        name = f"{NAMES[origin]} → {NAMES[goal]}"
        _row(name, *changes, f"{home.carbon:.0f}", f"{there.carbon:.0f}")


def print_duplicated() -> None:
    """What the same move costs when the eastern halls stand already."""
    _head("route", "served at home", "served by a second set", "difference", "freely chosen")
    for origin, goal in ROUTES:
        home, twice, free = duplicated(origin, goal)
        name = f"{NAMES[origin]} → {NAMES[goal]}"
        costs = [f"{one.cost:,.0f}" for one in (home, twice)]
        _row(name, *costs, f"{twice.cost / home.cost - 1:+.0%}", f"{free.cost:,.0f}")


def print_separate() -> None:
    """Joint planning against planning apart."""
    _head("planned", "mcny a year", "location-dependent", "new investment, mcny", "kt CO2")
    found = {name: totals(plans) for name, plans in separate(free_of_policy()).items()}
    for name, one in found.items():
        _row(name, *(f"{one[key]:,.0f}" for key in ("cost", "location", "capex", "carbon")))
    joint = found.pop("joint")
    for name, one in found.items():
        changes = [
            f"{joint[key] / one[key] - 1:+.1%}" for key in ("cost", "location", "capex", "carbon")
        ]
        _row(f"joint against {name}", *changes)


PARTS = {"routes": print_routes, "duplicated": print_duplicated, "separate": print_separate}


def main(names: Sequence[str]) -> None:
    """Print the tables that are named, or all."""
    for name in names or PARTS:
        print(f"\n{name}\n")
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
