"""The later key figures, each worked out by hand on the plan of tests/checking/handmade.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log

import numpy as np
import pandas as pd
import pytest

from layout.labels import has
from layout.model import PlanningModel
from layout.model.derive import province_sizes, without_size
from layout.plan import Plan, forces, links, stranded
from layout.plan.comparisons import MAINLAND_PROVINCES, comparisons
from layout.plan.concentration import before_and_after, cr3, gini, lorenz, theil
from layout.plan.costshare import _DRIVER, PARTS
from layout.plan.files import FILES
from layout.plan.kpis import LATER, LATEST, base_kpis, kpis, unstated
from layout.plan.ledger import Ledger
from layout.plan.measures import readings
from layout.plan.scorecard import CARDS, KIND, SIX_FEATURES, scorecard
from layout.plan.terms import TERMS
from layout.plan.weighing import Figure
from tests.checking.handmade import COST, HOURS, KM_APART, LINK_MS, YEAR

P1, P2 = 4.225, 1.125  # EFLOPS FP32: 4.1 + 1/8, and 9/8; of 100 and 300 (·10k) people
CAPITAL = ("facility_capital", "site_fixed", "it_capital")
FP32_TRAINING = 1 / 8
PEAK = 1 + 0.5 * 1.2 + 4 / 8 * 1.1  # EFLOPS FP32, with peak factor and reserve margin
CARBON_KT = 0.6 * 58.964 * HOURS + 0.5 * (19.216 * HOURS - 30)
KNOWN = {
    "eflops_per_mw_general": 4.1 / 41,
    "eflops_per_mw_intelligent": 10 / 20,
    "kwh_per_eflops_hour_general": 1000 * (46.6 + 9.4) / 1.5,  # MW of halls over EFLOPS delivered
    "kwh_per_eflops_hour_intelligent": 1000 * (2.964 + 19.216) / 4,
    "carbon_kg_per_tflops_fp32": CARBON_KT / 5.35,
    "carbon_kg_per_eflops_hour_fp32": 1e6 * CARBON_KT / (2 * 8760),
    "carbon_without_renewables_kt": 0.6 * 58.964 * HOURS + 0.5 * 19.216 * HOURS,
    # halls 10 + 36, the site 3; of the IT of E1 (32) 50 in 460, all of W1 (90); 4 EFLOPS served
    "cost_capital_mcny_per_pflops_year_intelligent": (49 + 32 * 50 / 460 + 90) / 4000,
    "stock_blocks": 2,
    "new_modules": 1 + 4,  # 5 and 20 MW in modules of 5
    "running_staff_persons": 75,  # one for each MW of halls
    "latency_one_way_p99_ms": LINK_MS,
    "latency_one_way_within_1ms": 0,  # the nearest way takes 1.01
    "east_to_west_eflops_of_training": 3.6,
    "east_to_west_share_of_training": 0.9,
    "east_to_west_share_of_realtime": 0,
    "cr3_provinces": 1,
    "gini_compute": (P1 - P2) / (2 * (P1 + P2)),
    "compute_gflops_per_head": 5.35e9 / 4e6,
    "compute_gflops_per_10k_cny": 5.35e9 / (300e8 / 1e4),
    "theil_per_head": P1 / 5.35 * log(P1 / 5.35 / 0.25) + P2 / 5.35 * log(P2 / 5.35 / 0.75),
    "theil_per_head_within_regions": 0,  # a province each
    "specialisation": 2 * P2 * 4.1 / 5.35**2,  # all of P2's general is missing there
    "duplication_share": 0,  # what stands vacant is for general
    "people_within_20ms_rtt_general": 1 / 4,  # from W it is 24 ms to E1
    "gdp_within_20ms_rtt_general": 2 / 3,
    "people_within_5ms_rtt_intelligent": 1,
    "force_ratio_compute": 0.5 * 5.35 / PEAK,
    "pue_part_fixed": 6.5 / 52,  # 0.1 · (40 + 10 + 5) + 0.05 · 20 MW
    "pue_part_following_load": (78.18 - 52 - 6.5) / 52,
    # W1 works for the east alone; a third of what E1 does for general is W's
    "east_to_west_gwh": 19.216 * HOURS,
    "avoided_transmission_gwh_1000km": 19.216 * HOURS * KM_APART / 1000,
    "capital_flow_mcny_east~west": 36 * 20 + 50 * 9,
    "capital_flow_mcny_west~east": 100 * 0.5 / 3,
    "staff_flow_persons_east~west": 20,
    "staff_flow_persons_west~east": 50 / 3,
    "payment_flow_mcny_east~west": 3.6 * 11,
    "payment_flow_mcny_west~east": 0.5 * 95,
    "capex_mcny_in_east": 50 + 40 * 5 + 50,
    "capex_mcny_in_west": 36 * 20 + 50 * 9,
    "running_cost_mcny_in_west": sum(
        row[-1] for row in COST if row[0] == "W1" and row[1] not in CAPITAL
    ),
    "running_staff_persons_in_east": 55,
    "running_staff_persons_in_west": 20,
}


def named(figures: Iterator[Figure]) -> dict[str, float | None]:
    return {name: value for name, value, _ in figures}


def test_later_figures_have_known_answers(plan: Plan) -> None:
    found = kpis(plan.tables, plan.model)
    assert {name: found[name]["value"] for name in KNOWN} == pytest.approx(KNOWN, rel=1e-12)
    assert "stranded_space_mw" not in found
    assert "force_ratio_network" not in found


def test_avoided_transmission_has_a_price(plan: Plan) -> None:
    """0.05 CNY/kWh and 2% per 1000 km; a CNY/kWh is a million CNY for a GWh."""
    far = 19.216 * HOURS * KM_APART / 1000
    rates = {"transmission_cny_per_kwh_1000km": 0.05, "transmission_loss_share_per_1000km": 0.02}
    own = plan.model.settings
    priced = own.model_copy(update={"economy": own.economy.model_copy(update=rates)})
    found = kpis(plan.tables, replace(plan.model, settings=priced))
    assert found["avoided_transmission_mcny"]["value"] == pytest.approx(0.05 * far)
    assert found["avoided_transmission_loss_gwh"]["value"] == pytest.approx(0.02 * far)
    assert "avoided_transmission_mcny" not in kpis(plan.tables, plan.model)


def test_cooling_and_the_grid_where_the_model_says(plan: Plan) -> None:
    """E1 has 36.16 MW of IT in 58.964, W1 15.84 in 19.216; 30 GWh at W1 are wind.

    Cooling is 80% of the overhead in the warm zone and 60% at W1; a kWh takes 1.5 L of P1 and 1 of
    P2, of which 30 and 50% are free of carbon. Cooling takes 0.5 L for a kWh of IT on site.
    """
    pue, power = plan.model["pue"], plan.model["power"]
    cooling = pue["climate_zone"].map({"warm": 0.8}).where(pue["site"] == "", 0.6)
    tables = {
        **plan.model.tables,
        "pue": pue.assign(cooling_share=cooling),
        "facilities": plan.model["facilities"].assign(wue_l_per_kwh=0.5),
        "power": power.assign(
            water_l_per_kwh=power["province"].map({"P1": 1.5, "P2": 1.0}),
            carbon_free_share=power["province"].map({"P1": 0.3, "P2": 0.5}),
        ),
    }
    found = kpis(plan.tables, replace(plan.model, tables=tables))
    over = 0.8 * (58.964 - 36.16) + 0.6 * (19.216 - 15.84)
    assert found["ppue_cooling"]["value"] == pytest.approx(1 + over / 52)
    assert found["ppue_power"]["value"] == pytest.approx(1 + (78.18 - 52 - over) / 52)
    grid = (58.964 * HOURS, 19.216 * HOURS - 30)
    water = 1.5 * grid[0] + grid[1]
    assert found["water_source_ml"]["value"] == pytest.approx(water)
    assert found["wue_source"]["value"] == pytest.approx(water / (52 * HOURS) + 0.5)
    free = (30 + 0.3 * grid[0] + 0.5 * grid[1]) / (78.18 * HOURS)
    assert found["carbon_free_share"]["value"] == pytest.approx(free)
    # A place in use that does not say makes the sum unknown, not small.
    tables["power"] = tables["power"].assign(water_l_per_kwh=[1.5, np.nan])
    unknown = kpis(plan.tables, replace(plan.model, tables=tables))
    assert unknown["water_source_ml"]["value"] is None
    assert unknown["wue_source"]["value"] is None
    assert "ppue_cooling" not in kpis(plan.tables, plan.model)


def test_parts_of_the_cost_of_a_kind_add_up_to_it(plan: Plan) -> None:
    found = kpis(plan.tables, plan.model)
    for kind in ("general", "intelligent"):
        parts = [found[f"cost_{part}_mcny_per_pflops_year_{kind}"]["value"] for part in PARTS]
        whole = found[f"cost_mcny_per_pflops_year_{kind}"]["value"]
        assert sum(parts) == pytest.approx(whole, rel=1e-12)
        assert min(parts) > 0
    assert sorted(name for names in PARTS.values() for name in names) == sorted(_DRIVER)


def test_new_halls_beside_empty_ones_of_their_kind_are_duplicates(plan: Plan) -> None:
    """E1's hall as one for general: 2 of the 20 MW racked anew, where 9 MW stand vacant."""
    units = plan["units"]
    units = units.assign(kind=units["kind"].where(units["unit"] != "E1+hall", "general"))
    found = kpis({**plan.tables, "units": units}, plan.model)
    assert found["duplication_share"]["value"] == pytest.approx(2 / 20)


