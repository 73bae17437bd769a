"""Why a site is built, or what it would have to cost less to be: forced answers (68)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.formulation.case import NEW
from layout.formulation.linear import Floats, Linear
from layout.plan.scopes import sites_in
from layout.study.explaining.asking import Forced, Questions

if TYPE_CHECKING:
    from layout.formulation.build import Year
    from layout.plan import Plan

ANY_SIZE_MW = 0.1
"""IT that new halls have to hold for a site to count as built, MW; empty ones do not."""
ROUNDS = 12
CLOSE = 1e-7
"""How closely the break-even fall is found at best; never closer than ten gaps."""
GROWTH = (
    "max_it_mw",
    "land_ha",
    "staff_limit_persons",
    "grid_headroom_mw",
    "power_grid_headroom_mw",
    "energy_quota_gwh",
    "commitment",
    "floor",
    "hall_limit",
)
"""Limits of plan.json that keep more from standing at a place."""
ADDED = ("filled_eflops", "expanded_eflops", "built_eflops")


def explain_site(plan: Plan, site: str, questions: Questions | None) -> dict[str, Any]:
    """What stands and is added at a site, what that saves, what stops it, when it would be built.

    Keys: additions by kind, `new_mw`, `out` (cost without what is added), `into` (cost with the
    least new space, break-even falls), `limits` that bind there, `blocked` (why nothing can be
    built). `method` is lp where the model has no whole numbers, else re-solve.
    """
    capacity = plan.tables["capacity"]
    own = capacity[capacity["site"] == site]
    units = plan.tables["units"]
    fresh = units[(units["site"] == site) & (units["origin"] == "new")]
    last = plan.model.settings.periods[-1]
    new_mw = float(fresh.loc[fresh["year"] == last, "space_mw"].sum())
    added = own.groupby("kind")[list(ADDED)].sum().sum(axis=1)
    added = added[added > 0]
    found: dict[str, Any] = {
        "site": site,
        "added_eflops": {str(kind): float(value) for kind, value in added.items()},
        "new_mw": new_mw,
        "limits": _limits(plan, site),
        "blocked": blocked(plan, site),
        "out": None,
        "into": None,
        "method": None,
    }
    if questions is None:
        return found
    found["method"] = "re-solve" if questions.whole else "lp"
    forcing = _Forcing(questions, site)
    if len(added) or new_mw > 0:
        forced = questions.least({"out": (forcing.added(), 0.0)})
        found["out"] = {"status": forced.status, **questions.rise(forced)}
    if new_mw <= 0 and found["blocked"] is None:
        found["into"] = _into(forcing)
    return found


def _limits(plan: Plan, site: str) -> list[dict[str, Any]]:
    """The limits that bind at a site, or in its province or tariff zone."""
    row = plan.model["sites"].set_index("site").loc[site]
    places = {site, str(row["province"]), str(row["tariff_zone"])} - {""}
    binding = plan.record.get("binding") or []
    return [
        one
        for one in binding
        if one["limit"] in GROWTH and (one["place"] in places or _counted(plan, one, site))
    ]


def _counted(plan: Plan, limit: Mapping[str, Any], site: str) -> bool:
    """Whether the halls of a site count for a limit on halls."""
    if limit["limit"] != "hall_limit":
        return False
    counted = plan.model["sites"]["site"][sites_in(plan.model, limit["place"])]
    return bool((counted == site).any())


def blocked(plan: Plan, site: str) -> dict[str, Any] | None:
    """The first limit by which no new space can stand at a site at all; None where some can."""
    from layout.formulation.case import case_of
    from layout.formulation.variables import Variables

    model = plan.model
    if model.settings.mode == "trade" or not model.settings.features.expand:
        return {"reason": "no_building", "value": None, "unit": ""}
    case = case_of(model, model.settings.periods[-1])
    at, units = case.sites.index(site), case.units
    mine = np.flatnonzero((units.site == at) & (units.origin == NEW))
    if not len(mine):
        return {"reason": "no_offer", "value": _pue_max(plan, site), "unit": ""}
    v = Variables(case)
    room, limit = v.room_mw[mine], float(case.site_values("max_it_mw")[at])
    size = np.nan_to_num(case.facility_values("module_it_mw"))[units.facility[mine]]
    if (room <= 0).all():
        if limit - float(case.stock_space_mw[at]) <= 0:
            return {"reason": "full", "value": limit, "unit": "MW"}
        return {"reason": "land", "value": float(case.site_values("land_ha")[at]), "unit": "ha"}
    if (room < size * (1 - 1e-9)).all():
        return {"reason": "module", "value": float(room.max()), "unit": "MW"}
    if not case.ready(units.facility)[mine].any():
        return {"reason": "lead", "value": None, "unit": ""}
    return None


def _pue_max(plan: Plan, site: str) -> float | None:
    value = plan.model["sites"].set_index("site")["pue_max"].loc[site]
    return float(value) if np.isfinite(value) else None


class _Forcing:
    """The sums over one site that questions force, discount or take off."""

    def __init__(self, questions: Questions, site: str) -> None:
        self.questions = questions
        self.years = questions.formulation.years
        case = questions.formulation.case
        self.case, self.at = case, case.sites.index(site)
        self.mine = np.where(case.units.site == self.at, 0, -1)
        self.pairs = np.where(case.units.pair_site == self.at, 0, -1)

    def added(self) -> Linear:
        """EFLOPS put into service and MW built there, all years."""
        total = Linear()
        for year in self.years:
            year.variables.add_additions(total, self.pairs)
            year.variables.add_added_space(total, self.mine)
        return total

    def space(self) -> Linear:
        """MW built there, all years."""
        total = Linear()
        for year in self.years:
            year.variables.add_added_space(total, self.mine)
        return total

    def racked(self) -> Linear:
        """MW of IT put into new halls there, all years."""
        units = self.case.units
        rated = self.case.kind_values("it_mw_per_eflops")[units.kind]
        rows = np.where(units.origin[units.unit] == NEW, self.pairs, -1)
        total = Linear()
        for year in self.years:
            year.variables.add_additions(total, rows, rated)
        return total

    def least_mw(self) -> float:
        """The smallest new space that can stand there."""
        v, units = self.years[-1].variables, self.case.units
        fits = (units.site[v.sized] == self.at) & (v.room_mw[v.sized] >= v.module_mw * (1 - 1e-9))
        free = v.room_mw[v.unsized][units.site[v.unsized] == self.at]
        own = [*v.module_mw[fits], *np.minimum(free[free > 0], ANY_SIZE_MW)]
        return float(min(own))

    def capital(self) -> Linear:
        """What `cost_factor` makes up of the cost of new space: annuity and upkeep by capex."""

        def of(year: Year) -> Linear:
            return year.variables.add_new_space(Linear(), self.mine, _by_factor(year))

        return self._sum(of)

    def energy(self) -> Linear:
        """GWh from the grid: mcny for each CNY/kWh."""

        def of(year: Year) -> Linear:
            return Linear().add(year.variables.grid, 0, np.array([self.at]))

        return self._sum(of)

    def _sum(self, of: Callable[[Year], Linear]) -> Linear:
        total = Linear()
        for year in self.years:
            total = total.plus(of(year), year.weight)
        return total

    def unit_capital(self) -> float:
        """The least that a MW there costs of `capital`, mcny in one of the periods."""
        units = self.case.units
        mine = (units.site == self.at) & (units.origin == NEW)
        return float(min(_by_factor(year)[mine].min() * year.weight for year in self.years))


def _by_factor(year: Year) -> Floats:
    """Unit → annual cost of a MW of new space that follows the site's cost factor, mcny."""
    case, units = year.case, year.case.units
    share = case.facility_values("opex_share") * case.facility_values("capex_mcny_per_mw")
    factor = case.site_values("cost_factor")[units.site]
    found: Floats = case.facility_annuity + share[units.facility] * factor
    return found


