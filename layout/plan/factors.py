"""What works for whom: energy, capital, staff and payments between regions (R128, R174, kpis.md).

What a site holds of a kind (with its sub-kinds) works for the zones it serves there, in proportion
to the work that serves each (FP32 equivalents, native where a ratio is missing). Who finances a
hall is not in the model: that capital comes from the region it works for is the assumption here.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pandas as pd

from layout.geography.distance import great_circle_km
from layout.model.hardware import root_of
from layout.model.home import away_work
from layout.once import once
from layout.plan import terms
from layout.plan.costshare import PARTS
from layout.plan.ledger import Floats, Ledger
from layout.plan.settlement import paid
from layout.plan.weighing import Figure, weight_of

RUNNING = tuple(name for part, names in PARTS.items() if part != "capital" for name in names)
"""Components of the cost that are no capital; the annuities of stores are among them."""
HELD = ("facility_gwh", "capex_mcny", "staff")


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Money and staff by region, and what moves between regions; nothing where none is named."""
    yield from _by_region(ledger)
    if not ledger.base:
        yield from _lines_saved(ledger)
        yield from _flows(ledger)


def regions(ledger: Ledger) -> list[str]:
    """Regions of zones and sites, sorted."""
    model = ledger.model
    return sorted({*model["zones"]["region"], *model["sites"]["region"]} - {""})


def _by_region(ledger: Ledger) -> Iterator[Figure]:
    """Investment and running cost at the sites of a region, and those who run its halls.

    ``capex_mcny_in``: undiscounted, of the year, with storage; the regions add up to `capex_mcny`.
    ``running_cost_mcny_in``: Σ components of `RUNNING`, a year, without what is the nation's.
    """
    cost, units = ledger.cost, ledger.units
    running = cost[cost["component"].isin(RUNNING)]
    staffed = (ledger.model["facilities"]["staff_per_mw"] > 0).any()
    for region in regions(ledger):
        scope = f"region:{region}"
        if not ledger.base:
            spent = terms.capex_mcny(ledger, SimpleNamespace(scope=scope))
            yield f"capex_mcny_in_{region}", None if spent is None else spent.value, "mcny"
            here = running["mcny"][ledger.site_mask(scope, running["site"])]
            yield f"running_cost_mcny_in_{region}", float(here.sum()), "mcny/year"
        if staffed:
            persons = _staff(ledger)[ledger.site_mask(scope, units["site"])]
            yield f"running_staff_persons_in_{region}", float(persons.sum()), "persons"


def _lines_saved(ledger: Ledger) -> Iterator[Figure]:
    """Power that halls of the west use for the east, and how far it would else be carried.

    ``east_to_west_gwh``: Σ energy of the halls in the west by whom they work for, east only.
    ``avoided_transmission_gwh_1000km``: the same · km between zone and site on the great circle
    / 1,000 (kpis.md, avoided transmission; R128). In halls of the east the same work may take more
    or less power. ``avoided_transmission_mcny``, ``avoided_transmission_loss_gwh``: that times the
    cost and the loss of a line, where the settings give one: no sourced one is shipped.
    """
    table = by_zone(ledger)
    moved = table[(table["of"] == "east") & (table["at"] == "west")]
    yield "east_to_west_gwh", float(moved["facility_gwh"].sum(skipna=False)), "GWh"
    far = float((moved["facility_gwh"] * moved["km"]).sum(skipna=False)) / 1000
    yield "avoided_transmission_gwh_1000km", far, "GWh·1000 km"
    own = ledger.model.settings.economy
    if own.transmission_cny_per_kwh_1000km is not None:
        cost = far * own.transmission_cny_per_kwh_1000km  # a CNY/kWh is a mcny/GWh
        yield "avoided_transmission_mcny", cost, "mcny/year"
    if own.transmission_loss_share_per_1000km is not None:
        loss = far * own.transmission_loss_share_per_1000km
        yield "avoided_transmission_loss_gwh", loss, "GWh"