def test_work_on_several_kinds_takes_of_each_what_runs_there(plan: Plan) -> None:
    """Half of the far training runs on general at W1: of 10 MW of that the east has two thirds.

    The other third is work of W, so that E has 10 · 1.8/2.7 + all of 19.216 MW.
    """
    training = plan["service"].query("workload == 'training'")
    batch = plan["service"].query("workload == 'batch'")
    local = batch.assign(site="W1", served_eflops=0.9 * FP32_TRAINING)
    runs = pd.DataFrame(
        [("E1", "training", "intelligent", 0.4), ("W1", "training", "intelligent", 1.8),
         ("W1", "training", "general", 1.8)],
        columns=["site", "workload", "kind", "served_eflops"],
    ).assign(year=YEAR, standby_eflops=0.0, peak_eflops=0.0)  # fmt: skip
    units = plan["units"]
    more = units[units["unit"] == "b1"].assign(unit="x", site="W1", facility_gwh=10 * HOURS)
    tables = {**plan.tables, "service": pd.concat([training, local], ignore_index=True),
              "runs": FILES["runs"].frame(runs),
              "units": pd.concat([units, more], ignore_index=True)}  # fmt: skip
    found = kpis(tables, plan.model)["east_to_west_gwh"]["value"]
    assert found == pytest.approx((10 * 1.8 / 2.7 + 19.216) * HOURS)


