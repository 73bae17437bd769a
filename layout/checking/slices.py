"""Time slices: load, power, renewables and batteries of every slice, worked out again.

The slices that a run uses are merged from those of the tables (`layout.model.slices`); which
rows were merged is read off the labels of the plan, the means are taken here.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed, keys
from layout.checking.extra import extra_energy
from layout.checking.facts import GWH_PER_MW, Floats, annuity
from layout.checking.findings import ROW
from layout.checking.hardware import running
from layout.checking.renewables import contracts, fuel_gwh

DISPATCH, LOADS, FLEXIBLE = "dispatch.csv", "loads.csv", "flexible.csv"
SHIFTED, CARRIED = "shifted.csv", "carried.csv"
KEYS = ("province", "technology", "workload", "tariff_zone", "climate_zone")
PEAK_MCNY = 0.012  # mcny per MW and year for one CNY per kW and month


@lru_cache(maxsize=4)
def slices_of(case: Case) -> pd.DataFrame:
    """Slice of the plan → hours, day, block_hours, members (slices of the table), in order."""
    table = case.plan.model["slices"]
    table = table.sort_values(["day", "start_hour", "slice"]).reset_index(drop=True)
    hours = table["hours"] * 8760 / table["hours"].sum()
    days = hours.groupby(table["day"]).transform("sum") / 24
    place = {name: at for at, name in enumerate(table["slice"])}
    rows = []
    for label in dict.fromkeys(case.table("dispatch")["slice"]):
        first, _, last = str(label).partition("..") if label not in place else (label, "", "")
        start, stop = place.get(first, 0), place.get(last or first, -1)
        rows.append(
            {
                "slice": label,
                "hours": float(hours[start : stop + 1].sum()),
                "day": table["day"].iloc[start],
                "block_hours": float((hours / days)[start : stop + 1].sum()),
                "start": start,
                "stop": stop + 1,
            }
        )
    return pd.DataFrame(rows).sort_values("start").set_index("slice")


class Profiles:
    """Series over the slices of the plan, from the tables."""

    def __init__(self, case: Case) -> None:
        self.case, self.slices = case, slices_of(case)
        model = case.plan.model
        table = model["slices"].sort_values(["day", "start_hour", "slice"])
        self.labels = list(table["slice"])
        self.weight = (table["hours"] / table["hours"].sum()).to_numpy(dtype=float)
        self.rows = model["profiles"]

    def of(self, *, flat: float = 1.0, **keys: str) -> Floats:
        """The profile of just these keys, mean 1 over the year, by slice of the plan."""
        values = self.stated(flat=flat, **keys)
        return np.array(
            [
                np.average(values[a:b], weights=self.weight[a:b])
                for a, b in zip(self.slices["start"], self.slices["stop"], strict=True)
            ]
        )

    def stated(self, *, flat: float = 1.0, **keys: str) -> Floats:
        """The profile of just these keys, mean 1 over the year, by slice of the table."""
        values = self._stated(keys)
        if values is None:
            return np.full(len(self.labels), flat)
        mean = float((values * self.weight).sum())
        return values / mean if mean > 0 else values

    def known(self, **keys: str) -> bool:
        """Whether the table has that profile."""
        return self._stated(keys) is not None

    def _stated(self, keys: dict[str, str]) -> Floats | None:
        mask = np.ones(len(self.rows), dtype=bool)
        for name in KEYS:
            mask &= (self.rows[name] == keys.get(name, "")).to_numpy()
        found = self.rows[mask]
        if found.empty:
            return None
        values = found.set_index("slice")["value"].reindex(self.labels).fillna(0.0)
        return values.to_numpy(dtype=float)

    def _place(self, site: str, column: str) -> str:
        return str(self.case.facts.tables["sites"].at[site, column])

    def price(self, site: str) -> Floats:
        """Tariff factor of a site: of its tariff zone, else its province, else the nation."""
        zone, province = self._place(site, "tariff_zone"), self._place(site, "province")
        if zone and self.known(tariff_zone=zone):
            return self.of(tariff_zone=zone)
        if province and self.known(province=province):
            return self.of(province=province)
        return self.of()

    def cooling(self, site: str) -> Floats:
        """Cooling factor of a site."""
        zone = self._place(site, "climate_zone")
        return self.of(climate_zone=zone) if zone else np.ones(len(self.slices))


def shifts(case: Case) -> pd.Series:
    """Workload → whether who serves it is decided slice by slice."""
    table = case.plan.model["workloads"].set_index("workload")
    return table["shiftable"] & table["split"] & (table["flexible"] != "week")


def load_peaks(case: Case) -> pd.Series:
    """Workload → highest load of a slice of the table over the mean of the year.

    Work that may wait rises to its ceiling; work that shifts to the higher of both.
    """
    table = case.plan.model["workloads"].set_index("workload")
    hours = case.plan.model["slices"].set_index("slice")["hours"]
    rows = case.plan.model["profiles"]
    top = pd.Series(1.0, table.index)
    for workload, of in rows[rows["workload"] != ""].groupby("workload"):
        values = of.set_index("slice")["value"].reindex(hours.index, fill_value=0.0)
        mean = float((values * hours).sum() / hours.sum())
        top.loc[str(workload)] = float(values.max()) / mean if mean > 0 else 1.0
    ceiling = 1 + case.plan.model.settings.slices.flexible_headroom
    top[table["flexible"].isin(["day", "week"])] = ceiling
    return top.where(~shifts(case), top.clip(lower=ceiling))


def _wide(frame: pd.DataFrame, keys: list[str], value: str, slices: pd.DataFrame) -> pd.DataFrame:
    """Rows by keys, a column per slice."""
    if frame.empty:
        index = frame.set_index(keys).index
        return pd.DataFrame(np.empty((0, len(slices))), index=index, columns=slices.index)
    wide = frame.pivot_table(index=keys, columns="slice", values=value, aggfunc="sum")
    return wide.reindex(columns=slices.index, fill_value=0.0).fillna(0.0)


def check_slices(case: Case) -> None:
    """Every condition on ``dispatch``, ``loads`` and ``flexible``."""
    profiles = Profiles(case)
    slices = profiles.slices
    total = float(slices["hours"].sum())
    case.findings.equal("slice_mean", (DISPATCH, None), total, 8760.0)
    loads = _wide(case.table("loads"), ["unit", "kind"], "load_eflops", slices)
    _limits(case, loads)
    _means(case, loads, slices)
    _balance(case, loads, profiles)
    _windows(case, slices)
    _shifted(case, profiles)
    _patterns(case, profiles)
    _power(case, loads, profiles)
    _supply(case, profiles)
    _batteries(case, slices)
    _plant_storage(case)


def _units(case: Case, loads: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``units`` in the order of the loads."""
    return case.units.set_index(["unit", "kind"]).reindex(loads.index)


