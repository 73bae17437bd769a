"""A plan of two periods with every feature: what is just allowed passes, a little more does not.

Each row changes one thing of the plan, or of the model that it is held against, to the edge of a
condition (nothing may be found) or across it by a few millionths (the condition is named). `no X`
stands where the change has consequences elsewhere, and X must not be found.
"""

from __future__ import annotations

from typing import Any

import pytest

from layout.checking import recompute_cost, verify
from layout.checking.balance import check_balance
from layout.checking.case import Case
from layout.checking.checker import cases
from layout.checking.cost import check_cost
from layout.checking.energy import check_energy
from layout.checking.hardware import check_hardware
from layout.checking.heat import check_heat
from layout.checking.network import check_network
from layout.checking.objective import check_objective
from layout.checking.record import check_record
from layout.checking.renewables import check_renewables
from layout.checking.resilience import check_resilience
from layout.checking.service import check_service
from layout.checking.sites import check_sites
from layout.checking.slices import check_slices
from layout.checking.storage import check_storage
from layout.checking.units import check_units
from layout.checking.water import check_water
from layout.plan import Plan
from tests.checking.changes import (
    Change,
    added,
    both,
    cell,
    drop,
    model_cell,
    model_row,
    only,
    record,
    settings,
    times,
)

UP, DOWN = 1 + 4e-6, 1 - 4e-6
"""Across an edge by four times the tolerance."""
HALF = 1 + 5e-7
"""Half the tolerance: still at the edge."""
NOW, LATER = {"year": 2025}, {"year": 2030}


def codes(plan: Plan, check: Any, year: int) -> dict[str, list[str]]:
    """Code of what one check finds in a year → places."""
    every = cases(plan)
    case: Case = next(one for one in every if one.year == year)
    check(every if check in (check_objective, check_record) else case)
    found: dict[str, list[str]] = {}
    for failure in case.findings.failures + every[-1].findings.failures:
        found.setdefault(failure.code, []).append(failure.where)
    return found


def gate(share: float, age: float = 5, scope: str = "site") -> Change:
    return settings(
        balance={"gate": {"scope": scope, "min_rack_utilisation": share, "min_age_years": age}}
    )


ONLINE, BATCH, TRAINING = ({"workload": name} for name in ("online", "batch", "training"))
TOLD = 8.058823529411764
"""One-way delay of the 960 km between A and W: 1 + 960·1.5/204 ms."""
HOURS = 39.88010493381391
"""What the disks from W to A take."""
LINE_H = 1e6 * 8 / 3600 / 80
"""What its 1,000,000 GB take on the line from W to A, 100 Gbps of which 0.8 carry data."""
FAR = 1 + (960 + 780) * 1.5 / 204
"""One-way delay between A and N, over B."""


def bulk(hours: float) -> Change:
    """Training sends 36,000 GB: 10 hours at 10·0.8 of the 20 Gbps that it may get."""
    return both(
        settings(network={"bulk": {"line_gbps": 10}}),
        model_cell("workloads", TRAINING, bulk_gb=36000, max_transfer_h=hours),
    )


def delayed(one_way_ms: float, basis: str = "one_way") -> Change:
    return both(
        settings(latency={"basis": basis}),
        model_cell("workloads", TRAINING, latency_ms=one_way_ms),
    )


def emergency(ms: float, basis: str = "one_way") -> Change:
    """No more than so many ms for online work, every day and in an emergency."""
    return both(
        settings(latency={"basis": basis}),
        model_cell("workloads", ONLINE, latency_ms=ms, emergency_latency_ms=ms),
    )


def measured(ms: float) -> Change:
    """A link of so many ms to W, and online work of A that may take half a ms."""
    return both(
        settings(features={"network": False}),
        model_row("links", zone="A", site="W", workload="", latency_ms=ms),
        model_cell("workloads", ONLINE, latency_ms=0.5, emergency_latency_ms=0.5),
        settings(resilience={"emergency_latency_ms": 0.5}),
        only("recourse", zone="A", site="W"),
        only("standby", zone="A", site="W"),
    )


def two_days() -> Change:
    """The first three of the six slices are of one day, the others of a second one."""
    second = [model_cell("slices", {"slice": name}, day="e") for name in ("dusk", "late", "night")]
    return both(*second)


def other_day(mw: float) -> Change:
    """So much flexible work less at dawn and more at dusk, which is as long."""
    return both(
        cell("flexible", {"slice": "dawn", **NOW}, load_eflops=lambda old: old - mw),
        added("flexible", site="W", workload="batch", kind="general", slice="dusk",
              load_eflops=mw, **NOW),
    )  # fmt: skip


def flexible(slice: str, mw: float, year: int = 2025) -> Change:
    """So much more flexible work of `batch` in a slice."""
    where = {"slice": slice, "year": year}
    return cell("flexible", where, load_eflops=lambda old: old + mw)


