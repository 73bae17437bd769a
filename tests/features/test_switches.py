"""What holds for every feature: it is absent when off, and asking for more never costs less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.formulation.build import FEATURES
from layout.labels import LANGUAGES
from layout.model import examine
from layout.model.schema import FEATURES as SWITCHES
from layout.model.tables import FEATURE_TABLES, TABLES
from tests.builders import merged, tiny_model
from tests.features.everything import FLOORS, WATER, everything
from tests.features.rows import added_names, built, planned


def without_use(feature: str) -> dict[str, Any]:
    """The world with no feature on and without the tables, columns, keys of one of them."""
    given = everything(on=())
    settings = given["settings"]
    settings["targets"] = []
    settings.pop(feature, None)
    for table in (*FEATURE_TABLES.get(feature, ()), *TABLES_OF.get(feature, ())):
        given.pop(table, None)
    for table, columns in COLUMNS_OF.get(feature, {}).items():
        given[table] = [
            {name: value for name, value in row.items() if name not in columns}
            for row in given[table]
        ]
    return given


TABLES_OF = {
    "storage": ("storage", "storage_demand"),
    "water": ("water",),
    "balance": ("floors", "subsidies"),
}
COLUMNS_OF: dict[str, dict[str, tuple[str, ...]]] = {
    "retrofit": {"facilities": ("retrofit_capex_mcny_per_mw",)},
    "storage": {"kinds": ("storage_eb_per_eflops",)},
    "water": {"facilities": ("wue_l_per_kwh",)},
    "heat": {"sites": ("heat_demand_mw",)},
    "slices": {"workloads": ("flexible",), "power": ("capacity_cny_per_kw_month",)},
    "network": {"sites": ("ingress_gbps",), "workloads": ("bulk_gb", "max_transfer_h")},
    "resilience": {
        "workloads": (
            "availability",
            "burst_factor",
            "burst_floor",
            "critical",
            "min_cluster_eflops",
            "preemptible",
        )
    },
}
"""What only that feature reads."""


@pytest.mark.parametrize("feature", FEATURES)
def test_off_is_absent(tmp_path: Path, feature: str) -> None:
    bare = built(tmp_path / "bare", **without_use(feature))
    given = everything(on=())
    given["settings"]["targets"] = []
    off = built(tmp_path / "off", **given)
    on = built(tmp_path / "on", **merged(given, {"settings": {"features": {feature: True}}}))
    for one, other in ((bare, off), (off, bare)):
        assert added_names(one, other) == (set(), set())
    sizes = [
        {name: len(rows.index) for name, rows in found.constraints.items()}
        | {name: len(part) for name, part in found.variables.parts.items()}
        for found in (bare, off)
    ]
    assert sizes[0] == sizes[1]
    assert any(added_names(on, off))


PLACES = ("P1", "P2", "P3")
USELESS = [{"workload": "online", "kind": "intelligent", "efficiency": 0.01}]
TIGHTER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "retrofit": ({}, {"settings": {"retrofit": {"min_pue": 2.5}}}),
    "storage": ({}, {"settings": {"storage": {"min_ssd_share": 0.6}}}),
    "water": (
        {},
        {"water": [*WATER[1:], *(dict(WATER[0], province=p, limit_ml=5) for p in PLACES)]},
    ),
    "heat": ({}, {"settings": {"heat": {"recovery_share": 0.05}}}),
    "slices": (
        {"substitution": USELESS},
        {"substitution": USELESS, "settings": {"slices": {"flexible_headroom": 0.01}}},
    ),
    "network": ({}, {"settings": {"network": {"max_utilisation": 0.05}}}),
    "resilience": ({}, {"settings": {"resilience": {"national_reserve": 0.9}}}),
    "balance": ({}, {"floors": [{**FLOORS[0], "min_eflops": 8}]}),
}
"""Feature → the world, and the same with a limit of the feature made tighter."""


def test_every_feature_has_a_limit_that_can_be_tightened() -> None:
    assert set(TIGHTER) == set(FEATURES) < set(SWITCHES)


@pytest.mark.parametrize("feature", FEATURES)
def test_asking_for_more_never_costs_less(tmp_path: Path, feature: str) -> None:
    costs = []
    for name, changes in zip(("loose", "tight"), TIGHTER[feature], strict=True):
        given = merged(everything(on=(feature,), settings={"targets": []}), changes)
        costs.append(planned(tmp_path / name, **given).record["objective_mcny"])
    assert costs[1] > costs[0] * (1 + 1e-9)


NEEDS = {
    "slices": ("slices", "hours"),
    "network": ("arcs", "capacity_gbps"),
    "retrofit": ("facilities", "retrofit_capex_mcny_per_mw"),
    "storage": ("kinds", "storage_eb_per_eflops"),
    "water": ("facilities", "wue_l_per_kwh"),
    "heat": ("sites", "heat_demand_mw"),
}
"""Feature → the table and a column that it cannot do without."""


@pytest.mark.parametrize("feature", NEEDS)
def test_what_a_feature_needs_is_named(tmp_path: Path, feature: str) -> None:
    given = merged(without_use(feature), {"settings": {"features": {feature: True}}})
    _, said = examine(tiny_model(tmp_path / "m", **given))
    found = [one for one in said if one.code in ("feature_table", "feature_column")]
    assert [one.severity for one in found] == ["warning" if feature == "retrofit" else "error"]
    table, column = NEEDS[feature]
    for lang in LANGUAGES:
        words = found[0].sentence(lang)
        assert feature in words and table in words and column in words
        if feature in FEATURE_TABLES:
            assert all(name in words for name in TABLES[FEATURE_TABLES[feature][0]].names)


def test_every_table_of_a_feature_is_tested() -> None:
    assert set(FEATURE_TABLES) <= set(NEEDS)