def _limits(case: Case, loads: pd.DataFrame) -> None:
    """load ≤ max_utilisation · installed in every slice."""
    units = _units(case, loads)
    usable = (units["limit"] * units["compute_eflops"]).fillna(0.0)
    peak = loads.max(axis=1)
    case.findings.at_most("slice_limit", keyed(LOADS, loads.index), peak, usable)


def _means(case: Case, loads: pd.DataFrame, slices: pd.DataFrame) -> None:
    """Σ hours · load / 8760 is the load of the year."""
    mean = (loads * slices["hours"]).sum(axis=1) / 8760
    stated = case.units.set_index(["unit", "kind"])["load_eflops"]
    index = mean.index.union(stated.index)
    mean, stated = mean.reindex(index, fill_value=0.0), stated.reindex(index, fill_value=0.0)
    case.findings.equal("slice_mean", keyed(LOADS, index), mean, stated, least=ROW)


def _hosted(case: Case) -> pd.DataFrame:
    """Site, workload, kind → EFLOPS served there, need, window, whether it shifts."""
    table, by = case.facts.tables["workloads"], ["site", "workload", "kind"]
    sums = running(case).groupby(by).agg(served_eflops=("eflops", "sum"), need=("need", "first"))
    sums = sums.reset_index()
    return sums.assign(
        window=table["flexible"].reindex(sums["workload"]).to_numpy(dtype=object),
        shifts=shifts(case).reindex(sums["workload"], fill_value=False).to_numpy(dtype=bool),
    )