def test_suppliers_of_what_is_added(plan: Plan) -> None:
    """Added: 0.5 of general and 10/8 of intelligent, FP32; who is silent leaves it unknown."""
    kinds = plan.model["kinds"]

    def found(*suppliers: str) -> float | None:
        tables = {**plan.model.tables, "kinds": kinds.assign(supplier=list(suppliers))}
        figures = kpis(plan.tables, replace(plan.model, tables=tables))
        return figures["supplier_hhi_additions"]["value"]

    assert found("a", "b") == pytest.approx((0.5**2 + 1.25**2) / 1.75**2)
    assert found("a", "a") == 1
    assert found("a", "") is None
    assert "supplier_hhi_additions" not in kpis(plan.tables, plan.model)


def test_intelligent_compute_in_the_order_of_gdp(plan: Plan) -> None:
    """Two provinces say nothing; with a third without compute the first two change places."""
    assert kpis(plan.tables, plan.model)["ai_gdp_rank_correlation"]["value"] is None
    zones = plan.model["zones"]
    third = zones.iloc[:1].assign(zone="N", province="P3", gdp_100m_cny=50.0)
    tables = {**plan.model.tables, "zones": pd.concat([zones, third], ignore_index=True)}
    found = kpis(plan.tables, replace(plan.model, tables=tables))
    # GDP 200, 100, 50; intelligent 1, 9, 0: differences of ranks 1, 1, 0
    assert found["ai_gdp_rank_correlation"]["value"] == pytest.approx(1 - 6 * 2 / (3 * 8))


def test_concentration_by_hand() -> None:
    compute, people = np.array([2.0, 1.0, 1.0]), np.array([1.0, 1.0, 2.0])
    between, within = theil(compute, people, np.array(["a", "a", "b"], dtype=object))
    assert between == pytest.approx(0.75 * log(1.5) + 0.25 * log(0.5))
    assert between is not None and within is not None
    assert between + within == pytest.approx(0.25 * log(2))
    assert theil(np.zeros(2), np.ones(2), np.array(["a", "b"], dtype=object)) == (None, None)
    assert cr3(np.array([4.0, 1.0, 2.0, 3.0])) == pytest.approx(0.9)
    assert gini(np.array([0.0, 0.0, 0.0, 8.0])) == pytest.approx(0.75)
    x, y = lorenz(compute, people)
    assert list(x) == [0, 0.5, 0.75, 1]  # the last first: half a unit per head
    assert list(y) == [0, 0.25, 0.5, 1]


