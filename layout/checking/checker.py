"""The independent check of a plan: from its own tables and those of its model, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from layout.checking.case import Case
from layout.checking.cost import check_cost
from layout.checking.energy import check_energy
from layout.checking.findings import Verification
from layout.checking.record import check_empty, check_files, check_record
from layout.checking.renewables import check_renewables
from layout.checking.service import check_service
from layout.checking.sites import check_sites
from layout.checking.structure import check_structure
from layout.checking.targets import check_prices, check_targets
from layout.checking.units import check_capacity, check_load, check_units

if TYPE_CHECKING:
    from layout.plan import Plan

FAMILIES = (
    check_service,
    check_units,
    check_capacity,
    check_load,
    check_sites,
    check_energy,
    check_renewables,
    check_cost,
    check_targets,
    check_prices,
    check_record,
)


def verify(plan: Plan | str | Path) -> Verification:
    """Check a plan, in memory or a folder, without the formulation that made it.

    Raises InputError or FileProblem where a folder is not a readable plan.
    """
    if isinstance(plan, str | Path):
        from layout.plan import read_plan

        plan = read_plan(plan)
    case = Case(plan, plan.model.settings.periods[0])
    check_files(case)
    if not plan.has_tables:
        check_empty(case)
    elif check_structure(case):
        for family in FAMILIES:
            family(case)
    return case.findings.verification()
