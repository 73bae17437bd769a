"""Broken settings: keys, types, ranges, the syntax of model.yaml, targets, scenarios."""

from __future__ import annotations

from typing import Any

from tests.inputs.broken import Broken


def _key(code: str, new: str, column: str) -> Broken:
    """Further settings in the place of the objective; the first line is the wrong one."""
    return Broken(code, "model.yaml", "objective: cost", new, column)


def _target(code: str, key: str, severity: str = "error", **fields: Any) -> Broken:
    """The second target of the starter with other fields; the problem is with one of them."""
    asked = {"measure": "pue_new", "sense": "at_most", "value": 1.3, "mode": "hard", **fields}
    lines = "".join(f"    {name}: {value}\n" for name, value in asked.items())
    row = FIRST + 1 + list(asked).index(key) if key in asked else FIRST
    column = f"targets.pue-130.{key}"
    return Broken(code, "model.yaml", TARGET, lines, column, severity, row=row)


def _option(code: str, option: str, value: str, column: str | None = "") -> Broken:
    """A good model and a wrong value of an option."""
    place = f"{option} {value}"
    return Broken(
        code, "model.yaml", "layout: 1", "layout: 1", column or None, row=0, seen=place,
        options=(option, value),
    )  # fmt: skip


TARGET = """\
    measure: pue_new
    sense: at_most
    value: 1.3
    mode: hard
"""
FIRST = 34
"""The line on which that target begins, and what it says."""
SET = 'set: ["demand[workload=training].demand_eflops=*1.5"]'

SWELLING = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "\n".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]"
    for old, new in zip("abcde", "bcdef", strict=True)
)
"""Six lines of YAML whose aliases write out to a million values."""

