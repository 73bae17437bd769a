"""The functions that `layout` offers to Python: the command line without the screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from layout.checking import Verification
    from layout.model import PlanningModel
    from layout.plan import Plan
    from layout.solving.redispatch import Redispatch


def _question(
    model: str | Path | PlanningModel, sets: Sequence[str], scenarios: Sequence[str]
) -> PlanningModel:
    """A model that was read already, or the one that a name or path stands for."""
    from layout.model import PlanningModel, read_model

    if not isinstance(model, PlanningModel):
        return read_model(model, sets=sets, scenarios=scenarios)
    if sets or scenarios:
        raise TypeError("sets and scenarios change a model while it is read: give its name")
    return model


def solve(
    model: str | Path | PlanningModel = "national-2025",
    *,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    output: str | Path | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Plan:
    """Solve a model and return its verified plan, written to `output` if that is given.

    `sets` and `scenarios` are those of the command line; `options` go to
    `layout.solving.solve` (gap, gap_location, time_limit_s, threads, seed, progress …).
    Raises InputError on a wrong input, FileProblem where `output` is in the way and
    VerificationFailed when the plan does not pass its check. An infeasible model and a limit
    are no errors: ask the plan for its `status`.
    """
    from layout.plan import write_plan
    from layout.plan.publish import check_free
    from layout.solving import solve as run

    if output is not None:
        check_free(Path(output), overwrite)
    plan = run(_question(model, sets, scenarios), **options)
    return plan if output is None else write_plan(plan, output, overwrite=overwrite)


def _plan(plan: Plan | str | Path) -> Plan:
    """A plan, or the one that stands in a folder."""
    from layout.plan import read_plan

    return read_plan(plan) if isinstance(plan, str | Path) else plan


def verify(plan: Plan | str | Path) -> Verification:
    """Check a plan or a plan folder again, by code that does not know the formulation."""
    from layout.checking import verify as check

    return check(_plan(plan))


def targets(
    model: str | Path | PlanningModel | Plan = "national-2025",
    *,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    **options: Any,
) -> pd.DataFrame:
    """Every target with base year, plan, outturn, required, slack, verdict and how it is met.

    Takes a model, which is solved, or a plan or plan folder, which is read. The columns are
    those of ``targets.csv``.
    """
    from layout.plan import Plan
    from layout.plan.publish import is_plan_folder

    if isinstance(model, Plan):
        plan = model
    elif isinstance(model, str | Path) and is_plan_folder(Path(model)):
        plan = _plan(model)
    else:
        plan = solve(model, sets=sets, scenarios=scenarios, **options)
    return plan.tables["targets"].copy()


def redispatch(
    plan: Plan | str | Path, outage: str | None = None, *, burst: bool = False, **options: Any
) -> Redispatch:
    """What the capacity of a plan still serves when `outage` is lost, or in a burst.

    `outage` is a scope such as ``hub:GZ`` or ``site:GUIAN``; the answer has tables by workload,
    of who serves whom, and of what is not served. `options`: year (the last period).
    """
    from layout.solving.redispatch import redispatch as run

    return run(_plan(plan), outage, burst=burst, **options)


def map_of(
    plan: Plan | str | Path,
    output: str | Path | None = None,
    *,
    lang: str = "zh",
    boundaries: str | Path | None = None,
    credit: str | None = None,
) -> str:
    """The map page of a plan as HTML that needs no network, written to `output` if given."""
    from layout.cli.output import check_file, write_file
    from layout.report import map_page

    if output is not None:
        check_file(Path(output))
    page = map_page(_plan(plan), lang=lang, boundaries=boundaries, credit=credit)
    if output is not None:
        write_file(Path(output), page)
    return page
