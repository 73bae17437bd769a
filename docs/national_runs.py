"""The runs behind "What the national model says" in the README: one line per question.

    python docs/national_runs.py            # every run, about a minute
    python docs/national_runs.py no-policy  # the base and the scenarios named

Prints Markdown. Needs the package installed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from layout.model import read_model
from layout.model.derive import tariffs
from layout.plan import Plan
from layout.solving import solve

SCENARIOS = (
    "no-policy",
    "latency-one-way",
    "weights-gdp",
    "functional-split",
    "guizhou-renewables-half",
    "demand-low",
    "demand-high",
    "ai-in-any-hall",
    "special-tariffs",
    "network-cost-recovery",
    "capital-5",
    "capital-9",
    "ai-life-4",
    "stock-vintages",
)
PROVINCES = {"520000": "Guizhou", "440000": "Guangdong", "110000": "Beijing"}
ROUTES = (("310000", "510000"), ("110000", "150000"), ("440000", "520000"))
LEAST_EFLOPS = 0.05
HEADER = (
    "run",
    "mcny a year",
    "left open by the proof",
    "location-dependent",
    "Mt CO2",
    "east in west",
    "new MW",
    "clusters",
    "missed, forced",
)


def clusters(plan: Plan) -> str:
    """What the ten clusters get, in EFLOPS of each kind's precision."""
    table = plan["capacity"]
    named = plan.model["sites"].query("cluster != ''")["site"]
    table = table[table["site"].isin(named)]
    sums = table.groupby(["site", "kind"])[["filled_eflops", "expanded_eflops"]].sum()
    parts = []
    for (site, kind), row in sums.iterrows():
        for action in ("filled", "expanded"):
            if row[f"{action}_eflops"] > LEAST_EFLOPS:
                parts.append(f"{site} {kind} {action} {row[f'{action}_eflops']:.1f}")
    return "; ".join(parts)


def line(name: str, plan: Plan) -> str:
    """One row: cost, what its proof leaves open, and what the answer looks like."""
    record = plan.record
    kpis = {key: entry["value"] for key, entry in record["kpis"].items()}
    location = record["objective_mcny"] - record["invariant_cost_mcny"]
    missed = [
        one["id"]
        for one in record["targets"]
        if one["status"] == "fail" and one["mode"] != "report"
    ]
    forced = [one["id"] for one in record["targets"] if one["met_by"] == "target"]
    cells = (
        name,
        f"{record['objective_mcny']:,.0f}",
        f"{record['objective_mcny'] - record['bound_mcny']:,.0f}",
        f"{location:,.0f}",
        f"{kpis['carbon_kt'] / 1000:.2f}",
        f"{kpis['east_to_west_share']:.3f}",
        f"{kpis['new_it_mw']:,.0f}",
        clusters(plan),
        ", ".join(missed + [f"{one} (forced)" for one in forced]) or "–",
    )
    return "| " + " | ".join(cells) + " |"


def province(plan: Plan, code: str) -> str:
    """Stock, plan and neighbours of one province, FP32 equivalents and native EFLOPS."""
    sites = plan.model["sites"].query("province == @code")["site"]
    table = plan["capacity"]
    table = table[table["site"].isin(sites)]
    sums = table.groupby("kind")[["existing_eflops", "compute_eflops"]].sum()
    said = [
        f"{kind} {row['existing_eflops']:.2f} → {row['compute_eflops']:.2f}"
        for kind, row in sums.iterrows()
    ]
    kinds = plan.model["kinds"].set_index("kind")["fp32_per_native"]
    kind = plan.model["workloads"].set_index("workload")["kind"]
    service = plan["service"].query("zone == @code")
    fp32 = service["served_eflops"] * kinds.reindex(kind.reindex(service["workload"])).to_numpy()
    out = fp32[~service["site"].isin(sites)].sum() / fp32.sum()
    return f"- {PROVINCES[code]}: {', '.join(said)}; {out:.0%} of its demand (FP32) served outside"


def route(plan: Plan, origin: str, goal: str) -> str:
    """Change of location-based carbon per unit of compute when it moves, new halls on the grid."""
    factor = tariffs(plan.model).set_index("site")["grid_tco2_per_mwh"]
    pue = plan.model["pue"]
    climate = plan.model["sites"].set_index("site")["climate_zone"]

    def best(site: str) -> float:
        return float(pue[pue["climate_zone"] == climate[site]]["pue"].min())

    before, after = (factor[site] * best(site) for site in (origin, goal))
    return f"- {origin} → {goal}: {after / before - 1:+.0%} per kWh of IT"


def main(names: Sequence[str]) -> None:
    """Solve the base and the scenarios, and print what the README says of them."""
    base = solve(read_model("national-2025"), counterfactual=False)
    print("| " + " | ".join(HEADER) + " |")
    print("|" + "---|" * len(HEADER))
    print(line("base", base))
    for name in names or SCENARIOS:
        model = read_model("national-2025", scenarios=[name])
        print(line(name, solve(model, counterfactual=False)), flush=True)
    print()
    print("\n".join(province(base, code) for code in PROVINCES))
    print("\n".join(route(base, *ends) for ends in ROUTES))


if __name__ == "__main__":
    main(sys.argv[1:])