def _bent(hosted: pd.DataFrame) -> pd.Series:
    """Row of `_hosted` → whether its load is stated slice by slice."""
    return hosted["window"].isin(["day", "week"]) | hosted["shifts"]


def _balance(case: Case, loads: pd.DataFrame, profiles: Profiles) -> None:
    """Σ_u load = Σ need·(shape · served (rigid) + flexible load), by site, kind and slice."""
    slices = profiles.slices
    hosted = _hosted(case)
    rigid = hosted[~_bent(hosted)]
    rows = np.array(
        [
            eflops * profiles.of(workload=name)
            for name, eflops in zip(
                rigid["workload"], rigid["served_eflops"] * rigid["need"], strict=True
            )
        ]
    ).reshape(len(rigid), len(slices))
    asked = pd.DataFrame(rows, columns=slices.index)
    asked = asked.groupby([rigid["site"].to_numpy(), rigid["kind"].to_numpy()]).sum()
    asked.index = asked.index.set_names(["site", "kind"])
    bent = _wide(case.table("flexible"), ["site", "workload", "kind"], "load_eflops", slices)
    if len(bent):
        each = hosted.set_index(["site", "workload", "kind"])["need"]
        bent = bent.mul(each.reindex(bent.index, fill_value=0.0), axis=0)
        bent = bent.groupby(level=["site", "kind"]).sum()
        asked = pd.concat([asked, bent]).groupby(level=["site", "kind"]).sum()
    units = _units(case, loads)
    at = [units["site"].to_numpy(), loads.index.get_level_values(1).to_numpy()]
    runs = loads.groupby(at).sum()
    runs.index = runs.index.set_names(["site", "kind"])
    index = asked.index.union(runs.index)
    asked, runs = asked.reindex(index, fill_value=0.0), runs.reindex(index, fill_value=0.0)
    names = index.set_names(["site", "kind"]).to_frame(index=False)
    for label in slices.index:
        place = LOADS, names.assign(slice=label)
        case.findings.equal("slice_load", place, runs[label], asked[label], least=ROW)


def _windows(case: Case, slices: pd.DataFrame) -> None:
    """Flexible work is done in its day or year, and below its ceiling; what shifts in the year."""
    hosted = _hosted(case)
    bent = hosted[_bent(hosted)].set_index(["site", "workload", "kind"])
    if bent.empty and case.table("flexible").empty:
        return
    key = ["site", "workload", "kind"]
    loads = _wide(case.table("flexible"), key, "load_eflops", slices)
    index = bent.index.union(loads.index)
    loads = loads.reindex(index, fill_value=0.0)
    served = bent["served_eflops"].reindex(index, fill_value=0.0)
    place = keyed(FLEXIBLE, index)
    top = load_peaks(case).reindex(index.get_level_values("workload")).to_numpy(dtype=float)
    most = np.nan_to_num(top) * served
    case.findings.at_most("slice_window", place, loads.max(axis=1), most, size=served)
    work = loads * slices["hours"]
    case.findings.equal(
        "slice_window", place, work.sum(axis=1), 8760 * served, size=8760 * served, least=ROW
    )
    daily = (bent["window"].where(~bent["shifts"]).reindex(index) == "day").to_numpy(dtype=bool)
    for day, of_day in slices.groupby("day"):
        hours = float(of_day["hours"].sum())
        done = work[of_day.index].sum(axis=1)[daily]
        where = FLEXIBLE, index[daily].to_frame(index=False).assign(day=str(day))
        asked = hours * served[daily]
        case.findings.equal("slice_window", where, done, asked, size=asked, least=ROW)