def _into(forcing: _Forcing) -> dict[str, Any]:
    """The cost with the least new space there, and the falls with which it would be chosen."""
    questions, size = forcing.questions, forcing.least_mw()
    inside = {"in": (forcing.racked().times(-1.0), -min(size, ANY_SIZE_MW))}
    without = {"out": (forcing.space(), 0.0)}
    forced = questions.least(inside)
    found: dict[str, Any] = {
        "status": forced.status,
        "least_mw": size,
        **questions.rise(forced),
        "capital": None,
        "power": None,
        "stopped_by": [],
    }
    if forced.cost_mcny is None:
        found["stopped_by"] = _stopped(forcing, inside)
        return found
    sites = questions.plan.model["sites"].set_index("site")["cost_factor"]
    factor = float(sites.loc[forcing.case.sites[forcing.at]])
    price = float(forcing.case.tariffs["price_cny_per_kwh"].iloc[forcing.at])
    floor = size * forcing.unit_capital()
    found["capital"] = _fall(forcing, inside, without, forcing.capital(), floor)
    found["capital"]["now"] = factor
    found["power"] = _fall(forcing, inside, without, forcing.energy(), None)
    found["power"]["now"] = price
    return found


def _fall(
    forcing: _Forcing,
    inside: Mapping[str, tuple[Linear, float]],
    without: Mapping[str, tuple[Linear, float]],
    sum_: Linear,
    floor: float | None,
) -> dict[str, Any]:
    """By how much a factor of `sum_` has to fall for the site to be chosen (Newton's method).

    The costs with and without new space there, as functions of the fall, are concave; where both
    are equal the site breaks even. `least` and `most` are what the proofs leave open; `least`
    only where every plan with new space has at least `floor` of the sum.
    """
    questions = forcing.questions
    fall, found = 0.0, None
    away = questions.least(dict(without))
    close = max(CLOSE, 10 * questions.work.settings.gap)
    for _ in range(ROUNDS):
        less = sum_.times(fall) if fall else None
        here, mine, theirs = questions.least(dict(inside), less), sum_.value(), 0.0
        if floor is None:  # what stands there already uses it too
            away = questions.least(dict(without), less)
            theirs = sum_.value()
        if here.cost_mcny is None or away.cost_mcny is None or mine - theirs <= CLOSE:
            break
        step = (here.cost_mcny - away.cost_mcny) / (mine - theirs)
        found = _Even(fall, here, away, mine - theirs, max(fall + step, 0.0))
        if abs(step) <= close * max(1.0, fall) or fall + step <= 0:
            break
        fall += step
    return {"fall": None, "least": None, "most": None} if found is None else found.record(floor)