def test_the_base_year_has_the_same_figures_as_far_as_it_can(plan: Plan) -> None:
    base = {name: figure["value"] for name, figure in base_kpis(plan.model).items()}
    wanted = {
        "compute_eflops_fp32": 4,
        "gini_compute": 0.5,
        "rack_utilisation": 40 / 50,
        "compute_utilisation_general": 1 / 4,
        "stock_blocks": 2,
        "compute_gflops_per_head": 1000,
    }
    assert {name: base[name] for name in wanted} == pytest.approx(wanted)
    assert not {"hub_share_of_additions", "cost_mcny", "latency_rtt_p95_ms"} & set(base)
    demand = plan.model["demand"]
    tables = {**plan.model.tables, "demand": demand[demand["year"] == YEAR]}
    silent = set(base_kpis(replace(plan.model, tables=tables)))
    assert {"compute_eflops_fp32", "gini_compute"} <= silent
    assert not {"pue_operated", "carbon_kt", "compute_utilisation"} & silent


def test_provinces_before_and_after(plan: Plan) -> None:
    table = before_and_after(Ledger(plan.tables, plan.model, YEAR))
    assert list(table.index) == ["P1", "P2"]
    assert list(table["before"]) == [4, 0]
    assert list(table["after"]) == pytest.approx([P1, P2])
    assert list(table["after_head"]) == pytest.approx([P1 * 1e9 / 1e6, P2 * 1e9 / 3e6])
    assert list(table["before_gdp"]) == pytest.approx([4e9 / 2e6, 0])
    zones = plan.model["zones"].assign(region="")
    model = replace(plan.model, tables={**plan.model.tables, "zones": zones})
    told = before_and_after(Ledger(plan.tables, model, YEAR))
    assert list(told["region"]) == ["east", "west"]  # of their sites


def test_what_stands_idle_in_three_periods_running_is_stranded(plan: Plan) -> None:
    """Vacant 5 + 4 + 3 + 2 MW, W1 filled in the second; b2 never works, W1 only at the end."""
    years, parts = [2025, 2026, 2027], []
    for year in years:
        units = plan["units"].assign(year=year)
        idle = (units["unit"] == "b2") | ((units["unit"] == "W1+hall") & (year != 2027))
        units.loc[idle, "load_eflops"] = 0.0
        units.loc[(units["unit"] == "W1+hall") & (units["year"] == 2026), "it_mw"] = 20.0
        parts.append(units)
    tables = {**plan.tables, "units": pd.concat(parts, ignore_index=True)}
    settings = plan.model.settings.model_copy(update={"periods": years})
    model = replace(plan.model, settings=settings)
    assert named(stranded.figures(Ledger(tables, model, 2027))) == pytest.approx(
        {"stranded_space_mw": 12, "stranded_eflops_general": 0.6, "stranded_eflops_intelligent": 0}
    )
    assert not named(stranded.figures(Ledger(tables, model, 2026)))


def test_three_forces_and_the_ten_hottest_links(plan: Plan) -> None:
    """Twenty links of 100 Gbps, 5% to 100% in use: 2,000 · most use over 1,050 Gbps."""
    on = plan.model.settings.features.model_copy(update={"network": True, "storage": True})
    model = replace(plan.model, settings=plan.model.settings.model_copy(update={"features": on}))
    use = np.arange(1, 21) / 20
    rows = pd.DataFrame({"from": "A", "to": [f"B{n:02d}" for n in range(1, 21)],
                         "medium": "direct", "technology": "", "year": YEAR,
                         "flow_gbps": 100 * use, "capacity_gbps": 100.0, "utilisation": use,
                         "length_km": 1.0, "waves": 0, "built": 0, "spare_gbps": 0.0})  # fmt: skip
    amounts = {"disk_eb": 3.0, "ssd_eb": 1.0, "needed_eb": 2.0, "kept_eb": 0.5,
                "backup_eb": 0.5}  # fmt: skip
    added = {"added_disk_eb": 0.0, "added_ssd_eb": 0.0}
    stored = pd.DataFrame([{"site": "E1", "year": YEAR, **amounts, **added}])
    tables = {"links": FILES["links"].frame(rows), "storage": FILES["storage"].frame(stored)}
    ledger = Ledger({**plan.tables, **tables}, model, YEAR)
    found = named(forces.figures(ledger))
    network = 2000 * model.settings.network.max_utilisation / 1050
    assert found["force_ratio_network"] == pytest.approx(network)
    assert found["force_ratio_storage"] == pytest.approx(4 / 3)
    assert found["force_ratio_least"] == pytest.approx(min(network, 4 / 3, 0.5 * 5.35 / PEAK))
    further = named(links.further_figures(ledger))
    assert further.pop("network_link_utilisation_p95") == pytest.approx(0.95)
    assert list(further.values()) == pytest.approx([0.75, 0.7, 0.65, 0.6, 0.55])
    assert "network_link_utilisation_A~B20" in named(links.figures(ledger))


