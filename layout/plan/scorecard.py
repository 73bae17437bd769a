"""Which key figures speak for the headings under which the source documents judge a layout.

The map is declared here and nowhere else. A scorecard puts figures of the plan beside those of the
base year and beside what a target asks of the same figure. There is no total: the documents give
no weights, and figures of unlike units have no sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layout.plan.kpis import base_kpis

if TYPE_CHECKING:
    from layout.model import PlanningModel

Record = Mapping[str, Any]
Figures = Mapping[str, Record]

KIND = "<kind>"
"""Stands in a figure's name for every kind of the model that has no parent."""


@dataclass(frozen=True)
class Topic:
    """A heading of a card: the key figures that speak for it, and the measures of targets."""

    name: str
    figures: tuple[str, ...]
    measures: tuple[str, ...] = ()


SIX_FEATURES = (
    Topic(
        "secure",
        (
            "domestic_share",
            "supplier_hhi_additions",
            "outage_covered_share_worst",
            "outage_covered_share",
            "storage_backup_eb",
        ),
        ("domestic_share",),
    ),
    Topic(
        "green",
        (
            "pue_operated",
            "pue_design_new",
            "green_share_certificates",
            "green_share_physical",
            "carbon_kt",
            "carbon_kg_per_tflops_fp32",
            "wue",
            "heat_reuse_factor",
        ),
        (
            "pue_fleet",
            "pue_new",
            "pue_retrofit",
            "green_share",
            "energy_gwh",
            "carbon_kt",
            "carbon_market_kt",
            "carbon_life_cycle_kt",
            "water_ml",
            "heat_gwh",
        ),
    ),
    Topic(
        "connected",
        (
            "east_to_west_share",
            "avoided_transmission_gwh_1000km",
            "hub_share_of_additions",
            "latency_rtt_p95_ms",
            "network_link_utilisation_p95",
            "force_ratio_least",
        ),
        (
            "additions_share",
            "region_share",
            "west_to_east",
            "large_outside_clusters_mw",
            "latency_share",
            "interhub_latency_ms",
        ),
    ),
    Topic(
        "diverse",
        ("ai_share_fp32", f"compute_eflops_{KIND}", f"people_within_5ms_rtt_{KIND}"),
        (
            "compute_eflops",
            "compute_eflops_fp32",
            "kind_share",
            "ai_centres",
            "site_count",
            "storage_eb",
            "ssd_share",
        ),
    ),
    Topic(
        "enabling",
        ("unserved_share", "compute_utilisation", "rack_utilisation"),
        ("served_share", "rack_utilisation", "capex_mcny"),
    ),
    Topic(
        "shared",
        (
            "gini_per_head",
            "gini_per_gdp",
            "theil_per_head_between_regions",
            "self_sufficiency_province",
            f"people_within_20ms_rtt_{KIND}",
            "inclusive_subsidy_mcny",
        ),
        ("gini", "hhi", "self_sufficiency", "inclusive_share"),
    ),
)
"""Features of high-quality development (document 003, R162), in its order:

安全可控, 绿色低碳, 互联协同, 多元泛在, 融合赋能, 普惠共享. Every measure of a target is in one.
"""