def outages(hours: float) -> Change:
    """So many hours without a grid at N, where 100 are tolerated."""
    return both(
        settings(backup_power={"tolerated_outage_hours": 100}),
        model_cell("power", {"province": "P3"}, outage_hours_per_year=float(hours)),
    )


def halls(**values: Any) -> Change:
    """A row of ``hall_limits``: the liquid halls of N, of which 2 MW stand in 2025."""
    row = {"scope": "site:N", "facilities": "liquid", "year": 2025, "min_it_mw": 0.0}
    return model_row("hall_limits", **{**row, "max_it_mw": float("inf"), **values})


def step(**values: Any) -> Change:
    more = {"step": "seats", "status": "optimal", "kept_at": None, **values}
    return record(steps=lambda old: [*old, more])


def kept(by: float) -> Change:
    return record(steps=lambda old: [{**old[0], "kept_at": by * old[0]["value"]}])


AGE = {"block": "old"}
EDGES: list[tuple[str, Any, int, Change, str]] = [
    # the gate: racks of old are 4 of 5 MW, it is 4 years old in 2025; what 2025 put up at E is
    # racked to 98.5%, and 5 years in service in 2030
    ("racks at the limit", check_balance, 2025, gate(0.8, 4), ""),
    ("racks too empty", check_balance, 2025, gate(0.8 * UP, 4), "gate"),
    ("stock too young to count", check_balance, 2025, gate(1, 4.5), ""),
    ("halls too empty", check_balance, 2030, gate(0.99), "gate"),
    ("halls full enough", check_balance, 2030, gate(0.95), ""),
    ("halls too young to count", check_balance, 2030, gate(0.99, 5.5), ""),
    ("a province too empty", check_balance, 2030, gate(0.99, 5, "province"), "gate"),
    ("no gate", check_balance, 2030, gate(0.99, 5, "none"), ""),
    # floors and caps of places
    ("floor just kept", check_balance, 2025,
     model_cell("floors", {}, min_eflops=6.111111111111111), ""),
    ("floor missed", check_balance, 2025,
     model_cell("floors", {}, min_eflops=6.111111111111111 * UP), "floor"),
    ("cap just kept", check_balance, 2025,
     model_cell("floors", {}, max_eflops=6.111111111111111), ""),
    ("cap exceeded", check_balance, 2025,
     model_cell("floors", {}, max_eflops=6.111111111111111 * DOWN), "floor"),
    ("floor of another year", check_balance, 2030,
     model_row("floors", province="P2", kind="intelligent", year=2025, min_eflops=99,
               max_eflops=float("inf")), ""),
    ("floor of this year", check_balance, 2025,
     model_row("floors", province="P2", kind="intelligent", year=2025, min_eflops=99,
               max_eflops=float("inf")), "floor"),
    ("floor of the year beats the lasting one", check_balance, 2025,
     both(model_cell("floors", {}, min_eflops=99),
          model_row("floors", province="P2", kind="intelligent", year=2025, min_eflops=1,
                    max_eflops=float("inf"))), ""),
    # cheap debt: up to 100; 25·12·(1 − 0.1) mcny of liquid halls are left to the investor
    ("debt above its cap", check_balance, 2025, times("cheap_debt", "cheap_debt_mcny", UP),
     "debt_cap"),
    ("debt for all that is borne", check_balance, 2025,
     both(model_cell("subsidies", {}, debt_cap_mcny=1e6),
          cell("cheap_debt", NOW, cheap_debt_mcny=270.0)), ""),
    ("debt for more than is borne", check_balance, 2025,
     both(model_cell("subsidies", {}, debt_cap_mcny=1e6),
          cell("cheap_debt", NOW, cheap_debt_mcny=270.0 * UP)), "debt_use"),
    ("debt where none is lent", check_balance, 2025,
     added("cheap_debt", site="N", facility="liquid", year=2025), "debt_offered"),
    ("no debt where none is lent", check_balance, 2025,
     added("cheap_debt", site="N", facility="liquid", year=2025), "no debt_cap"),
    ("debt from a row of the site", check_balance, 2025,
     both(model_row("subsidies", site="W", debt_rate=0.02, debt_cap_mcny=99, capex_share=0.1)),
     "debt_cap"),
    ("debt from a row of another facility", check_balance, 2025,
     both(model_row("subsidies", site="W", facility="air", debt_rate=0.02, debt_cap_mcny=99)), ""),
    ("debt from a row of the facility", check_balance, 2025,
     both(model_row("subsidies", province="P2", facility="liquid", debt_rate=0.02,
                    debt_cap_mcny=99)), "debt_cap"),
    # the backbone
    ("link used to the limit", check_network, 2030,
     settings(network={"max_utilisation": 0.2}), ""),
    ("link used beyond it", check_network, 2030,
     settings(network={"max_utilisation": 0.2 * DOWN}), "link_capacity"),
    ("link with a flow of nobody", check_network, 2030,
     times("links", "flow_gbps", UP, **{"from": "A"}), "link_flow"),
    ("link of another length", check_network, 2030, times("links", "length_km", UP),
     "link_figure"),
    ("link of another use", check_network, 2030, times("links", "utilisation", 1.0001),
     "link_figure"),
    ("half a wave", check_network, 2025, cell("links", {"to": "N"}, waves=0.5), "link_waves"),
    ("waves that vanish", check_network, 2030,
     cell("links", {"to": "N", **NOW}, waves=1.0), "link_stays"),
    ("waves that stay", check_network, 2030,
     cell("links", {"to": "N"}, waves=1.0, capacity_gbps=150.0), ""),
    ("a link not built", check_network, 2025, cell("links", {"to": "N"}, built=1.0), "link_built"),
    ("a link left out", check_network, 2025, drop("links", **{"from": "A"}), "link_absent"),
    ("a way of another length", check_network, 2025, times("routes", "length_km", UP),
     "route_figure"),
    ("a way of another delay", check_network, 2025, times("routes", "latency_one_way_ms", UP),
     "route_figure"),
    ("a way that leads elsewhere", check_network, 2025, cell("routes", NOW, links="B~N"),
     "route_path"),
    ("ingress at the limit of the site", check_network, 2030,
     model_cell("sites", {"site": "W"}, ingress_gbps=4.0), ""),
    ("ingress beyond it", check_network, 2030,
     model_cell("sites", {"site": "W"}, ingress_gbps=4 * DOWN), "ingress"),
    ("ingress beyond the common limit", check_network, 2030,
     both(model_cell("sites", {}, ingress_gbps=float("nan")),
          settings(network={"ingress_gbps": 4 * DOWN})), "ingress"),
    ("the limit of the site goes before the common one", check_network, 2030,
     settings(network={"ingress_gbps": 1}), ""),
    ("disks in time", check_network, 2025,
     model_cell("workloads", BATCH, max_transfer_h=HOURS), ""),
    ("disks too late", check_network, 2025,
     model_cell("workloads", BATCH, max_transfer_h=HOURS * DOWN), "shipment_allowed"),
    ("disks for work that cannot wait", check_network, 2025,
     model_cell("workloads", BATCH, latency_ms=1000.0), "shipment_allowed"),
    ("disks for work that is not bulk", check_network, 2025,
     model_cell("workloads", BATCH, bulk_gb=0.0), "shipment_allowed"),
    ("disks not offered", check_network, 2025,
     settings(network={"shipping": {"offered": False}}), "shipment_allowed"),
    ("disks for other hours", check_network, 2025, times("shipments", "transfer_h", UP),
     "shipment_figure"),
    ("disks of another volume", check_network, 2025, times("shipments", "volume_tb", UP),
     "shipment_figure"),
    ("more shipped than served", check_network, 2025, times("shipments", "shipped_eflops", UP),
     "shipment_amount"),
    ("shipped for work that is not served there", check_network, 2025,
     cell("shipments", NOW, workload="online", shipped_eflops=0.5), "shipment_amount"),
    ("a flow of more than is sent", check_network, 2025, times("routes", "flow_gbps", UP),
     "route_traffic"),
    ("a flow of less than is sent", check_network, 2025, times("routes", "flow_gbps", DOWN),
     "route_traffic"),
    ("no disks: batch at 1.5 of its mean", check_network, 2025,
     both(drop("shipments", year=2025), model_cell("workloads", BATCH, max_transfer_h=LINE_H),
          cell("routes", NOW, flow_gbps=2 + 5 * 1.5),
          cell("links", {"from": "A", **NOW}, flow_gbps=9.5, utilisation=9.5 / 20)), ""),
    ("no disks: batch too late on the line", check_network, 2025,
     both(drop("shipments", year=2025),
          model_cell("workloads", BATCH, max_transfer_h=LINE_H * (1 - 1e-8)),
          cell("routes", NOW, flow_gbps=2 + 5 * 1.5)), "route_late"),
    ("a bulk transfer in time", check_network, 2025, bulk(10.0), ""),
    ("a bulk transfer just too late", check_network, 2025, bulk(10 * (1 - 1e-8)), "route_late"),
    ("a bulk transfer at twice its time", check_network, 2025, bulk(20.0), ""),
    ("a bulk transfer at half its time", check_network, 2025, bulk(5.1), "route_late"),
    ("work in time for its limit", check_network, 2025, delayed(TOLD), ""),
    ("work just too late", check_network, 2025, delayed(TOLD - 1e-8), "route_late"),
    ("work in time there and back", check_network, 2025, delayed(2 * TOLD, "rtt"), ""),
    ("work too late there and back", check_network, 2025, delayed(2 * TOLD - 1e-8, "rtt"),
     "route_late"),
    ("in time though fixed delays are most of it", check_network, 2025,
     both(settings(latency={"basis": "rtt"}), model_cell("arcs", {"from": "A"}, length_km=34.0),
          model_cell("workloads", ONLINE, latency_ms=2.6)), "no route_late"),
    # emergencies
    ("taken over in time", check_resilience, 2025, emergency(FAR), ""),
    ("taken over too late", check_resilience, 2025, emergency(FAR - 1e-8), "emergency_limit"),
    ("taken over in time there and back", check_resilience, 2025, emergency(2 * FAR, "rtt"), ""),
    ("taken over too late there and back", check_resilience, 2025,
     emergency(2 * FAR - 1e-8, "rtt"), "emergency_limit"),
    ("taken over for longer than every day", check_resilience, 2025,
     model_cell("workloads", ONLINE, latency_ms=2.0, emergency_latency_ms=FAR), ""),
    ("taken over at once on a link that is measured", check_resilience, 2025, measured(0.4),
     "no emergency_limit"),
    ("taken over too late on a link that is measured", check_resilience, 2025, measured(0.6),
     "emergency_limit"),
    ("taken over outside the province", check_resilience, 2025,
     model_cell("workloads", ONLINE, residency="province"), "emergency_limit"),
    ("taken over outside the region", check_resilience, 2025,
     model_cell("workloads", ONLINE, residency="region"), "emergency_limit"),
    ("taken over by a site that is lost", check_resilience, 2025,
     cell("recourse", {"outage": "site:E", **NOW}, site="E"), "recourse_lost"),
    ("an outage that nobody knows", check_resilience, 2025,
     cell("recourse", {"outage": "site:E", **NOW}, outage="hub:H1"), "outage_unknown"),
    ("more taken over than is lost", check_resilience, 2025,
     times("recourse", "recourse_eflops", UP), "outage_cover"),
    ("less taken over than is lost", check_resilience, 2025,
     times("recourse", "recourse_eflops", DOWN), "outage_cover"),
    ("a need of nobody", check_resilience, 2025,
     added("uncovered", outage="site:N", zone="A", workload="online", year=2025,
           critical_eflops=1.0), "outage_need"),
    ("a part less critical", check_resilience, 2025,
     model_cell("workloads", ONLINE, critical=0.999), "outage_cover"),
    ("compute of N to its last", check_resilience, 2025,
     cell("recourse", {"site": "N", **NOW}, recourse_eflops=0.8748027777777778 * 0.8 / 1.2),
     "outage_cover"),
    ("compute of N beyond it", check_resilience, 2025,
     cell("recourse", {"site": "N", **NOW}, recourse_eflops=0.8748027777777778 * 0.8 / 1.2 * 1.01),
     "emergency_compute"),
    ("compute of an emergency", check_resilience, 2025,
     settings(resilience={"emergency_utilisation": 0.5}), "emergency_compute"),
    ("work taken over where there is no hardware for it", check_resilience, 2025,
     added("recourse", outage="site:E", zone="A", workload="training", site="N",
           kind="intelligent", year=2025, recourse_eflops=0.5), "emergency_compute"),
    ("a copy of work that nobody asks for", check_resilience, 2025,
     added("standby", zone="B", workload="training", site="W", kind="intelligent", year=2025,
           standby_eflops=0.5), "copy_per_site"),
    ("copies too few", check_resilience, 2025, times("standby", "standby_eflops", DOWN), "copies"),
    ("copies too many", check_resilience, 2025, times("standby", "standby_eflops", UP), "copies"),
    ("a copy beside its work", check_resilience, 2025,
     cell("standby", {"zone": "B", "site": "E", **NOW}, site="W"), "copies_apart"),
    ("one copy is enough", check_resilience, 2025,
     settings(resilience={"site_availability": 0.9995}), "copies"),
    ("two copies reach three nines", check_resilience, 2025,
     settings(resilience={"site_availability": 1 - 0.001**0.5}), ""),
    ("two copies do not reach them", check_resilience, 2025,
     settings(resilience={"site_availability": 1 - 0.001001**0.5}), "copies"),
    ("reserve just kept", check_resilience, 2025,
     settings(resilience={"national_reserve": 0.05}), ""),
    ("reserve missed", check_resilience, 2025,
     settings(resilience={"national_reserve": 0.0501}), "national_reserve"),
    ("cluster just large enough", check_resilience, 2025,
     model_cell("workloads", TRAINING, min_cluster_eflops=6.111111111111111), ""),
    ("cluster too small", check_resilience, 2025,
     model_cell("workloads", TRAINING, min_cluster_eflops=6.111111111111111 * UP), "cluster_size"),
    ("burst too large", check_resilience, 2025,
     model_cell("workloads", ONLINE, burst_factor=3.0), "burst"),
    # slices
    ("flexible work above its ceiling", check_slices, 2025,
     both(flexible("dawn", 2e-5), flexible("early..noon", -1e-5)), "slice_window"),
    ("flexible work left undone", check_slices, 2025, flexible("dawn", -2e-5), "slice_window"),
    ("flexible work of two days", check_slices, 2025, two_days(), "no slice_window"),
    ("flexible work of the wrong day", check_slices, 2025, both(two_days(), other_day(2e-4)),
     "slice_window"),
    ("flexible work of another day of the week", check_slices, 2025,
     both(two_days(), other_day(2e-4), model_cell("workloads", BATCH, flexible="week")),
     "no slice_window"),
    ("load of a slice", check_slices, 2025, times("loads", "load_eflops", UP, slice="dawn"),
     "slice_load"),
    ("load beyond what is installed", check_slices, 2025,
     cell("loads", {"unit": "E+liquid", "slice": "dusk", **NOW}, load_eflops=2 * UP),
     "slice_limit"),
    ("power of a slice", check_slices, 2025, times("dispatch", "facility_mw", UP, site="N"),
     "slice_power"),
    ("grid power of a slice", check_slices, 2025, times("dispatch", "grid_mw", UP, site="N"),
     "slice_power"),
    ("power that no facility draws", check_slices, 2025,
     both(cell("dispatch", {"site": "N", "slice": "dawn", **NOW},
               facility_mw=lambda old: old + 0.1),
          cell("dispatch", {"site": "N", "slice": "dawn", **NOW},
               grid_mw=lambda old: old + 0.1)), "slice_power"),
    ("hours of a slice", check_slices, 2025, times("dispatch", "hours", UP, slice="dusk"),
     "slice_mean"),
    ("more sun than shines", check_slices, 2025,
     times("dispatch", "renewable_mw", UP, slice="dusk"), "slice_renewable"),
    ("a level above the battery", check_slices, 2025, times("dispatch", "battery_mwh", DOWN),
     "battery"),
    ("a level from nowhere", check_slices, 2025,
     times("dispatch", "level_mwh", DOWN, slice="dusk"), "battery"),
    ("a charge that is lost", check_slices, 2025, times("dispatch", "charge_mw", UP), "battery"),
    ("a charge too fast", check_slices, 2025,
     settings(slices={"battery_hours": 5.318426 / 1.433752 * 1.0001}), "battery"),
    ("batteries not offered", check_slices, 2025,
     settings(slices={"battery_capex_mcny_per_mwh": None}), "battery"),
    # storage and its copies
    ("storage just enough", check_storage, 2025,
     both(settings(storage={"min_ssd_share": 0})), ""),
    ("storage too small", check_storage, 2025,
     both(settings(storage={"min_ssd_share": 0}), cell(
         "storage", {"site": "W", **NOW},
         disk_eb=lambda old: old - 6e-5, added_disk_eb=lambda old: old - 6e-5)), "storage_need"),
    ("storage from nowhere", check_storage, 2025, times("storage", "disk_eb", UP, site="E"),
     "storage_standing"),
    ("storage of 2025 stands in 2030", check_storage, 2030,
     settings(storage={"life_years": 5.01}), "storage_standing"),
    ("storage of 2025 has left by 2030", check_storage, 2030,
     settings(storage={"life_years": 5}), ""),
    ("storage for other compute", check_storage, 2025, times("storage", "needed_eb", UP, site="N"),
     "storage_needed"),
    ("too little fast storage", check_storage, 2025,
     settings(storage={"min_ssd_share": 0.1 * UP}), "storage_ssd"),
    ("storage without room", check_storage, 2025,
     settings(storage={"disk_mw_per_eb": 0.06}), "storage_space"),
    ("copies of the region itself", check_storage, 2025,
     cell("backup", {"region": "east", "site": "N", **NOW}, region="north"), "backup_region"),
    ("copies that nobody holds", check_storage, 2025, times("storage", "backup_eb", UP, site="N"),
     "backup_sum"),
    ("too few copies", check_storage, 2025, settings(storage={"core_share": 0.1 * UP}),
     "backup_copies"),
    ("copies in one region", check_storage, 2025, settings(storage={"core_share": 0.1 * DOWN}),
     "backup_apart"),
    ("copies for a region without core data", check_storage, 2025,
     added("backup", region="nowhere", site="N", year=2025, backup_eb=0.5), "backup_apart"),
    ("one copy may be anywhere", check_storage, 2025,
     settings(storage={"core_share": 0.1 * DOWN, "copies": 1}), ""),
    # water
    ("water that nobody used", check_water, 2025, times("water", "water_ml", UP, site="N"),
     "water_use"),
    ("water at the limit", check_water, 2025,
     model_cell("water", {}, limit_ml=18.07538412 * HALF), ""),
    ("water of a province beyond it", check_water, 2025,
     model_cell("water", {"province": "P1"}, limit_ml=18.0753), "water_limit"),
    ("water of a basin beyond it", check_water, 2025,
     model_cell("water", {"group": "basin"}, limit_ml=18.0753), "water_limit"),
    ("water of a climate zone", check_water, 2025,
     model_cell("pue", {"climate_zone": "mild", "facility": "liquid"}, wue_l_per_kwh=0.5),
     "water_use"),
    # units
    ("a kind that the halls do not take", check_units, 2025,
     model_cell("facilities", {"facility": "air"}, kinds="intelligent"), "kind_allowed"),
    ("no such kind is put there", check_units, 2025,
     both(drop("units", unit="W+air"),
          model_cell("facilities", {"facility": "air"}, kinds="intelligent")), ""),
    ("a kind that the site does not take", check_units, 2025,
     model_cell("sites", {"site": "N"}, kinds="intelligent"), "kind_allowed"),
    ("a block at another site", check_units, 2025, cell("units", {"unit": "old"}, site="N"),
     "unit_label"),
    ("a block just old enough", check_units, 2025, settings(retrofit={"min_age_years": 4}), ""),
    ("a block too young", check_units, 2025, settings(retrofit={"min_age_years": 4.01}),
     "retrofit_allowed"),
    ("a block just bad enough", check_units, 2025, settings(retrofit={"min_pue": 1.7}), ""),
    ("a block too good", check_units, 2025, settings(retrofit={"min_pue": 1.7001}),
     "retrofit_allowed"),
    ("halls that cannot be had so", check_units, 2025,
     model_cell("facilities", {}, retrofit_capex_mcny_per_mw=float("nan")), "retrofit_allowed"),
    ("a block of an owner", check_units, 2025, model_cell("stock", AGE, owner="X"), ""),
    ("halls of an owner", check_units, 2025,
     model_cell("facilities", {"facility": "liquid"}, owner="X"), ""),
    ("a block and halls of one owner", check_units, 2025,
     both(model_cell("stock", AGE, owner="X"),
          model_cell("facilities", {"facility": "liquid"}, owner="X")), ""),
    ("a block and halls of two owners", check_units, 2025,
     both(model_cell("stock", AGE, owner="X"),
          model_cell("facilities", {"facility": "liquid"}, owner="Y")), "retrofit_allowed"),
    ("halls that turn back", check_units, 2030,
     times("units", "space_mw", UP, unit="old>liquid", year=2025), "retrofit_kept"),
    ("stock that should have left", check_units, 2030,
     times("units", "retired_eflops", 1 - 2e-5, unit="E+liquid", year=2030), "retired_share"),
    ("half a module", check_units, 2025,
     times("units", "space_mw", UP, unit="N+liquid", year=2025), "whole_modules"),
    ("more racks than space", check_units, 2025,
     times("units", "space_mw", DOWN, unit="W+liquid", year=2025), "new_space"),
    ("a site at its design limit", check_units, 2025,
     model_cell("sites", {"site": "W"}, pue_max=1.35), ""),
    ("a site beyond its design limit", check_units, 2025,
     model_cell("sites", {"site": "W"}, pue_max=1.3499), "facility_offered"),
    # hardware
    ("chips just enough", check_hardware, 2025,
     model_cell("chips", {}, max_eflops=8.74), ""),
    ("chips too few", check_hardware, 2025,
     model_cell("chips", {}, max_eflops=8.73999), "chip_supply"),
    ("a kind offered from this year", check_hardware, 2025,
     model_cell("kinds", {}, from_year=2025, until_year=2025), ""),
    ("a kind not offered yet", check_hardware, 2025,
     model_cell("kinds", {}, from_year=2026), "not_on_offer"),
    ("a kind not offered any more", check_hardware, 2025,
     model_cell("kinds", {}, until_year=2024), "not_on_offer"),
    ("peak of what runs", check_hardware, 2025, times("runs", "peak_eflops", UP), "runs_peak"),
    ("what runs is not what is served", check_hardware, 2025,
     times("runs", "served_eflops", UP, site="W"), "runs_sum"),
    ("a kind that cannot run it", check_hardware, 2025,
     cell("runs", {"site": "E", "kind": "intelligent", **NOW}, workload="batch"), "runs_kind"),
    # actions
    ("an addition to stock that is not there", check_units, 2025,
     cell("units", {"unit": "N+liquid"}, built_eflops=0.0, expanded_eflops=0.5),
     "action_expanded"),
    ("building anew beside stock", check_units, 2025,
     cell("units", {"unit": "E+liquid"}, expanded_eflops=0.0, built_eflops=0.5), "action_built"),
    ("load of hardware that is not there", check_slices, 2025,
     added("loads", unit="W+air", kind="intelligent", slice="dawn", year=2025, load_eflops=0.5),
     "slice_limit"),
    # places
    ("commitment just kept", check_sites, 2025,
     model_cell("commitments", {}, min_eflops=6.111111111111111), ""),
    ("commitment missed", check_sites, 2025,
     model_cell("commitments", {}, min_eflops=6.111111111111111 * UP), "commitment"),
    ("commitment forbids", check_sites, 2025,
     model_cell("commitments", {}, min_eflops=0.0, status="forbidden"), "commitment"),
    ("land just enough", check_sites, 2025,
     model_cell("sites", {"site": "E"}, land_ha=0.1 * 0.0927777777777778 * HALF), ""),
    ("land too small", check_sites, 2025, model_cell("sites", {"site": "E"}, land_ha=0.009),
     "land"),
    ("staff just enough", check_sites, 2025,
     model_cell("sites", {"site": "N"}, staff_limit_persons=2.0), ""),
    ("staff too few", check_sites, 2025,
     model_cell("sites", {"site": "N"}, staff_limit_persons=2 * DOWN), "staff"),
    ("halls just within their limit", check_sites, 2025, halls(min_it_mw=2.0, max_it_mw=2.0), ""),
    ("halls above their limit", check_sites, 2025, halls(max_it_mw=2 * DOWN), "hall_limit"),
    ("halls below their limit", check_sites, 2025, halls(min_it_mw=2 * UP), "hall_limit"),
    ("halls of another type", check_sites, 2025, halls(facilities="air", max_it_mw=0.0), ""),
    ("halls of several types", check_sites, 2025, halls(facilities="air;liquid", max_it_mw=1.0),
     "hall_limit"),
    ("halls of any type", check_sites, 2025, halls(facilities="", max_it_mw=1.0), "hall_limit"),
    ("halls of another year", check_sites, 2025, halls(year=2030, max_it_mw=0.0), ""),
    ("halls of the year beat the lasting limit", check_sites, 2025,
     both(halls(year=0, max_it_mw=0.0), halls(max_it_mw=2.0)), ""),
    ("halls new and converted", check_sites, 2025, halls(scope="site:E", max_it_mw=7.0), ""),
    ("too many new and converted", check_sites, 2025,
     halls(scope="site:E", max_it_mw=7 * DOWN), "hall_limit"),
    ("no more halls than stood", check_sites, 2025,
     halls(scope="site:E", facilities="air", max_it_mw=0.0), ""),
    ("a site too small to open", check_sites, 2025,
     model_cell("sites", {"site": "N"}, min_it_mw=2 * UP), "site_minimum"),
    ("a site just large enough", check_sites, 2025,
     model_cell("sites", {"site": "N"}, min_it_mw=2.0), ""),
    ("a site too small", check_sites, 2025, model_cell("sites", {"site": "N"}, max_it_mw=2 * DOWN),
     "site_space"),
    ("a grid too small", check_sites, 2025, model_cell("sites", {"site": "N"},
                                                       grid_headroom_mw=2.0), "site_headroom"),
    ("a grid just enough", check_sites, 2025,
     model_cell("sites", {"site": "N"}, grid_headroom_mw=2.345070768), ""),
    ("a grid just too small", check_sites, 2025,
     model_cell("sites", {"site": "N"}, grid_headroom_mw=2.345070768 * DOWN), "site_headroom"),
    ("a quota just kept", check_sites, 2025,
     model_cell("power", {"province": "P3"}, energy_quota_gwh=8.5268), ""),
    ("a quota missed", check_sites, 2025,
     model_cell("power", {"province": "P3"}, energy_quota_gwh=8.5267), "energy_quota"),
    ("a grid of a province too small", check_sites, 2025,
     model_cell("power", {"province": "P3"}, grid_headroom_mw=2.0), "power_headroom"),
    # energy and money; generators that emit and cost nothing, where the grid of P3 fails
    ("outages just tolerated change no carbon", check_energy, 2025, outages(100), ""),
    ("outages just tolerated change no cost", check_cost, 2025, outages(100), ""),
    ("outages above change carbon", check_energy, 2025, outages(100.001), "carbon"),
    ("outages above change cost", check_cost, 2025, outages(100.001), "cost"),
    ("energy of IT", check_energy, 2025, times("units", "it_gwh", UP, unit="N+liquid"),
     "it_energy"),
    ("energy of halls", check_energy, 2025, times("units", "facility_gwh", UP, unit="N+liquid"),
     "facility_energy"),
    ("carbon", check_energy, 2025, times("energy", "carbon_kt", UP, site="N"), "carbon"),
    ("energy of the grid", check_energy, 2025, times("energy", "grid_gwh", UP, site="N"),
     "energy_balance"),
    ("certificates beyond the grid's", check_energy, 2025,
     cell("energy", {"site": "N"}, certificate_gwh=8.6), "certificate_grid"),
    ("certificates beyond their cap", check_energy, 2025,
     settings(economy={"certificate_cap_gwh": 0}), ""),
    ("a source beyond its potential", check_renewables, 2025,
     times("contracts", "contract_mw", UP, source="P2"), "renewable_potential"),
    ("a source of another yield", check_renewables, 2025,
     times("contracts", "produced_gwh", UP, source="P2"), "contract_yield"),
    ("a source that nobody knows", check_renewables, 2025,
     added("contracts", site="W", source="P9", technology="sun", year=2025, contract_mw=1.0,
           produced_gwh=1.0, used_gwh=1.0), "contract_yield"),
    ("a source that nobody knows has nothing", check_renewables, 2025,
     added("contracts", site="W", source="P9", technology="sun", year=2025, contract_mw=0.5,
           produced_gwh=0.5, used_gwh=0.5), "renewable_potential"),
    ("more used than produced", check_renewables, 2025,
     times("contracts", "used_gwh", UP, source="P2"), "contract_used"),
    ("heat of nobody", check_heat, 2025, times("heat", "heat_pump_gwh", UP), "heat_pump"),
    ("more heat than is given off", check_heat, 2025, settings(heat={"recovery_share": 0.01}),
     "heat_source"),
    ("more heat than is asked for", check_heat, 2025, times("heat", "heat_gwh", UP), "heat_demand"),
    ("a wave that nobody has", check_cost, 2025,
     added("cost", site="nation", component="backbone", year=2025, mcny=1e-5), "cost"),
    # service
    ("demand not met", check_service, 2025, times("service", "served_eflops", DOWN),
     "demand_balance"),
    ("demand that has grown", check_service, 2025,
     model_cell("workloads", ONLINE, efficiency_gain=0.001), "demand_balance"),
    ("demand left where nothing allows it", check_service, 2025,
     both(settings(economy={"unserved_penalty_mcny_per_eflops": None}),
          added("unserved", zone="A", workload="online", year=2025, unserved_eflops=0.5)),
     "unserved_forbidden"),
    ("demand left at the price of its class", check_service, 2025,
     both(settings(economy={"unserved_penalty_mcny_per_eflops": None}),
          both(model_cell("workloads", ONLINE, unserved_penalty_mcny_per_eflops=0.0),
               added("unserved", zone="A", workload="online", year=2025, unserved_eflops=0.5))),
     "demand_balance"),
    # the record
    ("a cost that nobody knows", check_record, 2030,
     added("cost", site="W", component="gifts", year=2030, mcny=5), "cost_breakdown"),
    ("the gap on what siting can change", check_record, 2030,
     record(gap_location=lambda old: old + 4e-6), "gap"),
    ("a step without a bound", check_objective, 2030, step(value=1.0, bound=None), ""),
    ("a step without a value", check_objective, 2030, step(value=None, bound=1.0), ""),
    ("a step at its bound", check_objective, 2030, step(value=1e6, bound=1e6 + 0.9), ""),
    ("a step below its bound", check_objective, 2030, step(value=1e6, bound=1e6 + 1.1), "bound"),
    ("a small step at its bound", check_objective, 2030, step(value=0, bound=9e-7), ""),
    ("a small step below its bound", check_objective, 2030, step(value=0, bound=1.1e-6), "bound"),
    ("a step that was not finished", check_objective, 2030,
     step(value=1.0, bound=1.0, status="feasible"), "step_status"),
    ("a step that was kept", check_objective, 2030, kept(1.0), ""),
    ("a step that was not kept", check_objective, 2030, kept(DOWN), "step_kept"),
    ("no foresight", check_objective, 2030, record(foresight="myopic"), "foresight"),
]  # fmt: skip


