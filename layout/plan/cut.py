"""What a part of a plan deals in with the rest of it: exports, purchases and their prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.errors import FileProblem
from layout.model import PlanningModel
from layout.model.derive import Reach, admissible, reach
from layout.model.home import near_home
from layout.plan.plan import Plan
from layout.plan.scopes import sites_in, zones_in

PURCHASED = "purchased"
"""Code of the facility and of the tariff zone of purchases."""
LEAST_EFLOPS = 1e-6
DIGITS = 9
"""Decimals of carved figures: beyond them stands the rounding of the solver. Capacity is
rounded up and demand down, so that what the plan serves with nothing to spare still fits."""
Floats = NDArray[np.float64]


def rounded_up(values: Floats) -> Floats:
    """The least numbers of `DIGITS` decimals that are not below the values."""
    return np.round(np.ceil(np.round(values * 10**DIGITS, 3)) / 10**DIGITS, DIGITS)


@dataclass(frozen=True)
class Cut:
    """A plan and the part of it that is kept."""

    plan: Plan
    scope: str

    @property
    def model(self) -> PlanningModel:
        """The question that the plan answers."""
        return self.plan.model

    @property
    def year(self) -> int:
        """The one period of the plan."""
        return self.model.settings.periods[0]

    @cached_property
    def sites(self) -> set[str]:
        """Sites of the part."""
        return set(self.model["sites"]["site"][sites_in(self.model, self.scope)])

    @cached_property
    def zones(self) -> set[str]:
        """Zones of the part."""
        return set(self.model["zones"]["zone"][zones_in(self.model, self.scope)])

    @cached_property
    def kept_zones(self) -> set[str]:
        """Zones of the part, and those that its sites serve."""
        return self.zones | set(self.exports["zone"])

    @cached_property
    def provinces(self) -> set[str]:
        """Provinces of the part's sites and zones."""
        sites, zones = self.model["sites"], self.model["zones"]
        own = set(sites["province"][sites["site"].isin(self.sites)])
        return own | set(zones["province"][zones["zone"].isin(self.zones)])

    def check(self) -> None:
        """Refuse what cannot be cut out."""
        plan, model = self.plan, self.model
        if not plan.has_tables or plan.tables["prices"]["price_mcny_per_eflops_year"].isna().any():
            raise FileProblem("carve.error.no_prices", status=plan.status)
        if len(model.settings.periods) > 1:
            raise FileProblem("carve.error.periods", count=len(model.settings.periods))
        if not plan.tables["runs"].empty:
            raise FileProblem("carve.error.runs")
        if model["workloads"]["away_overhead"].any():
            raise FileProblem("carve.error.away")
        if not self.sites or not self.zones:
            raise FileProblem("carve.error.empty", scope=self.scope)
        sites = model["sites"]
        inside = sites["site"].isin(self.sites)
        for column in ("province", "tariff_zone"):
            both = (set(sites[column][inside]) & set(sites[column][~inside])) - {""}
            if both:
                shared = ", ".join(sorted(both))
                raise FileProblem("carve.error.shared", scope=self.scope, shared=shared)

    @cached_property
    def ways(self) -> Reach:
        """Distances and delays of the whole model."""
        return reach(self.model)

    @cached_property
    def allowed(self) -> dict[str, NDArray[np.bool_]]:
        """Workload → site × zone: who may serve whom in the whole model."""
        return admissible(self.model)

    @cached_property
    def service(self) -> pd.DataFrame:
        """What the plan serves, with the kind and the capacity that it takes."""
        work = self.model["workloads"].set_index("workload")
        service = self.plan.tables["service"]
        row = service["workload"]
        need = work["peak_factor"] * (1 + work["reserve_margin"])
        capacity = service["served_eflops"] * need.reindex(row).to_numpy(dtype=float)
        return service.assign(
            kind=work["kind"].reindex(row).to_numpy(dtype=object), capacity=capacity
        )

    @cached_property
    def exports(self) -> pd.DataFrame:
        """Zone outside, workload → EFLOPS that the part's sites serve there."""
        rows = self.service
        rows = rows[rows["site"].isin(self.sites) & ~rows["zone"].isin(self.zones)]
        sums = rows.groupby(["zone", "workload"], as_index=False)["served_eflops"].sum()
        sums["served_eflops"] = -rounded_up(-sums["served_eflops"].to_numpy(float))
        return sums[sums["served_eflops"] > LEAST_EFLOPS].reset_index(drop=True)

    @cached_property
    def purchases(self) -> pd.DataFrame:
        """Site outside, kind → installed EFLOPS open to the part: sent in the plan, and idle.

        idle = max_utilisation·installed − Σ peak_factor·(1 + reserve_margin)·served.
        """
        keys = ["site", "kind"]
        use = self.model["kinds"].set_index("kind")["max_utilisation"]
        capacity = self.plan.tables["capacity"]
        installed = capacity.groupby(keys)["compute_eflops"].sum()
        most = installed * use.reindex(installed.index.get_level_values("kind")).to_numpy(float)
        taken = self.service.groupby(keys)["capacity"].sum()
        inward = self.service[self.service["zone"].isin(self.zones)]
        sent = inward.groupby(keys)["capacity"].sum()
        open_now = (
            (most - taken.reindex(most.index, fill_value=0.0)).clip(lower=0.0)
            + sent.reindex(most.index, fill_value=0.0)
        ).rename("open")
        table = pd.concat([open_now, most.rename("most"), installed], axis=1).reset_index()
        table["sent"] = sent.reindex(most.index, fill_value=0.0).to_numpy(dtype=float)
        table = table[~table["site"].isin(self.sites) & (table["open"] > LEAST_EFLOPS)]
        share = table["open"].to_numpy(float) / table["most"].to_numpy(float)
        table["eflops"] = table["compute_eflops"].to_numpy(float) * np.minimum(share, 1.0)
        reached = self.price_at_source
        table["price"] = [
            reached.get((site, kind), np.nan)
            for site, kind in zip(table["site"], table["kind"], strict=True)
        ]
        table = table.dropna(subset=["price"])
        table["eflops"] = rounded_up(table["eflops"].to_numpy(float))
        table["label"] = PURCHASED + "-" + table["site"] + "-" + table["kind"]
        return table.reset_index(drop=True)

    @cached_property
    def price_at_source(self) -> dict[tuple[str, str], float]:
        """(site, kind) → what an EFLOPS in use is worth there, mcny a year.

        The most, over zones and workloads of the kind that the site may serve, of the zone's
        dual price less what the network and moving cost from there: for a site that serves
        anything this is the dual of its capacity with its running cost, for another what it would
        have to fetch.
        """
        prices = self.plan.tables["prices"]
        table = self.ways
        zone_at = {zone: row for row, zone in enumerate(table.zones)}
        found: dict[tuple[str, str], float] = {}
        for workload, rows in prices.groupby("workload"):
            at = np.array([zone_at[zone] for zone in rows["zone"]])
            dual = rows["price_mcny_per_eflops_year"].to_numpy(dtype=float)
            net = dual[None, :] - (self.network(str(workload)) + self.moving(str(workload)))[:, at]
            worth = np.where(self.allowed[str(workload)][:, at], net, np.nan)
            for row in np.flatnonzero(~np.isnan(worth).all(axis=1)):
                key = (table.sites[row], self.kind_of[str(workload)])
                best = max(0.0, float(np.nanmax(worth[row])))
                found[key] = max(found.get(key, 0.0), best)
        return found

    @cached_property
    def kind_of(self) -> dict[str, str]:
        """Workload → kind."""
        work = self.model["workloads"]
        return dict(zip(work["workload"], work["kind"], strict=True))

    def network(self, workload: str) -> Floats:
        """Site × zone: network cost of an EFLOPS in use, mcny a year."""
        work = self.model["workloads"].set_index("workload")
        traffic = float(work["traffic_gbps_per_eflops"].loc[workload])
        price = self.model.settings.economy.transport_mcny_per_gbps_1000km_year
        table = self.ways
        link = table.cost_of(workload)
        return np.where(np.isnan(link), traffic * price * table.distance_km / 1000, link)

    def moving(self, workload: str) -> Floats:
        """Site × zone: what an EFLOPS pays for leaving its province, mcny a year."""
        work = self.model["workloads"].set_index("workload")
        price = float(work["moving_cost_mcny_per_eflops"].loc[workload])
        return np.where(near_home(self.model), 0.0, price)

    @cached_property
    def reference(self) -> str:
        """The plan in a few words, for notes."""
        return f"reference plan of {self.plan.record.get('model', self.model.name)}, {self.year}"
