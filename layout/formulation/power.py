"""Power: energy of every site, grid headroom, renewables, certificates."""

from __future__ import annotations

import numpy as np

from layout.algebra import Index
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.parts import Rows
from layout.formulation.variables import Variables
from layout.model import derive, plants
from layout.units import GWH_PER_MW_YEAR


def energy(v: Variables) -> Rows:
    """What a site uses comes from the grid or from renewables under contract (22).

    grid[i,y] + Σ_g renewable[i,g,y] = 8.76·Σ_units [(PUE − overhead)·IT MW + overhead·space MW];
    GWh a year, IT MW = it_mw_per_eflops·(idle·installed + (1 − idle)·load/max_utilisation) (20).
    """
    case = v.case
    count = len(case.sites)
    rows = Linear(count)
    rows.add(v.grid, np.arange(count), np.arange(count))
    rows.add(v.renewable, v.renewable_site, np.arange(len(v.renewable_site)))
    v.add_facility_energy(rows, case.units.site, -1.0)
    v.add_extra_energy(rows, np.arange(count), -1.0)
    index = v.site_index(np.arange(count))
    return rows.rows(index, lower=0.0, upper=0.0, doc="energy supplied equals energy used, GWh")


def source_index(v: Variables) -> Index:
    """Source, technology, year of the rows of ``renewables``."""
    table = v.renewable_table
    source = np.where(table["site"] != "", table["site"], table["province"]).astype(object)
    year = np.full(len(table), v.case.year)
    technology = table["technology"].to_numpy(dtype=object)
    return Index(("source", "technology", "year"), (source, technology, year))


def renewable_potential(v: Variables) -> Rows:
    """Sites share what their province, or another that sells to them, offers (24)(25).

    Σ_i renewable[i,r,g,y] ≤ 8.76·potential_mw[r,g]·capacity_factor[r,g]; GWh a year.
    """
    table = v.renewable_table
    rows = Linear(len(table))
    rows.add(v.renewable, v.renewable_row, np.arange(len(v.renewable_row)))
    limit = table["potential_mw"].to_numpy(float) * table["capacity_factor"].to_numpy(float)
    upper = GWH_PER_MW_YEAR * limit
    doc = "renewables within the potential of their source, GWh"
    return rows.rows(source_index(v), upper=upper, doc=doc)


def corridor_index(v: Variables) -> Index:
    """From, to, year of the rows of ``corridors``."""
    table = v.case.model["corridors"]
    ends = tuple(table[name].to_numpy(dtype=object) for name in ("from", "to"))
    return Index(("from", "to", "year"), (*ends, np.full(len(table), v.case.year)))


def corridor(v: Variables) -> Rows:
    """What sites buy from plants of another province fits through the corridor between them (R139).

    Σ_{i in q, g in p} renewable[i,p,g,y]/8.76 ≤ capacity_mw[p,q]; MW on average over the year.
    """
    index, row = corridor_index(v), plants.corridor_rows(v.case.model)
    rows = Linear(len(index)).add(v.renewable, row, np.arange(len(row)), 1 / GWH_PER_MW_YEAR)
    upper = v.case.model["corridors"]["capacity_mw"].to_numpy(float)
    return rows.rows(index, upper=upper, doc="power through the corridor, MW")


def certificate_limit(v: Variables) -> Rows:
    """A certificate covers grid energy only, so that no MWh is counted twice (29).

    certificate[i,y] ≤ (1 − h[i])·grid[i,y]; GWh a year, h what generators make of it in outages.
    """
    each = np.arange(len(v.case.sites))
    rows = Linear(len(each))
    rows.add(v.certificate, each, each)
    rows.add(v.grid, each, each, v.case.tariffs["backup_share"].to_numpy(float) - 1.0)
    return rows.rows(v.site_index(each), upper=0.0, doc="certificates cover grid energy, GWh")


def certificate_cap(v: Variables) -> Rows:
    """Certificates on the market are limited (29): Σ_i certificate[i,y] ≤ cap; GWh a year."""
    cap = v.case.economy.certificate_cap_gwh
    years = np.array([v.case.year] if cap is not None else [], dtype=int)
    rows = Linear(len(years))
    each = np.arange(len(v.case.sites))
    row = np.full(len(each), 0 if len(years) else -1)
    rows.add(v.certificate, row, each)
    upper = np.inf if cap is None else cap
    return rows.rows(Index(("year",), (years,)), upper=upper, doc="certificates sold, GWh")


def rated_power(v: Variables, linear: Linear, rows: Ints) -> Linear:
    """Facility MW with all racked compute at rated power, and that of storage, by site's row."""
    case, units = v.case, v.case.units
    row = rows[units.site]
    rated = case.kind_values("it_mw_per_eflops")[units.kind]
    v.add_installed(linear, row[units.unit], units.slope[units.unit] * rated)
    for part, site, mw in v.extra_power:
        linear.add(part, rows[site], np.arange(len(part)), mw)
    return v.add_space(linear, row, units.overhead)


def site_headroom(v: Variables) -> Rows:
    """A site's rated power, stock included, keeps its grid headroom (27).

    Σ_units [(PUE − overhead)·it_mw_per_eflops·installed + overhead·space]
      + PUE of storage·Σ_media mw_per_eb·added and standing[i,y]
      + with time slices above_rated_mw[i,y] ≤ grid_headroom_mw[i]; MW.
    """
    case = v.case
    headroom = case.site_values("grid_headroom_mw")
    limited = np.flatnonzero(np.isfinite(headroom))
    row_of = dense((len(case.sites),))
    row_of[limited] = np.arange(len(limited))
    rows = Linear(len(limited))
    rated_power(v, rows, row_of)
    index = v.site_index(limited)
    return rows.rows(index, upper=headroom[limited], doc="rated power within headroom, MW")


def _power_rows(v: Variables, column: str) -> tuple[list[Ints], Index, Floats]:
    """Rows of ``power`` with a limit: site → row (by tariff zone, by province), index, limits."""
    table = v.case.model["power"]
    limit = table[column].to_numpy(float)
    limited = np.flatnonzero(np.isfinite(limit))
    row_of_table = dense((len(table) + 1,))
    row_of_table[limited] = np.arange(len(limited))
    zoned = (table["tariff_zone"] != "").to_numpy()
    of = np.where(zoned, "tariff_zone", "province")[limited]
    names = np.where(zoned, table["tariff_zone"], table["province"])[limited]
    index = Index(("of", "name", "year"), (of, names, np.full(len(limited), v.case.year)))
    rows = [row_of_table[row] for row in derive.power_rows(v.case.model)]
    return rows, index, limit[limited]


def power_headroom(v: Variables) -> Rows:
    """The sites of a tariff zone, and those of a province, together keep its headroom (27).

    Σ_{i of row} rated power[i,y] ≤ grid_headroom_mw[row]; MW.
    """
    of_site, index, limit = _power_rows(v, "grid_headroom_mw")
    rows = Linear(len(limit))
    for row_of in of_site:
        rated_power(v, rows, row_of)
    return rows.rows(index, upper=limit, doc="rated power within headroom, MW")


def energy_quota(v: Variables) -> Rows:
    """The sites of a tariff zone or province keep its energy quota (28).

    Σ_{i of row} grid[i,y] ≤ energy_quota_gwh[row]; renewables under contract do not count.
    """
    of_site, index, limit = _power_rows(v, "energy_quota_gwh")
    rows = Linear(len(limit))
    for row_of in of_site:
        rows.add(v.grid, row_of, np.arange(len(row_of)))
    return rows.rows(index, upper=limit, doc="grid energy within the quota, GWh")
