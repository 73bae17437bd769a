"""The independent check of a plan: from its own tables and those of its model, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from layout.checking.balance import check_balance
from layout.checking.case import Case
from layout.checking.cost import check_cost
from layout.checking.energy import check_energy
from layout.checking.findings import Findings, Verification
from layout.checking.hardware import check_hardware
from layout.checking.heat import check_heat
from layout.checking.induced import check_induced
from layout.checking.network import check_network
from layout.checking.objective import check_objective, check_settlement, check_trade
from layout.checking.record import check_empty, check_files, check_record
from layout.checking.renewables import check_renewables
from layout.checking.resilience import check_resilience
from layout.checking.sectors import check_sectors
from layout.checking.service import check_service
from layout.checking.sites import check_sites
from layout.checking.slices import check_slices
from layout.checking.storage import check_storage
from layout.checking.structure import check_structure
from layout.checking.targets import check_penalty, check_prices, check_targets
from layout.checking.units import check_capacity, check_load, check_units
from layout.checking.water import check_water

if TYPE_CHECKING:
    from layout.plan import Plan

FAMILIES = (
    check_service,
    check_units,
    check_capacity,
    check_load,
    check_hardware,
    check_sites,
    check_energy,
    check_renewables,
    check_cost,
    check_targets,
    check_prices,
    check_sectors,
    check_induced,
    check_trade,
)
"""What holds in every period."""

WHOLE = (check_penalty, check_record, check_objective, check_settlement)
"""What holds for all periods together."""

FEATURES: dict[str, Callable[[Case], None]] = {
    "slices": check_slices,
    "network": check_network,
    "storage": check_storage,
    "water": check_water,
    "heat": check_heat,
    "resilience": check_resilience,
    "balance": check_balance,
}
"""Switch of `features` → what holds in every period while it is on."""


def verify(plan: Plan | str | Path) -> Verification:
    """Check a plan, in memory or a folder, without the formulation that made it.

    Raises InputError or FileProblem where a folder is not a readable plan.
    """
    if isinstance(plan, str | Path):
        from layout.plan import read_plan

        plan = read_plan(plan)
    years = cases(plan)
    case = years[-1]
    check_files(case)
    if not plan.has_tables:
        check_empty(case)
    elif check_structure(case):
        for year in years:
            for family in FAMILIES:
                family(year)
            for feature, check in FEATURES.items():
                if getattr(plan.model.settings.features, feature):
                    check(year)
        for whole in WHOLE:
            whole(years)
    return case.findings.verification()


def cases(plan: Plan) -> list[Case]:
    """One case for every period, with those before it; all report to the same findings."""
    findings, found = Findings(), list[Case]()
    for year in plan.model.settings.periods:
        found.append(Case(plan, year, findings, tuple(found)))
    return found