SETTINGS = [
    Broken("unknown_key", "model.yaml", "discount_rate", "discont_rate", "economy.discont_rate"),
    Broken("unknown_key", "model.yaml", "objective", "objectiv", "objectiv"),
    Broken("missing_key", "model.yaml", "layout: 1", "# layout: 1", "layout", row=0),
    Broken("key_choice", "model.yaml", "basis: rtt", "basis: rrt", "latency.basis"),
    Broken("key_choice", "model.yaml", "layout: 1", "layout: first", "layout"),
    Broken("model_newer", "model.yaml", "layout: 1", "layout: 2", "layout"),
    Broken("objective", "model.yaml", "objective: cost", "objective: [cost, cost]", "objective"),
    Broken(
        "objective",
        "model.yaml",
        "objective: cost",
        "objective: {epsilon: {minimise: cost, cost: 7}}",
        "objective",
    ),
    Broken(
        "objective",
        "model.yaml",
        "objective: cost",
        "objective: {weighted: {cost: 0}}",
        "objective",
    ),
    Broken(
        "unknown_key",
        "model.yaml",
        "objective: cost",
        "objective: {epsilon: {carbn: 7}}",
        "objective.0.epsilon.carbn",
    ),
    Broken(
        "key_type",
        "model.yaml",
        "objective: cost",
        "objective: {epsilon: {carbon: half}}",
        "objective.0.epsilon.carbon",
    ),
    Broken("key_choice", "model.yaml", "objective: cost", "objective: price", "objective.0"),
    Broken("key_range", "model.yaml", "rate: 0.07", "rate: -0.07", "economy.discount_rate"),
    Broken("key_type", "model.yaml", "rate: 0.07", "rate: seven", "economy.discount_rate"),
    Broken("key_type", "model.yaml", "rate: 0.07", "rate: true", "economy.discount_rate"),
    Broken("key_type", "model.yaml", "rate: 0.07", "rate: .nan", "economy.discount_rate"),
    Broken("key_code", "model.yaml", "id: total-4", "id: '<i>'", "targets.<i>.id"),
    Broken("yaml_syntax", "model.yaml", "title: {", "title: [", row=0),
    Broken(
        "yaml_anchor",
        "model.yaml",
        "base_year: 2023",
        "base_year: 2023\n" + SWELLING,
        row=1,
    ),
    Broken("yaml_tag", "model.yaml", "base_year: 2023", "base_year: !!python/name:os.system x"),
    Broken("duplicate_key_yaml", "model.yaml", "money_year: 2025", "base_year: 2025", "base_year"),
    Broken(
        "period_not_after_base",
        "model.yaml",
        "base_year: 2023",
        "base_year: 2025",
        "periods",
        at="periods",
    ),
    Broken("period_without_demand", "model.yaml", "[2025]", "[2026]", "periods"),
    Broken("periods_order", "model.yaml", "[2025]", "[2026, 2025]", "periods"),
    Broken(
        "target_repeated", "model.yaml", "id: pue-130", "id: total-4", "targets.total-4.id", row=0
    ),
    Broken(
        "unknown_measure",
        "model.yaml",
        "measure: pue_new",
        "measure: pue_nwe",
        "targets.pue-130.measure",
    ),
    Broken(
        "unknown_scope",
        "model.yaml",
        "measure: pue_new",
        "measure: pue_new\n    scope: hub:GY",
        "targets.pue-130.scope",
        at="hub:GY",
    ),
    Broken(
        "unknown_scope",
        "model.yaml",
        "measure: pue_new",
        "measure: pue_new\n    scope: natoin",
        "targets.pue-130.scope",
        at="natoin",
    ),
    Broken(
        "target_kind",
        "model.yaml",
        "measure: pue_new",
        "measure: kind_share",
        "targets.pue-130.kind",
        row=0,
    ),
    Broken(
        "target_basis",
        "model.yaml",
        "measure: pue_new",
        "measure: gini\n    basis: money",
        "targets.pue-130.basis",
        at="basis: money",
    ),
    Broken("target_value", "model.yaml", "value: 1.3", "value: 0.3", "targets.pue-130.value"),
    Broken(
        "target_sense",
        "model.yaml",
        "measure: pue_new",
        "measure: ai_centres",
        "targets.pue-130.sense",
        at="at_most",
    ),
    Broken(
        "target_year",
        "model.yaml",
        "value: 1.3",
        "value: 1.3\n    year: 2030",
        "targets.pue-130.year",
        at="2030",
    ),
    Broken(
        "mixed_precision",
        "model.yaml",
        "unit: EFLOPS FP32",
        "unit: EFLOPS FP16",
        "targets.total-4.unit",
    ),
    Broken(
        "no_fp32",
        "kinds.csv",
        ",0.142857142857",
        ",",
        "targets.total-4.measure",
        at="compute_eflops_fp32",
        seen="model.yaml",
    ),
    Broken(
        "target_not_applicable",
        "model.yaml",
        "measure: pue_new",
        "measure: storage_eb",
        "targets.pue-130.measure",
        "warning",
    ),
    Broken(
        "model_not_found",
        "model.yaml",
        "layout: 1",
        "layout: 1\nextends: nowhere",
        "extends",
        at="nowhere",
    ),
    Broken(
        "data_not_found",
        "model.yaml",
        "layout: 1",
        "layout: 1\ndata: nowhere",
        "data",
        at="nowhere",
    ),
    # keys
    _key("unknown_key", "foresigth: myopic", "foresigth"),
    Broken("unknown_key", "model.yaml", "{en: Two", "{fr: a, en: Two", "title.fr"),
    _key("unknown_key", "network: {path: 2}", "network.path"),
    _key("unknown_key", "balance: {gate: {scop: site}}", "balance.gate.scop"),
    Broken("unknown_key", "model.yaml", "latency:", "latancy:", "latancy"),
    _key("key_choice", "mode: crossing", "mode"),
    _key("key_choice", "owners: silo", "owners"),
    _key("key_choice", "foresight: blind", "foresight"),
    _key("key_choice", "coordinates: gcj-02", "coordinates"),
    _key("key_choice", "resilience: {outage: city}", "resilience.outage"),
    _key("key_choice", "balance: {gate: {scope: nation}}", "balance.gate.scope"),
    _key("key_choice", "solver: {linking: weak}", "solver.linking"),
    _key("key_range", "solver: {gap: 5}", "solver.gap"),
    _key("key_range", "solver: {threads: 0}", "solver.threads"),
    _key("key_range", "solver: {time_limit_s: 0}", "solver.time_limit_s"),
    _key("key_range", "slices: {count: 3}", "slices.count"),
    _key("key_range", "network: {max_utilisation: 1.5}", "network.max_utilisation"),
    _key("key_range", "storage: {copies: 4}", "storage.copies"),
    _key("key_range", "heat: {cop: 1}", "heat.cop"),
    _key("key_range", "resilience: {site_availability: 1}", "resilience.site_availability"),
    _key("key_type", "network: {paths: 2.5}", "network.paths"),
    _key("key_type", "features: {network: 是的}", "features.network"),
    _key("key_type", "features: network", "features"),
    Broken("key_type", "model.yaml", "periods: [2025]", "periods: []", "periods"),
    Broken("key_type", "model.yaml", "periods: [2025]", "periods: [next]", "periods.0"),
    Broken("key_range", "model.yaml", "periods: [2025]", "periods: [25]", "periods.0"),
    Broken("key_type", "model.yaml", "base_year: 2023", "base_year: 2023.5", "base_year"),
    Broken("key_type", "model.yaml", "base_year: 2023", "base_year: ", "base_year"),
    Broken("key_range", "model.yaml", "money_year: 2025", "money_year: 99", "money_year"),
    _key("key_text", 'description: "a\\u200bb"', "description.en"),
    _key("key_text", "description: " + "x" * 2001, "description.en"),
    Broken(
        "key_type", "model.yaml", "title: {en: Two provinces, zh: 两省示例}", "title: [a]", "title"
    ),
    _key("key_type", "solver: {time_limit_s: ten minutes}", "solver.time_limit_s"),
    Broken("key_type", "model.yaml", "rate: 0.07", "rate: 7%", "economy.discount_rate"),
    _key("key_type", "water: {price_cny_per_m3: 5元}", "water.price_cny_per_m3"),
    # the syntax of YAML
    Broken("yaml_syntax", "model.yaml", "  basis: rtt", "\tbasis: rtt", row=12),
    Broken("yaml_syntax", "model.yaml", "objective: cost", "objective: 'cost", row=0),
    Broken("yaml_syntax", "model.yaml", "base_year: 2023", "base_year: 2025-02-31", "base_year"),
    Broken("yaml_syntax", "model.yaml", "objective: cost", "? [a]\n: b", row=0),
    Broken("yaml_syntax", "model.yaml", "objective: cost", "x: " + "[" * 25 + "]" * 25),
    Broken("yaml_syntax", "model.yaml", "", "- layout: 1\n", row=1),
    Broken(
        "duplicate_key_yaml",
        "model.yaml",
        "  fixed_ms",
        "  basis: rtt\n  fixed_ms",
        "latency.basis",
        row=14,
    ),
    # objectives
    Broken(
        "objective",
        "model.yaml",
        "objective: cost",
        "objective: [cost, compute_per_carbon]",
        "objective",
    ),
    Broken(
        "objective",
        "model.yaml",
        "objective: cost",
        "objective: [cost, {weighted: {carbon: 1}}]",
        "objective",
    ),
    Broken(
        "key_range",
        "model.yaml",
        "objective: cost",
        "objective: {weighted: {carbon: -1}}",
        "objective.0.weighted.carbon",
    ),
    Broken(
        "key_type",
        "model.yaml",
        "objective: cost",
        "objective: {weighted: {}}",
        "objective.0.weighted",
    ),
    Broken("key_type", "model.yaml", "objective: cost", "objective: []", "objective"),
    Broken(
        "myopic_objective",
        "model.yaml",
        "objective: cost",
        "foresight: myopic\nobjective: goals",
        "objective",
        at="objective: goals",
        also=(("model.yaml", "periods: [2025]", "periods: [2025, 2026]"),),
    ),
    # targets
    Broken(
        "missing_key", "model.yaml", "    sense: at_most\n", "", "targets.pue-130.sense", row=34
    ),
    Broken("missing_key", "model.yaml", "    value: 1.3\n", "", "targets.pue-130.value", row=34),
    Broken(
        "missing_key",
        "model.yaml",
        "  - id: pue-130\n    measure",
        "  - measure",
        "targets.2.id",
        row=0,
    ),
    _target("unknown_key", "measures", measures="x"),
    _target("key_choice", "mode", mode="harsh"),
    _target("key_choice", "sense", sense="below"),
    _target("key_type", "value", value="about 1.3"),
    _target("key_range", "year", year=25),
    _target("key_range", "penalty", penalty=-1),
    _target("key_type", "priority", priority="first"),
    _target("key_type", "outturn", outturn="unknown"),
    _target("key_text", "source", source='"\\u202e"'),
    _target("key_text", "confidence", confidence='"\\a"'),
    _target("key_code", "kind", kind="a/b"),
    _target("unmatched", "kind", kind="genral"),
    _target("target_value", "value", measure="carbon_kt", value=-3),
    _target("target_value", "value", measure="kind_share", kind="general", value=35),
    _target("target_value", "value", measure="hhi", value=0),
    _target(
        "target_basis", "basis", measure="green_share", sense="at_least", value=1, basis="fresh"
    ),
    _target("target_basis", "basis", measure="latency_share", value=0.5, basis="20"),
    _target("target_basis", "basis", measure="ai_centres", sense="at_least", basis="many"),
    _target("target_basis", "basis", measure="hhi", value=0.5, basis="city"),
    _target("target_no_basis", "basis", basis="new"),
    _target("unknown_scope", "scope", scope="region:north"),
    _target("unknown_scope", "scope", scope="site:GUIYAN"),
    _target("unknown_scope", "scope", scope="group:basin"),
    _target("unknown_scope", "scope", scope="hubs:GZ"),
    _target("unknown_scope", "scope", scope='""'),
    _target("target_sense", "sense", measure="gini", value=0.5, sense="at_least"),
    _target("target_sense", "sense", measure="green_share", value=0.5, basis="new"),
    _target("target_year", "year", year=2031),
    _target("target_year", "year", "warning", year=2031, mode="report"),
    _target("target_kind", "kind", measure="compute_eflops"),
    _target("target_not_applicable", "measure", "warning", measure="heat_gwh"),
    _target("target_not_applicable", "measure", "warning", measure="ssd_share", value=0.5),
    _target("target_not_applicable", "measure", "warning", measure="pue_retrofit"),
    _target(
        "no_domestic_kind",
        "measure",
        "warning",
        measure="domestic_share",
        sense="at_least",
        value=0.5,
    ),
    _target("mixed_precision", "unit", measure="compute_eflops_fp32", unit="PFLOPS FP64"),
    _target(
        "mixed_precision", "unit", measure="compute_eflops", kind="intelligent", unit="EFLOPS FP32"
    ),
    _target(
        "target_above_limit",
        "value",
        "warning",
        measure="compute_eflops_fp32",
        sense="at_least",
        value=4000,
    ),
    Broken(
        "opposed_targets",
        "model.yaml",
        "measure: pue_new\n    sense: at_most\n    value: 1.3",
        "measure: compute_eflops_fp32\n    sense: at_most\n    value: 3",
        "targets.pue-130.value",
        at="value: 3",
    ),
    Broken(
        "empty_scope",
        "model.yaml",
        "measure: pue_new",
        "measure: pue_new\n    scope: clusters",
        "targets.pue-130.scope",
        "warning",
        at="scope: clusters",
        also=(("sites.csv", "GUIAN,hub", ",hub"),),
    ),
    # scenarios
    Broken(
        "unknown_key",
        "model.yaml",
        "    title: {en: More",
        "    economics: {}\n    title: {en: More",
        "scenarios.high-ai.economics",
        at="economics",
    ),
    Broken(
        "unknown_key",
        "model.yaml",
        "    title: {en: More",
        "    layout: 1\n    title: {en: More",
        "scenarios.high-ai.layout",
        at="    layout: 1",
    ),
    Broken(
        "key_range",
        "model.yaml",
        "    title: {en: More",
        "    economy: {discount_rate: -1}\n    title: {en: More",
        "scenarios.high-ai.economy.discount_rate",
        at="rate: -1",
    ),
    Broken("key_type", "model.yaml", SET, "set: {a: 1}", "scenarios.high-ai.set.0"),
    Broken(
        "set_syntax",
        "model.yaml",
        "demand_eflops=*1.5",
        "demand_eflops",
        "scenarios.high-ai.set",
        options=("--scenario", "high-ai"),
        at="set:",
    ),
    Broken(
        "file_not_found",
        "model.yaml",
        SET,
        "tables: {demand: gone.csv}",
        "scenarios.high-ai.tables.demand",
        options=("--scenario", "high-ai"),
    ),
    Broken(
        "unknown_key",
        "model.yaml",
        SET,
        "tables: {demands: gone.csv}",
        "scenarios.high-ai.tables.demands",
        options=("--scenario", "high-ai"),
    ),
    Broken(
        "not_a_number",
        "more.csv",
        "",
        "zone,workload,year,demand_eflops\n440000,online,2025,much\n",
        "demand_eflops",
        at="much",
        options=("--scenario", "high-ai"),
        also=(("model.yaml", SET, "tables: {demand: more.csv}"),),
    ),
    Broken(
        "columns_reset",
        "more.csv",
        "",
        "site,lat,lon\nGUIAN,26.39,106.6\n",
        None,
        "warning",
        row=1,
        options=("--scenario", "high-ai"),
        also=(("model.yaml", SET, "tables: {sites: more.csv}"),),
    ),
    _option("unknown_scenario", "--scenario", "high", None),
    # `--set`
    _option("set_syntax", "--set", "economy.discount_rate"),
    _option("set_syntax", "--set", "=5"),
    _option("set_syntax", "--set", "economy..discount_rate=5", "economy..discount_rate"),
    _option("set_syntax", "--set", "sites[GUIAN].max_it_mw=5"),
    _option("set_table", "--set", "site[site=GUIAN].max_it_mw=5", "site[site=GUIAN].max_it_mw"),
    _option(
        "set_no_row", "--set", "sites[site=GUIYAN].max_it_mw=5", "sites[site=GUIYAN].max_it_mw"
    ),
    _option(
        "set_no_row",
        "--set",
        "sites[site=GUIAN,province=440000].max_it_mw=5",
        "sites[site=GUIAN,province=440000].max_it_mw",
    ),
    _option("set_key", "--set", "sites[site=GUIAN].site=5", "sites[site=GUIAN].site"),
    _option("set_target", "--set", "targets.total-5.value=5", "targets.total-5.value"),
    _option(
        "set_factor", "--set", "sites[site=GUIAN].max_it_mw=*many", "sites[site=GUIAN].max_it_mw"
    ),
    _option("set_factor", "--set", "economy.discount_rate=*", "economy.discount_rate"),
    _option("set_scale", "--set", "objective=*2", "objective"),
    _option("set_scale", "--set", "sites[site=GUIAN].tier=*2", "sites[site=GUIAN].tier"),
    _option(
        "set_scale",
        "--set",
        "economy.unserved_penalty_mcny_per_eflops=*2",
        "economy.unserved_penalty_mcny_per_eflops",
    ),
    _option(
        "set_scale_empty", "--set", "sites[site=GUIAN].land_ha=*2", "sites[site=GUIAN].land_ha"
    ),
    _option("unknown_column", "--set", "sites[site=GUIAN].max_mw=5", "sites[site=GUIAN].max_mw"),
    _option(
        "unknown_column", "--set", "sites[sit=GUIAN].max_it_mw=5", "sites[sit=GUIAN].max_it_mw"
    ),
    _option("unknown_key", "--set", "economy.rate=5", "economy.rate"),
    _option("key_type", "--set", "economy.discount_rate.x=5", "economy.discount_rate"),
    _option("key_range", "--set", "economy.discount_rate=-1", "economy.discount_rate"),
    _option("key_type", "--set", "economy.discount_rate=nan", "economy.discount_rate"),
    _option("key_type", "--set", "economy.discount_rate=", "economy.discount_rate"),
    _option("not_a_number", "--set", "demand.demand_eflops=nan", "demand.demand_eflops"),
    _option("impossible", "--set", "demand.demand_eflops=-1", "demand.demand_eflops"),
    _option("impossible", "--set", "demand.demand_eflops=*-1", "demand.demand_eflops"),
    _option("not_a_choice", "--set", "sites[site=GUIAN].tier=top", "sites[site=GUIAN].tier"),
    _option("unmatched", "--set", "stock[block=GA-1].kind=quantum", "kind"),
    # models and data sets of others
    Broken(
        "data_not_found", "model.yaml", "layout: 1", "layout: 1\ndata: []", "data", at="data: []"
    ),
    Broken(
        "model_not_found",
        "model.yaml",
        "layout: 1",
        "layout: 1\nextends: {a: b}",
        "extends",
        at="extends",
    ),
    Broken(
        "extends_cycle",
        "model.yaml",
        "layout: 1",
        "layout: 1\nextends: .",
        "extends",
        at="extends: .",
    ),
]