@dataclass(frozen=True)
class _Even:
    """Both answers at a fall, how much more of the sum one of them has, and the next fall."""

    at: float
    here: Forced
    away: Forced
    amount: float
    fall: float

    def record(self, floor: float | None) -> dict[str, Any]:
        """The fall with what the bounds of both answers leave open of it."""
        assert self.here.cost_mcny is not None
        assert self.away.cost_mcny is not None
        least = most = None
        if self.away.bound_mcny is not None:
            rest = self.here.cost_mcny - self.away.bound_mcny
            most = max(self.fall, self.at + rest / self.amount)
        if floor and self.here.bound_mcny is not None:
            rest = self.away.cost_mcny - self.here.bound_mcny
            least = min(self.fall, max(0.0, self.at - rest / floor))
        return {"fall": self.fall, "least": least, "most": most}


def _stopped(forcing: _Forcing, inside: Mapping[str, tuple[Linear, float]]) -> list[dict[str, str]]:
    """The limits and targets with which new space at the site cannot hold together."""
    from layout.algebra import irreducible
    from layout.solving.limits import LIMITS

    work = forcing.questions.work
    for key, (linear, limit) in inside.items():
        work.formulation.keep_linear(f"asked_{key}", linear, limit, "what is asked")
    compiled = work.compile(work.aim("cost"))
    found = irreducible(compiled, time_limit_s=5.0)
    for key in inside:
        work.formulation.release(f"asked_{key}")
    named = []
    for row in () if found is None else found.rows:
        family, _, rest = str(row.name).partition("[")
        parts = rest.rstrip("]").replace("'", "").split(",")
        if family in LIMITS:
            named.append({"limit": LIMITS[family][0], "place": parts[0].strip()})
        elif family == "target":
            named.append({"limit": "target", "place": parts[0].strip()})
    return named