def _shifted(case: Case, profiles: Profiles) -> None:
    """Work that shifts: its zone's in every slice or day, its site's over the year and in each.

    Σ_i shifted is the load of the zone in the slice, or what it asks for in the day; Σ_s is what
    the site serves it in the year; no slice rises above the ceiling; Σ_z is the load of the site.
    """
    slices, key = profiles.slices, ["site", "zone", "workload"]
    shifted = _wide(case.table("shifted"), key, "served_eflops", slices)
    service = case.service[shifts(case).reindex(case.service["workload"]).to_numpy(dtype=bool)]
    if shifted.empty and service.empty:
        return
    index = shifted.index.union(pd.MultiIndex.from_frame(service[key]))
    shifted = shifted.reindex(index, fill_value=0.0)
    served = service.set_index(key)["served_eflops"].reindex(index, fill_value=0.0)
    place, code = keyed(SHIFTED, index), "slice_shifted"
    mean = (shifted * slices["hours"]).sum(axis=1) / 8760
    case.findings.equal(code, place, mean, served, least=ROW)
    work = index.get_level_values("workload")
    top = load_peaks(case).reindex(work).to_numpy(dtype=float)
    case.findings.at_most(code, place, shifted.max(axis=1), top * served, size=served)
    _asked(case, profiles, shifted, served)
    bent = _wide(case.table("flexible"), ["site", "workload"], "load_eflops", slices)
    own = shifts(case)
    bent = bent[own.reindex(bent.index.get_level_values("workload")).to_numpy(dtype=bool)]
    each = case.away_work(shifted.index.to_frame(index=False))
    done = shifted.mul(each, axis=0).groupby(level=["site", "workload"]).sum()
    index = bent.index.union(done.index)
    bent, done = bent.reindex(index, fill_value=0.0), done.reindex(index, fill_value=0.0)
    names = index.to_frame(index=False)
    for label in slices.index:
        where = FLEXIBLE, names.assign(slice=label)
        case.findings.equal(code, where, bent[label], done[label], least=ROW)


def _asked(case: Case, profiles: Profiles, shifted: pd.DataFrame, served: pd.Series) -> None:
    """What a zone is served in a slice follows its load; of work of the day, in the day."""
    slices, key = profiles.slices, ["zone", "workload"]
    waits = case.plan.model["workloads"].set_index("workload")["flexible"]
    done, asked = shifted.groupby(level=key).sum(), served.groupby(level=key).sum()
    for workload, of in done.groupby(level="workload"):
        mean, names = asked.reindex(of.index), of.index.to_frame(index=False)
        if waits[str(workload)] == "day":
            for day, labels in slices.groupby("day").groups.items():
                hours = slices.loc[labels, "hours"]
                found = (of[labels] * hours).sum(axis=1) / hours.sum()
                where = SHIFTED, names.assign(day=str(day))
                case.findings.equal("slice_shifted", where, found, mean, size=mean, least=ROW)
            continue
        shape = profiles.of(workload=str(workload))
        for label, level in zip(slices.index, shape, strict=True):
            where = SHIFTED, names.assign(slice=label)
            wanted = level * mean
            case.findings.equal("slice_shifted", where, of[label], wanted, size=mean, least=ROW)


MOST_PATTERNS = 48
STEPS = (1e-6, 0.01, 0.02, 0.05, 0.1, 0.2)