def _with_kinds(plan: Plan, **columns: list[float]) -> PlanningModel:
    tables = {**plan.model.tables, "kinds": plan.model["kinds"].assign(**columns)}
    return replace(plan.model, tables=tables)


def test_compute_that_works_at_a_part_of_its_figure_covers_a_part_of_the_need(plan: Plan) -> None:
    """4.1 general and 10/8 intelligent, of which half works; 1 = just enough."""
    halved = kpis(plan.tables, _with_kinds(plan, effectiveness=[1.0, 0.5]))
    found = halved["force_ratio_compute"]["value"]
    assert found == pytest.approx(0.5 * (4.1 + 10 / 8 / 2) / PEAK)
    unknown = kpis(plan.tables, _with_kinds(plan, fp32_per_native=[1.0, np.nan]))
    assert unknown["force_ratio_compute"]["value"] is None  # FP32 and FP16 are not added


def test_energy_and_carbon_are_those_of_what_is_delivered(plan: Plan) -> None:
    """4 EFLOPS FP16 in use at half their peak deliver 2; with 1.5 general that is 1.75 FP32."""
    halved = kpis(plan.tables, _with_kinds(plan, effectiveness=[1.0, 0.5]))
    assert halved["kwh_per_eflops_hour_general"]["value"] == pytest.approx(1000 * 56 / 1.5)
    assert halved["kwh_per_eflops_hour_intelligent"]["value"] == pytest.approx(1000 * 22.18 / 2)
    carbon = halved["carbon_kg_per_eflops_hour_fp32"]["value"]
    assert carbon == pytest.approx(1e6 * CARBON_KT / (1.75 * 8760))
    installed = halved["carbon_kg_per_tflops_fp32"]["value"]
    assert installed == pytest.approx(CARBON_KT / 5.35)  # in service: as it stands


def test_a_province_of_which_a_part_is_known_is_left_out_and_not_summed(plan: Plan) -> None:
    """A second zone of the first province does not say its people: the 100 are not all of them."""
    zones = plan.model["zones"]
    more = zones.iloc[[0]].assign(zone="E2", population_10k=np.nan)
    tables = {**plan.model.tables, "zones": pd.concat([zones, more], ignore_index=True)}
    model = replace(plan.model, tables=tables)
    found = {name: one["value"] for name, one in kpis(plan.tables, model).items()}
    first = str(zones["province"].iloc[0])
    assert without_size(model, "population_10k") == [first]
    assert (found["gini_per_head"], found["theil_per_head"]) == (0, 0)  # the other one alone
    assert found["compute_gflops_per_head"] is None
    sizes = province_sizes(model)["gdp_100m_cny"]
    assert without_size(model, "gdp_100m_cny") == [] and sizes[first] == 2 * 200
    assert without_size(plan.model, "population_10k") == []


def test_a_share_has_both_its_sides_in_one_unit(plan: Plan) -> None:
    """Unserved is general alone, 2 FP32 a native; intelligent is wanted and has no equivalent."""
    missing = plan["unserved"].iloc[:0]
    row = {"zone": "E", "workload": "realtime", "year": YEAR, "unserved_eflops": 0.5}
    missing = FILES["unserved"].frame(pd.DataFrame([{**dict.fromkeys(missing, 0.0), **row}]))
    model = _with_kinds(plan, fp32_per_native=[2.0, np.nan])
    found = kpis({**plan.tables, "unserved": missing}, model)
    assert found["unserved_share"]["value"] == pytest.approx(0.5 / 5.5)