FIVE_PROPERTIES = (
    Topic(
        "compute_efficiency",
        (f"eflops_per_mw_{KIND}", "compute_utilisation", "rack_utilisation"),
        ("rack_utilisation",),
    ),
    Topic(
        "energy_efficiency",
        (
            "pue_operated",
            "pue_part_fixed",
            "pue_part_following_load",
            "pue_design_new",
            f"kwh_per_eflops_hour_{KIND}",
        ),
        ("pue_fleet", "pue_new", "pue_retrofit", "energy_gwh"),
    ),
    Topic(
        "sustainable",
        (
            "green_share_certificates",
            "green_share_physical",
            "carbon_kt",
            "carbon_kg_per_tflops_fp32",
            "carbon_life_cycle_kt",
            "wue",
            "stranded_space_mw",
        ),
        ("green_share", "carbon_kt", "carbon_market_kt", "carbon_life_cycle_kt", "water_ml"),
    ),
    Topic(
        "accessible",
        (
            "unserved_share",
            "latency_rtt_p95_ms",
            f"people_within_20ms_rtt_{KIND}",
            "gini_per_head",
            "self_sufficiency_province",
        ),
        ("served_share", "latency_share", "gini", "self_sufficiency", "inclusive_share"),
    ),
    Topic("assessable", ("targets_with_verdict_share",)),
)
"""Properties of new computing infrastructure (document 004, R7), in its order:

高算效, 高能效, 可持续, 可获得, 可评估. What can be assessed is told by the targets themselves:
`targets_with_verdict_share`, the part of all targets that the plan can be measured against.
"""

FOUR_ASPECTS = (
    Topic(
        "performance",
        (
            f"eflops_per_mw_{KIND}",
            "compute_utilisation",
            "unserved_share",
            "latency_rtt_p95_ms",
            "latency_rtt_within_20ms",
            "force_ratio_least",
        ),
        ("compute_eflops", "compute_eflops_fp32", "served_share", "latency_share"),
    ),
    Topic(
        "price",
        ("cost_mcny", f"cost_mcny_per_pflops_year_{KIND}", "capex_mcny"),
        ("capex_mcny",),
    ),
    Topic(
        "benefit",
        (
            "carbon_kt",
            "green_share_physical",
            "curtailed_absorbed_gwh",
            "avoided_transmission_gwh_1000km",
            "heat_gwh",
            "running_staff_persons",
            "hub_share_of_additions",
        ),
        ("carbon_kt", "carbon_market_kt", "green_share", "additions_share", "heat_gwh"),
    ),
    Topic(
        "security",
        (
            "domestic_share",
            "supplier_hhi_additions",
            "outage_covered_share_worst",
            "storage_backup_eb",
            "self_sufficiency_province",
        ),
        ("domestic_share", "self_sufficiency"),
    ),
)
"""What is to be assessed (document 000, R60): 性能, 价格, 效益, 安全."""

THREE_AIMS = (
    Topic(
        "green",
        ("pue_operated", "pue_design_new", "green_share_certificates", "green_share_physical"),
        ("pue_fleet", "pue_new", "pue_retrofit", "green_share"),
    ),
    Topic(
        "intensive",
        (
            "rack_utilisation",
            "compute_utilisation",
            "hub_share_of_additions",
            "duplication_share",
            "stranded_space_mw",
        ),
        ("rack_utilisation", "additions_share", "large_outside_clusters_mw"),
    ),
    Topic(
        "integrated",
        ("east_to_west_share", "latency_rtt_p95_ms", "network_link_utilisation_p95"),
        ("west_to_east", "region_share", "interhub_latency_ms", "latency_share"),
    ),
)
"""How data centres are to run by 2025 (document 003, R164): 绿色, 集约, 一体化."""

CARDS: Mapping[str, tuple[Topic, ...]] = {
    "features": SIX_FEATURES,
    "properties": FIVE_PROPERTIES,
    "aspects": FOUR_ASPECTS,
    "operation": THREE_AIMS,
}

_MEASURED: Mapping[str, tuple[str, str, str, str]] = {
    "domestic_share": ("domestic_share", "nation", "", ""),
    "pue_operated": ("pue_fleet", "nation", "", ""),
    "green_share_physical": ("green_share", "nation", "", "physical"),
    "green_share_certificates": ("green_share", "nation", "", ""),
    "carbon_kt": ("carbon_kt", "nation", "", ""),
    "carbon_life_cycle_kt": ("carbon_life_cycle_kt", "nation", "", ""),
    "hub_share_of_additions": ("additions_share", "hubs", "", ""),
    "rack_utilisation": ("rack_utilisation", "nation", "", ""),
    "ai_share_fp32": ("kind_share", "nation", "intelligent", ""),
    "gini_per_head": ("gini", "nation", "", ""),
    "gini_per_gdp": ("gini", "nation", "", "per_gdp"),
}
"""Figure → measure, scope, kind and basis of a target that asks for the very same thing."""
_UNSAID = {("green_share", "certificates"), ("gini", "per_head")}
"""Measure and the basis that it has without one: said or not, the target asks for the same."""