def test_the_plan_of_everything_passes(whole: Plan) -> None:
    found = verify(whole)
    assert found.passed, found.report("en")
    assert whole.status == "optimal"
    assert whole.record["verification"]["passed"]
    for table in ("dispatch", "links", "routes", "storage", "backup", "water", "recourse"):
        assert set(whole[table]["year"]) == {2025, 2030}, table


@pytest.mark.parametrize(
    ("check", "year", "change", "code"),
    [edge[1:] for edge in EDGES],
    ids=[edge[0].replace(" ", "-") for edge in EDGES],
)
def test_an_edge_is_where_the_model_puts_it(
    whole: Plan, check: Any, year: int, change: Change, code: str
) -> None:
    found = codes(change(whole), check, year)
    if code.startswith("no "):
        assert code.removeprefix("no ") not in found
    elif code:
        assert code in found, found
    else:
        assert not found


MONEY = [("E", 2025), ("W", 2025), ("N", 2025), ("E", 2030), ("W", 2030)]


@pytest.mark.parametrize(("site", "year"), MONEY)
def test_every_cost_that_is_a_little_off_is_named(whole: Plan, site: str, year: int) -> None:
    frame = whole["cost"]
    rows = frame[(frame["site"] == site) & (frame["year"] == year)]
    stated = set(rows["component"][rows["mcny"].abs() > 1e-3]) - {"penalty"}
    found = codes(times("cost", "mcny", UP, site=site, year=year)(whole), check_cost, year)
    named = {
        part.split("component=")[1].split(",")[0].rstrip("]") for part in found.get("cost", [])
    }
    assert named == stated


def test_what_is_built_costs_twice_as_much_where_everything_does(whole: Plan) -> None:
    # at E halls are put up, and a block is turned into others
    dear = model_cell("sites", {"site": "E"}, cost_factor=2.0)(whole)
    once, twice = (
        recompute_cost(plan).groupby(["site", "component"])["mcny"].sum() for plan in (whole, dear)
    )
    for site, by in (("E", 2), ("W", 1)):
        capital = twice[site, "facility_capital"]
        assert capital == pytest.approx(by * once[site, "facility_capital"], rel=1e-12)