def test_a_plan_from_before_the_later_figures_lacks_nothing(plan: Plan) -> None:
    ledger = Ledger(plan.tables, plan.model, YEAR)
    expected = kpis(plan.tables, plan.model)
    later, latest = (
        {name for family in families for name, _, _ in family(ledger)}
        for families in (LATER, LATEST)
    )
    old = set(expected) - later - latest
    assert unstated(set(expected) - latest, expected, ledger) == []
    assert unstated(set(expected) - {"east_to_west_gwh"}, expected, ledger) == ["east_to_west_gwh"]
    assert unstated(old, expected, ledger) == []
    assert unstated(old - {"carbon_kt"}, expected, ledger) == ["carbon_kt"]
    assert unstated(set(expected) - {"cr3_provinces"}, expected, ledger) == ["cr3_provinces"]


def test_scorecards_join_figures_and_targets_that_ask_for_the_same(plan: Plan) -> None:
    figures = kpis(plan.tables, plan.model)
    targets = [
        {**found.target.model_dump(), "achieved": found.achieved, "status": found.status,
         "base_year_value": found.base_year_value}
        for found in readings(plan.tables, plan.model)
    ]  # fmt: skip
    parts = {part.name: part.lines for part in scorecard("features", figures, targets, plan.model)}
    lines = {line.figure: line for line in parts["green"]}
    assert lines["carbon_kt"].target is not None and lines["carbon_kt"].target["id"] == "carbon"
    assert lines["carbon_kt"].value == pytest.approx(CARBON_KT)
    assert lines["pue_operated"].target is None
    assert lines["pue_operated"].base is not None
    alone = [line.target["id"] for line in parts["green"] if not line.figure and line.target]
    assert alone == ["pue-new"]
    said = [{**one, "basis": "certificates" if one["id"] == "green" else one["basis"]}
            for one in targets]  # fmt: skip
    again = {part.name: part.lines for part in scorecard("features", figures, said, plan.model)}
    asked = {line.figure: line.target for line in again["green"] if line.target}
    assert asked["green_share_certificates"]["id"] == "green"  # the basis that it has unsaid
    assert "wue" not in lines
    assert parts["secure"] == ()
    last = scorecard("properties", figures, targets, plan.model)[-1]
    assert last.name == "assessable"
    assert [line.value for line in last.lines] == pytest.approx([5 / 6])  # all but storage
    assert not scorecard("properties", figures, [], plan.model)[-1].lines


def test_lines_of_the_nation_stand_beside_a_national_plan_only(plan: Plan) -> None:
    figures = kpis(plan.tables, plan.model)
    assert comparisons(figures, plan.model) == []
    zones = pd.DataFrame({"province": [f"{n}" for n in range(MAINLAND_PROVINCES)]})
    model = replace(plan.model, tables={**plan.model.tables, "zones": zones})
    found = {one.figure: one for one in comparisons(figures, model)}
    assert (found["facility_gwh"].line, found["facility_gwh"].year) == (380_000, 2030)
    assert found["carbon_without_renewables_kt"].line == 200_000
    assert "CAICT" in found["facility_gwh"].source
    assert found["green_share_certificates"].line == pytest.approx(0.6)
    assert found["green_share_certificates"].place == "world"


def test_every_measure_of_a_target_speaks_for_one_feature() -> None:
    measures = [measure for topic in SIX_FEATURES for measure in topic.measures]
    assert sorted(measures) == sorted(TERMS)
    for card in CARDS.values():
        assert {measure for topic in card for measure in topic.measures} <= set(TERMS)


def test_figures_of_a_card_are_key_figures_with_a_name() -> None:
    """A misspelt one would be left out in silence, as one whose feature is off."""
    for card in CARDS.values():
        for figure in {figure for topic in card for figure in topic.figures}:
            name = figure.removesuffix(f"_{KIND}")
            named = [f"map.kpi.{name}", f"map.kpi.{name}_of", f"report.scorecards.figure.{name}"]
            assert any(has(key) for key in named), figure


def test_a_heading_counts_the_targets_that_are_met(plan: Plan) -> None:
    figures = kpis(plan.tables, plan.model)
    targets = [
        {**found.target.model_dump(), "achieved": found.achieved, "status": found.status}
        for found in readings(plan.tables, plan.model)
    ]
    parts = {part.name: part for part in scorecard("operation", figures, targets, plan.model)}
    judged = {one["id"]: one["status"] == "pass" for one in targets}
    green = parts["green"].verdicts
    assert green and green == {name: judged[name] for name in green}
    assert parts["integrated"].verdicts.keys().isdisjoint(green)