@dataclass(frozen=True)
class Line:
    """A key figure, or a target that asks for none of them: in the plan and in the base year.

    `figure` is its name among the key figures, '' for a target alone, whose record in
    ``plan.json`` is `target` (None where nothing is asked). Units are those of either.
    """

    figure: str
    value: float
    unit: str
    base: float | None
    target: Mapping[str, Any] | None


@dataclass(frozen=True)
class Part:
    """A heading of a card with what the plan says of it."""

    name: str
    lines: tuple[Line, ...]

    @property
    def verdicts(self) -> dict[str, bool]:
        """Target → whether it is met, for those in the lines that have a verdict."""
        asked = [line.target for line in self.lines if line.target is not None]
        return {str(one.get("id")): one.get("status") == "pass" for one in asked if _judged(one)}


def scorecard(
    card: str, figures: Figures, targets: Sequence[Record], model: PlanningModel
) -> list[Part]:
    """The parts of a card (a key of `CARDS`) from a plan's key figures and targets.

    `figures` and `targets` are those of ``plan.json`` for one year. A figure that the plan does
    not have (its feature is off, its base is zero) has no line, nor has a target without verdict.
    """
    base = base_kpis(model)
    every = {**figures, **_assessed(targets)}
    parts = []
    for topic in CARDS[card]:
        lines = [*_figure_lines(topic, every, base, targets, model)]
        told = {id(line.target) for line in lines}
        lines += [
            Line("", float(one["achieved"]), str(one.get("unit") or ""),
                 one.get("base_year_value"), one)
            for one in targets
            if one.get("measure") in topic.measures and _judged(one) and id(one) not in told
        ]  # fmt: skip
        parts.append(Part(topic.name, tuple(lines)))
    return parts


def _figure_lines(
    topic: Topic, figures: Figures, base: Figures, targets: Sequence[Record], model: PlanningModel
) -> Iterator[Line]:
    for name in _named(topic.figures, model):
        found = figures.get(name) or {}
        value = found.get("value")
        if isinstance(value, int | float) and not isinstance(value, bool):
            before = (base.get(name) or {}).get("value")
            asked = _target(name, targets)
            yield Line(name, float(value), str(found.get("unit") or ""), before, asked)


def _named(names: Sequence[str], model: PlanningModel) -> Iterator[str]:
    """The names, with every kind that has no parent in the place of `KIND`."""
    kinds = model["kinds"]
    roots = kinds["kind"][(kinds["parent"] == "").to_numpy(dtype=bool)]
    for name in names:
        yield from (name.replace(KIND, str(kind)) for kind in (roots if KIND in name else ("",)))


def _target(name: str, targets: Sequence[Record]) -> Record | None:
    """The first target with a verdict that asks for the figure of that name."""
    for one in targets:
        measure, scope, kind, basis = (
            str(one.get(key) or "") for key in ("measure", "scope", "kind", "basis")
        )
        asked = (measure, scope, kind, "" if (measure, basis) in _UNSAID else basis)
        if asked == _MEASURED.get(name) and _judged(one):
            return one
    return None


def _judged(target: Record) -> bool:
    achieved = target.get("achieved")
    number = isinstance(achieved, int | float) and not isinstance(achieved, bool)
    return number and target.get("status") in ("pass", "fail")


def _assessed(targets: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """The share of all targets that have a verdict; nothing without targets."""
    if not targets:
        return {}
    share = sum(map(_judged, targets)) / len(targets)
    return {"targets_with_verdict_share": {"value": share, "unit": "share"}}