def _flows(ledger: Ledger) -> Iterator[Figure]:
    """Factors from a region to another one, each ordered pair of them (R174).

    ``capital_flow``: investment of the year (halls and IT, without storage) in the second region
    that works for the first. ``staff_flow``: those who run halls there, in the same shares.
    ``payment_flow``: Σ price · served, what zones of the first pay for work done in the second.
    """
    names = regions(ledger)
    pairs = [(one, other) for one in names for other in names if one != other]
    placed = by_zone(ledger).groupby(["of", "at"])[list(HELD)].sum().to_dict("index")
    paid_for = _payments(ledger)
    staffed = (ledger.model["facilities"]["staff_per_mw"] > 0).any()
    for one, other in pairs:
        pair = f"{one}~{other}"
        row = placed.get((one, other), {})
        capital = float(row.get("capex_mcny", 0.0))
        yield f"capital_flow_mcny_{pair}", capital, "mcny"
        if staffed:
            persons = float(row.get("staff", 0.0))
            yield f"staff_flow_persons_{pair}", persons, "persons"
        amount = float(paid_for.get((one, other), 0.0))
        yield f"payment_flow_mcny_{pair}", amount, "mcny/year"


def _payments(ledger: Ledger) -> pd.Series:
    """(region of the zone, region of the site) → mcny a year; NaN where a price is missing."""
    tables = {name: ledger.of_year(name) for name in ("service", "prices")}
    table = paid(tables, ledger.model)
    of = ledger.words("zones", "region", table["zone"])
    at = ledger.words("sites", "region", table["site"])
    return table["paid_mcny"].groupby([of, at]).agg(lambda amounts: amounts.sum(skipna=False))


@once
def by_zone(ledger: Ledger) -> pd.DataFrame:
    """What halls hold by whom they work for: a row for each zone, site and kind served there.

    Columns zone, site, kind (without parent), of and at (their regions), km (great circle),
    facility_gwh, capex_mcny, staff (persons). What serves nobody is in no row.
    """
    table = _shares(ledger)
    units = ledger.units
    held = units.assign(kind=units["kind"].map(root_of(ledger.model)), staff=_staff(ledger))
    sums = held.groupby(["site", "kind"])[list(HELD)].sum()
    keys = pd.MultiIndex.from_frame(table[["site", "kind"]])
    share = table["share"].to_numpy(dtype=float)[:, None]
    amounts = sums.reindex(keys).fillna(0.0).to_numpy(dtype=float) * share
    zones, sites = (ledger.model[name].set_index(name[:-1]) for name in ("zones", "sites"))
    ends = [place[name].to_numpy(float) for place in (zones, sites) for name in ("lat", "lon")]
    apart = great_circle_km(*ends)
    rows = zones.index.get_indexer(pd.Index(table["zone"]))
    columns = sites.index.get_indexer(pd.Index(table["site"]))
    return table.drop(columns="share").assign(
        of=ledger.words("zones", "region", table["zone"]),
        at=ledger.words("sites", "region", table["site"]),
        km=apart[rows, columns],
        **{name: amounts[:, place] for place, name in enumerate(HELD)},
    )


def _shares(ledger: Ledger) -> pd.DataFrame:
    """zone, site, kind and the zone's share of what the site does on that kind."""
    service = ledger.service
    amount = weight_of(service["served_eflops"], service["served_fp32"]) * _work(ledger)
    done = service[["zone", "site", "workload", "kind"]].assign(amount=amount)
    runs = ledger.of_year("runs")[["site", "workload", "kind", "served_eflops"]]
    several = done["workload"].isin(set(runs["workload"]))
    whole = runs.groupby(["site", "workload"])["served_eflops"].transform("sum")
    runs = runs.assign(part=runs["served_eflops"] / whole.where(whole > 0))
    split = done[several].drop(columns="kind").merge(runs, on=["site", "workload"])
    split = split.assign(amount=split["amount"] * split["part"])
    every = pd.concat([done[~several], split[done.columns]], ignore_index=True)
    every = every.assign(kind=every["kind"].map(root_of(ledger.model)))
    sums = every.groupby(["zone", "site", "kind"])["amount"].sum().reset_index()
    whole = sums.groupby(["site", "kind"])["amount"].transform("sum")
    share = (sums["amount"] / whole.where(whole > 0)).fillna(0.0)
    return sums.drop(columns="amount").assign(share=share)


def _work(ledger: Ledger) -> Floats:
    """Row of ``service`` → EFLOPS of work for one of demand: more of it away from home."""
    model, service = ledger.model, ledger.service
    at = [
        pd.Index(model[f"{name}s"][name]).get_indexer(service[name])
        for name in ("site", "zone", "workload")
    ]
    return away_work(model, *at)


def _staff(ledger: Ledger) -> pd.Series:
    """Unit → those who run its space: staff_per_mw · MW."""
    each = ledger.looked_up("facilities", "staff_per_mw", ledger.units["facility"])
    return ledger.units["space_mw"] * np.nan_to_num(each)