def _load_patterns(case: Case, profiles: Profiles) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Load before slices were merged: hours and day by pattern; workload × pattern.

    Slices of the table with the same rigid load are one pattern, of each day where some work has
    to be done in its day; told apart less finely where there are more than 48.
    """
    works = case.facts.tables["workloads"]
    shapes = pd.DataFrame({name: profiles.stated(workload=name) for name in works.index})
    daily = (works["flexible"] == "day").any()
    table = case.plan.model["slices"].sort_values(["day", "start_hour", "slice"])
    day = table["day"].to_numpy() if daily else np.full(len(table), "")
    rigid = shapes[[name for name in works.index if works.at[name, "flexible"] == "no"]]
    for step in STEPS:
        keys = [day, *(np.round(rigid[name].to_numpy(dtype=float) / step) for name in rigid)]
        member = pd.Series(list(zip(*keys, strict=True))).factorize()[0]
        if member.max() < MOST_PATTERNS:
            break
    hours = pd.Series(8760 * profiles.weight)
    total = hours.groupby(member).sum()
    means = shapes.mul(hours, axis=0).groupby(member).sum().div(total, axis=0)
    return pd.DataFrame({"hours": total, "day": pd.Series(day).groupby(member).first()}), means.T


def _patterns(case: Case, profiles: Profiles) -> None:
    """Hardware suffices for the load as the tables state it, which merged slices smooth.

    Rigid load alone fits in every pattern; what it leaves, up to the ceiling of flexible work,
    is enough for all of that, in the year and, for work of the day, in each day.
    """
    if len(profiles.slices) == len(profiles.labels):
        return
    patterns, shapes = _load_patterns(case, profiles)
    hosted = _hosted(case)
    peak = hosted["served_eflops"] * hosted["need"]
    units = case.units
    usable = (units["limit"] * units["compute_eflops"]).groupby([units["site"], units["kind"]])
    place = [hosted["site"], hosted["kind"]]
    rigid = hosted["window"] == "no"
    load = shapes.loc[hosted["workload"]].to_numpy() * peak.where(rigid, 0.0).to_numpy()[:, None]
    asked = pd.DataFrame(load).groupby([part.to_numpy() for part in place]).sum()
    most = usable.sum().reindex(asked.index, fill_value=0.0)
    where = keyed("units.csv", asked.index.set_names(["site", "kind"]))
    case.findings.at_most("pattern_limit", where, asked.max(axis=1), most)
    left = (-asked).add(most, axis=0).clip(lower=0.0)
    ceiling = 1 + case.plan.model.settings.slices.flexible_headroom
    day_of = patterns["day"].to_numpy()
    for windows, groups in (
        (("day", "week"), [np.ones(len(day_of), dtype=bool)]),
        (("day",), [day_of == day for day in sorted(set(day_of))]),
    ):
        waits = peak.where(hosted["window"].isin(windows), 0.0)
        waits = waits.groupby(place).sum().reindex(asked.index, fill_value=0.0)
        room = left.clip(upper=ceiling * waits, axis=0) * patterns["hours"]
        for group in groups:
            work = waits * float(patterns["hours"][group].sum())
            done = room.loc[:, group].sum(axis=1)
            case.findings.at_most("pattern_limit", where, work, done, size=work, least=ROW)


def _drawn(case: Case, loads: pd.DataFrame, profiles: Profiles) -> pd.DataFrame:
    """Site × slice: MW of the facilities with the cooling of the slice."""
    units = case.units.set_index(["unit", "kind"])
    loads = loads.reindex(units.index, fill_value=0.0)
    idle = case.facts.numbers("kinds", "idle_power_share", units.index.get_level_values(1))
    rated, limit = units["rated"].to_numpy(), units["limit"].to_numpy()
    it = (rated * idle * units["compute_eflops"].to_numpy())[:, None] + (
        rated * (1 - idle) / limit
    )[:, None] * loads.to_numpy()
    sites = list(case.facts.tables["sites"].index)
    cooling = {site: profiles.cooling(site) for site in set(units["site"])}
    factor = np.array([cooling[site] for site in units["site"]])
    slope = (units["pue"] - units["fixed_overhead"]).to_numpy()[:, None]
    fixed = (units["fixed_overhead"] * units["space_mw"]).to_numpy()[:, None]
    power = pd.DataFrame(slope * factor * it + fixed, columns=profiles.slices.index)
    return power.groupby(units["site"].to_numpy()).sum().reindex(sites, fill_value=0.0)


def facility_gwh(case: Case) -> pd.Series:
    """Facility energy of every row of ``units``, GWh, with the cooling of each slice."""
    profiles = Profiles(case)
    loads = _wide(case.table("loads"), ["unit", "kind"], "load_eflops", profiles.slices)
    units = case.units
    rows = pd.MultiIndex.from_frame(units[["unit", "kind"]])
    each = loads.reindex(rows, fill_value=0.0).to_numpy()
    idle = case.facts.numbers("kinds", "idle_power_share", units["kind"])
    cooling = {site: profiles.cooling(site) for site in set(units["site"])}
    factor = np.array([cooling[site] for site in units["site"]])
    hours = profiles.slices["hours"].to_numpy()
    running = (units["rated"] * (1 - idle) / units["limit"]).to_numpy()
    it = units["rated"] * idle * units["compute_eflops"] * GWH_PER_MW
    it = it + running * (each * factor * hours).sum(axis=1) / 1000
    overhead = units["fixed_overhead"]
    return (units["pue"] - overhead) * it + overhead * units["space_mw"] * GWH_PER_MW


def _power(case: Case, loads: pd.DataFrame, profiles: Profiles) -> None:
    """Facilities draw what is supplied in every slice.

    grid + renewable + plants with carbon + discharge − charge.
    """
    slices = profiles.slices
    frame = case.table("dispatch")
    place = keys("dispatch", frame)
    supply = frame["grid_mw"] + frame["renewable_mw"] + frame["discharge_mw"] - frame["charge_mw"]
    fuel = case.table("fuel").set_index(["site", "slice"])["fuel_mw"]
    at = pd.MultiIndex.from_frame(frame[["site", "slice"]])
    supply = supply + fuel.reindex(at, fill_value=0.0).to_numpy(dtype=float)
    case.findings.equal("slice_power", place, frame["facility_mw"], supply, least=ROW)
    hours = slices["hours"].reindex(frame["slice"]).to_numpy(dtype=float)
    case.findings.equal("slice_mean", place, frame["hours"], hours)
    drawn = _drawn(case, loads, profiles)
    other = extra_energy(case).reindex(drawn.index, fill_value=0.0) / GWH_PER_MW
    drawn = drawn.add(other, axis=0)
    given = _wide(frame, ["site"], "facility_mw", slices).reindex(drawn.index, fill_value=0.0)
    for label in slices.index:
        where = DISPATCH, pd.DataFrame({"site": drawn.index, "slice": label})
        case.findings.equal("slice_power", where, given[label], drawn[label], least=ROW)


def _supply(case: Case, profiles: Profiles) -> None:
    """Slices add up to the energy of the year; plants stay below what blows, shines or is had."""
    frame = case.table("dispatch")
    energy = case.table("energy").set_index("site")
    found, fuel = contracts(case), case.table("fuel")
    fuel = fuel.assign(hours=profiles.slices["hours"].reindex(fuel["slice"]).to_numpy(float))
    for table, column, total in (
        (frame, "grid_mw", energy["grid_gwh"]),
        (frame, "renewable_mw", energy["renewable_gwh"]),
        (fuel, "fuel_mw", fuel_gwh(case)),
    ):
        sums = (table[column] * table["hours"] / 1000).groupby(table["site"]).sum()
        index = sums.index.union(total.index)
        sums, stated = (of.reindex(index, fill_value=0.0) for of in (sums, total))
        case.findings.equal("slice_mean", keyed(DISPATCH, index), sums, stated, least=ROW)
    sites = sorted({*frame["site"], *fuel["site"]})
    yields = _yields(case, profiles)
    bought = pd.DataFrame(0.0, index=sites, columns=profiles.slices.index)
    for name, column, mine in (
        ("dispatch", "renewable_mw", found["carbon"] == 0),
        ("fuel", "fuel_mw", found["carbon"] > 0),
    ):
        most = yields[mine.to_numpy(dtype=bool)].groupby(level="site").sum()
        most = most.reindex(sites, fill_value=0.0)
        used = _wide(case.table(name), ["site"], column, profiles.slices)
        used = used.reindex(sites, fill_value=0.0)
        bought = bought + used
        for label in profiles.slices.index:
            where = f"{name}.csv", pd.DataFrame({"site": sites, "slice": label})
            case.findings.at_most("slice_renewable", where, used[label], most[label], least=ROW)
    if not case.plan.model["corridors"].empty:
        check_carried(case, profiles, bought)


def _yields(case: Case, profiles: Profiles) -> pd.DataFrame:
    """(site, source, technology, seller) of every contract × slice: MW that blow or shine."""
    found = contracts(case)
    names = ["site", "source", "technology", "seller"]
    rows = zip(
        found["seller"].fillna(""), found["technology"], found["contract_mw"], found["gwh_per_mw"],
        strict=True,
    )  # fmt: skip
    values = [
        contract * np.nan_to_num(gwh_per_mw) / GWH_PER_MW
        * profiles.of(province=str(seller), technology=technology)
        for seller, technology, contract, gwh_per_mw in rows
    ]  # fmt: skip
    index = pd.MultiIndex.from_frame(found[names])
    shape = np.array(values, dtype=float).reshape(len(found), len(profiles.slices))
    return pd.DataFrame(shape, index=index, columns=profiles.slices.index)


def check_carried(case: Case, profiles: Profiles, used: pd.DataFrame) -> None:
    """Power through corridors: within the yield and the corridor in every slice, and complete.

    What a site uses besides comes from contracts that take no corridor with a limit; over the
    year the slices come to what the contract says.
    """
    slices, key = profiles.slices, ["site", "source", "technology"]
    limits = case.plan.model["corridors"].set_index(["from", "to"])["capacity_mw"]
    yields = _yields(case, profiles)
    sites = yields.index.get_level_values("site")
    ends = pd.MultiIndex.from_arrays(
        [yields.index.get_level_values("seller"), case.facts.words("sites", "province", sites)]
    )
    through = ends.isin(limits.index)
    carried = _wide(case.table("carried"), key, "used_mw", slices)
    limited = yields[through].droplevel("seller")
    index = carried.index.union(limited.index)
    carried = carried.reindex(index, fill_value=0.0)
    most = limited.reindex(index, fill_value=0.0)
    stated = contracts(case).set_index(key)["used_gwh"].reindex(index, fill_value=0.0)
    gwh = (carried * slices["hours"]).sum(axis=1) / 1000
    case.findings.equal("corridor", keyed(CARRIED, index), gwh, stated, least=ROW)
    other = yields[~through].groupby(level="site").sum().reindex(used.index, fill_value=0.0)
    rest = used - carried.groupby(level="site").sum().reindex(used.index, fill_value=0.0)
    of = pd.Series(list(ends[through]), index=limited.index).reindex(index)
    known = of.notna().to_numpy()
    lines = pd.MultiIndex.from_tuples(list(of[known]), names=["from", "to"])
    for label in slices.index:
        names = index.to_frame(index=False).assign(slice=label)
        where = CARRIED, names
        case.findings.at_most("corridor", where, carried[label], most[label], least=ROW)
        where = DISPATCH, pd.DataFrame({"site": used.index, "slice": label})
        case.findings.at_most("corridor", where, rest[label], other[label], least=ROW)
        sums = pd.Series(carried[label][known].to_numpy(), lines).groupby(level=[0, 1]).sum()
        where = CARRIED, sums.index.to_frame(index=False).assign(slice=label)
        case.findings.at_most("corridor", where, sums, limits.reindex(sums.index))


def _batteries(case: Case, slices: pd.DataFrame) -> None:
    """A battery's level follows its flows, cyclic in the day, within its size."""
    frame, own = case.table("dispatch"), case.plan.model.settings.slices
    place = keys("dispatch", frame)
    size = frame["battery_mwh"]
    if own.battery_capex_mcny_per_mwh is None:
        case.findings.at_most("battery", place, size, 0.0)
    case.findings.at_most("battery", place, frame["level_mwh"], size)
    for column in ("charge_mw", "discharge_mw"):
        case.findings.at_most("battery", place, frame[column], size / own.battery_hours)
    if not (size > 0).any():
        return
    share = own.battery_efficiency**0.5
    wide = {
        column: _wide(frame, ["site"], column, slices)
        for column in ("charge_mw", "discharge_mw", "level_mwh")
    }
    for _, of_day in slices.groupby("day", sort=False):
        labels = list(of_day.index)
        for here, after in zip(labels, [*labels[1:], labels[0]], strict=True):
            hours = float(of_day["block_hours"][here])
            change = share * wide["charge_mw"][here] - wide["discharge_mw"][here] / share
            expected = wide["level_mwh"][here] + hours * change
            where = DISPATCH, pd.DataFrame({"site": expected.index, "slice": after})
            found = wide["level_mwh"][after]
            case.findings.equal("battery", where, found, expected, least=ROW)


