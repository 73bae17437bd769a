"""Storage: what stands, what compute and data need, its media, and copies in other regions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.checking.case import Case, keyed, keys
from layout.checking.facts import GWH_PER_MW, Floats, annuity
from layout.checking.findings import ROW
from layout.once import once

FILE = "storage.csv"
MEDIA = ("disk", "ssd")
COLUMNS = ["disk_eb", "ssd_eb", "added_disk_eb", "added_ssd_eb"]
COLUMNS += ["needed_eb", "kept_eb", "backup_eb"]


@once
def held(case: Case) -> pd.DataFrame:
    """``storage`` of the year for every site."""
    frame = case.table("storage").drop_duplicates("site").set_index("site")[COLUMNS]
    frame = frame.fillna({"kept_eb": 0.0})  # a plan older than the column
    return frame.reindex(pd.Index(_sites(case), name="site"), fill_value=0.0)


def _sites(case: Case) -> list[str]:
    return list(case.plan.model["sites"]["site"])


def _added(case: Case, medium: str) -> Floats:
    """EB of a medium by site that the plan put into service up to the year and that stand."""
    life = case.plan.model.settings.storage.life_years
    total = np.zeros(len(_sites(case)))
    for year in (*case.earlier, case):
        if case.year - year.year < life:
            total = total + held(year)[f"added_{medium}_eb"].to_numpy(dtype=float)
    return total


def check_storage(case: Case) -> None:
    """Every condition on storage and its copies."""
    frame, own = held(case), case.plan.model.settings.storage
    place = keyed(FILE, frame.index)
    existing = case.plan.model["storage"].set_index("site").reindex(frame.index)
    for medium in MEDIA:
        stands = existing[f"{medium}_eb"].fillna(0.0).to_numpy(dtype=float) + _added(case, medium)
        case.findings.equal("storage_standing", place, frame[f"{medium}_eb"], stands)
    needed = _needed(case)
    case.findings.equal("storage_needed", place, frame["needed_eb"], needed, least=ROW)
    total = frame["disk_eb"] + frame["ssd_eb"]
    own_data = needed + frame["kept_eb"]
    case.findings.at_most("storage_need", place, own_data + frame["backup_eb"], total)
    share = own.min_ssd_share * total
    case.findings.at_least("storage_ssd", place, frame["ssd_eb"], share)
    _space(case, frame)
    _data(case, frame)
    _copies(case, frame, own_data.to_numpy(dtype=float))


def _space(case: Case, frame: pd.DataFrame) -> None:
    """What storage of the plan and the racked IT draw fits into the halls of the site."""
    own = case.plan.model.settings.storage
    rated = {"disk": own.disk_mw_per_eb, "ssd": own.ssd_mw_per_eb}
    if not any(rated.values()):
        return
    sums = case.units.groupby("site")[["it_mw", "space_mw"]].sum()
    sums = sums.reindex(frame.index, fill_value=0.0)
    drawn = sum(power * _added(case, medium) for medium, power in rated.items()) + sums["it_mw"]
    place = keyed(FILE, frame.index)
    case.findings.at_most("storage_space", place, drawn, sums["space_mw"])


def _needed(case: Case) -> Floats:
    """storage_eb_per_eflops × installed, by site."""
    units = case.units
    each = case.facts.numbers("kinds", "storage_eb_per_eflops", units["kind"])
    amount = np.nan_to_num(each) * units["compute_eflops"]
    return amount.groupby(units["site"]).sum().reindex(_sites(case), fill_value=0.0).to_numpy()


def _asked(case: Case) -> dict[str, float]:
    """Scope → EB of data that may not leave it in the year: the last row of a zone, grown."""
    table = case.plan.model["storage_demand"].sort_values("year", kind="stable")
    table = table[table["year"] <= case.year]
    table = table[~table.duplicated(["zone", "residency"], keep="last")]
    ages = case.year - table["year"].to_numpy(dtype=float)
    grown = table["stored_eb"] * (1 + table["growth_per_year"].to_numpy(dtype=float)) ** ages
    asked: dict[str, float] = {}
    for zone, residency, amount in zip(table["zone"], table["residency"], grown, strict=True):
        scope = "nation"
        if residency != "nation":
            (place,) = case.facts.words("zones", str(residency), [zone])
            scope = f"{residency}:{place}"
        asked[scope] = asked.get(scope, 0.0) + float(amount)
    return asked


def _inside(case: Case, kept: pd.DataFrame) -> NDArray[np.bool_]:
    """Row of ``kept`` → its site lies in its scope, by its own cell or by that of its zone."""
    parts = [str(scope).partition(":") for scope in kept["scope"]]
    of, code = (np.array([part[at] for part in parts], dtype=object) for at in (0, 2))
    found = np.array(kept["scope"] == "nation", dtype=bool)
    home = case.facts.words("sites", "zone", kept["site"])
    for level in ("region", "province"):
        own = case.facts.words("sites", level, kept["site"])
        around = case.facts.words("zones", level, home)
        found |= (of == level) & (code != "") & ((own == code) | (around == code))
    return found


def _data(case: Case, frame: pd.DataFrame) -> None:
    """The data of zones are kept, no more and no less, at sites of the scope they may not leave."""
    kept, asked = case.table("kept"), _asked(case)
    said = kept["scope"].to_numpy(dtype=object)
    case.findings.true("kept_outside", keys("kept", kept), _inside(case, kept), said)
    sums = kept.groupby("scope")["kept_eb"].sum()
    index = sums.index.union(pd.Index(list(asked), dtype=object)).rename("scope")
    wanted = pd.Series(asked, dtype=float).reindex(index, fill_value=0.0)
    found = sums.reindex(index, fill_value=0.0)
    case.findings.equal("storage_demand", keyed("kept.csv", index), found, wanted, least=ROW)
    total = kept.groupby("site")["kept_eb"].sum().reindex(frame.index, fill_value=0.0)
    case.findings.equal("kept_sum", keyed(FILE, frame.index), frame["kept_eb"], total, least=ROW)


def _copies(case: Case, frame: pd.DataFrame, needed: Floats) -> None:
    """Core data have their copies outside their region, no two of them in one region."""
    own, copies = case.plan.model.settings.storage, case.table("backup")
    of_site = case.plan.model["sites"].set_index("site")["region"]
    host = of_site.reindex(copies["site"]).to_numpy(dtype=object)
    source = copies["region"].to_numpy(dtype=object)
    case.findings.true("backup_region", keys("backup", copies), host != source, source)
    sums = copies.groupby("site")["backup_eb"].sum().reindex(frame.index, fill_value=0.0)
    case.findings.equal("backup_sum", keyed(FILE, frame.index), frame["backup_eb"], sums, least=ROW)
    core = pd.Series(own.core_share * needed, index=of_site.to_numpy(dtype=object))
    core = core.groupby(level=0).sum()
    kept = copies.groupby("region")["backup_eb"].sum().reindex(core.index, fill_value=0.0)
    place = keyed("backup.csv", core.index.rename("region"))
    case.findings.at_least("backup_copies", place, kept, own.copies * core)
    if own.copies > 1:
        pairs = copies.assign(host=host).groupby(["region", "host"])["backup_eb"].sum()
        most = core.reindex(pairs.index.get_level_values("region"), fill_value=0.0)
        case.findings.at_most("backup_apart", keyed("backup.csv", pairs.index), pairs, most)


def storage_cost(case: Case) -> pd.DataFrame:
    """Site, component, mcny a year: annuity of what the plan added, upkeep of all that stands."""
    own, frame = case.plan.model.settings.storage, held(case)
    prices = {"disk": own.disk_mcny_per_eb, "ssd": own.ssd_mcny_per_eb}
    factor = annuity(case.plan.model.settings.economy.discount_rate, np.array([own.life_years]))
    mcny = np.zeros(len(frame))
    for medium, price in prices.items():
        mcny = mcny + price * factor * _added(case, medium)
        mcny = mcny + price * own.opex_share * frame[f"{medium}_eb"].to_numpy(dtype=float)
    return pd.DataFrame({"site": frame.index, "component": "storage", "mcny": mcny})


def storage_energy(case: Case) -> pd.Series:
    """GWh a year by site that the storage of the plan draws, cooling included."""
    own = case.plan.model.settings.storage
    rated = {"disk": own.disk_mw_per_eb, "ssd": own.ssd_mw_per_eb}
    total = sum(power * _added(case, medium) for medium, power in rated.items())
    return pd.Series(total * own.pue * GWH_PER_MW, index=_sites(case))