def _plant_storage(case: Case) -> None:
    """Storage at a site ≥ battery_hours · Σ storage_ratio · capacity under contract there."""
    found, own = contracts(case), case.plan.model.settings.slices
    asked = own.battery_hours * found["ratio"] * found["contract_mw"]
    asked = asked.groupby(found["site"]).sum()
    asked = asked[asked > 0]
    held = case.table("dispatch").groupby("site")["battery_mwh"].min()
    held = held.reindex(asked.index, fill_value=0.0)
    case.findings.at_least("plant_storage", keyed(DISPATCH, asked.index), held, asked)


def battery_energy(case: Case) -> pd.Series:
    """What batteries lose in a year, GWh by site: charge less discharge."""
    frame = case.table("dispatch")
    lost = (frame["charge_mw"] - frame["discharge_mw"]) * frame["hours"] / 1000
    return lost.groupby(frame["site"]).sum()


def slice_cost(case: Case) -> pd.DataFrame:
    """Site, component, mcny a year: time of use, capacity charge, batteries."""
    profiles, frame = Profiles(case), case.table("dispatch")
    grid = _wide(frame, ["site"], "grid_mw", profiles.slices)
    hours = profiles.slices["hours"].to_numpy()
    power = case.facts.power.reindex(grid.index)
    price = (power["price_cny_per_kwh"] * (1 - power["backup"])).to_numpy()
    swing = np.array([profiles.price(site) - 1 for site in grid.index]).reshape(grid.shape)
    use = price * (grid.to_numpy() * swing * hours).sum(axis=1) / 1000
    charge = _capacity_price(case, grid.index) * PEAK_MCNY * grid.max(axis=1).to_numpy()
    own = case.plan.model.settings.slices
    battery = frame.groupby("site")["battery_mwh"].max().reindex(grid.index).to_numpy()
    capex = own.battery_capex_mcny_per_mwh or 0.0
    rate = case.plan.model.settings.economy.discount_rate
    store = battery * capex * annuity(rate, np.array(own.battery_life_years))
    parts = {"grid_energy": use, "capacity_charge": charge, "battery": store}
    return pd.concat(
        [
            pd.DataFrame({"site": grid.index, "component": name, "mcny": values})
            for name, values in parts.items()
        ],
        ignore_index=True,
    )


def _capacity_price(case: Case, sites: pd.Index) -> Floats:
    """CNY per kW and month of each site: of its tariff zone, else of its province, else 0."""
    table, own = case.plan.model["power"], case.facts.tables["sites"].reindex(sites)
    zones = table[table["tariff_zone"] != ""].set_index("tariff_zone")["capacity_cny_per_kw_month"]
    rest = table[table["tariff_zone"] == ""].set_index("province")["capacity_cny_per_kw_month"]
    first = zones.reindex(own["tariff_zone"]).to_numpy(dtype=float)
    second = rest.reindex(own["province"]).to_numpy(dtype=float)
    return np.nan_to_num(np.where(np.isnan(first), second, first))
