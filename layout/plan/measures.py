"""Every target of a model measured on the tables of a plan, and its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.model.schema import MEASURE_FEATURES
from layout.plan.baseyear import base_ledger
from layout.plan.ledger import Ledger, Tables
from layout.plan.outturn import outturn_of
from layout.plan.ratio import Ratio
from layout.plan.terms import TERMS

if TYPE_CHECKING:
    from layout.model import PlanningModel

TOLERANCE = 1e-6
PASS, FAIL, NOT_APPLICABLE = "pass", "fail", "not_applicable"
COLUMNS = (
    "target year measure scope kind basis sense required unit mode base_year_value achieved "
    "numerator base outturn slack shortfall status reason"
).split()
_NUMBERS = "required base_year_value achieved numerator base outturn slack shortfall".split()


@dataclass(frozen=True)
class Reading:
    """One target measured.

    `numerator` and `base` are the measure's parts, `slack` the signed margin in the target's
    unit (positive = margin left), `shortfall` what is missing in the numerator's unit. `reason`
    says why a target is not applicable: not_built, feature_off, other_year, zero_base, unknown.
    """

    target: Any
    year: int
    ratio: Ratio | None
    status: str
    reason: str = ""
    base_year_value: float | None = None
    outturn: float | None = None

    @property
    def achieved(self) -> float | None:
        """The measure's value in the plan, None where not applicable."""
        return None if self.ratio is None else self.ratio.value

    @property
    def slack(self) -> float | None:
        """Margin left; negative where the target is missed."""
        if self.achieved is None:
            return None
        return _signed(self.target, self.achieved - self.target.value)

    @property
    def shortfall(self) -> float:
        """What the numerator lacks (or has too much of), 0 where the target is met."""
        if self.ratio is None or self.achieved is None:
            return 0.0
        missing = self.ratio.wanted(self.target.value) - self.ratio.numerator
        return max(0.0, _signed(self.target, missing))

    def row(self) -> dict[str, Any]:
        """The reading as one row of the frame that `measures` returns."""
        target, ratio = self.target, self.ratio
        return {
            "target": target.id,
            "year": self.year,
            "measure": target.measure,
            "scope": target.scope,
            "kind": target.kind,
            "basis": target.basis,
            "sense": target.sense,
            "required": float(target.value),
            "unit": target.unit,
            "mode": target.mode,
            "base_year_value": self.base_year_value,
            "achieved": self.achieved,
            "numerator": None if ratio is None else ratio.numerator,
            "base": None if ratio is None else ratio.base,
            "outturn": self.outturn,
            "slack": self.slack,
            "shortfall": self.shortfall,
            "status": self.status,
            "reason": self.reason,
        }


def _signed(target: Any, amount: float) -> float:
    return amount if target.sense == "at_least" else -amount


def _why_not(model: PlanningModel, target: Any, year: int) -> str:
    """Why a target cannot be measured at all in that year, '' if it can."""
    if target.measure not in TERMS:
        return "not_built"
    feature = MEASURE_FEATURES.get(target.measure)
    if feature and not getattr(model.settings.features, feature):
        return "feature_off"
    if target.year is not None and target.year != year:
        return "other_year"
    return ""


def meets(target: Any, ratio: Ratio) -> bool:
    """Whether the numerator is at least (at most) what is wanted, to 1e-6 of its own size."""
    wanted = ratio.wanted(target.value)
    margin = _signed(target, ratio.numerator - wanted)
    return margin >= -TOLERANCE * max(abs(ratio.numerator), abs(wanted), abs(ratio.base), 1e-3)


def reading(target: Any, ledger: Ledger, base: Ledger | None = None) -> Reading:
    """Measure one target on a plan's ledger and, for comparison, on the base year's."""
    model = ledger.model
    outturn = outturn_of(model, target, target.year or ledger.year)
    reason = _why_not(model, target, ledger.year)
    before = _base_value(target, base) if reason in ("", "other_year") else None
    if reason:
        return Reading(target, ledger.year, None, NOT_APPLICABLE, reason, before, outturn)
    ratio = TERMS[target.measure](ledger, target)
    if ratio is None or ratio.value is None:
        reason = "unknown" if ratio is None else "zero_base"
        return Reading(target, ledger.year, ratio, NOT_APPLICABLE, reason, before, outturn)
    status = PASS if meets(target, ratio) else FAIL
    return Reading(target, ledger.year, ratio, status, "", before, outturn)


def _base_value(target: Any, base: Ledger | None) -> float | None:
    if base is None or target.measure not in TERMS:
        return None
    ratio = TERMS[target.measure](base, target)
    return None if ratio is None else ratio.value


def target_years(target: Any, model: PlanningModel) -> list[int]:
    """The periods for which a target is read: its own year, or each; the first if it has none."""
    periods = list(model.settings.periods)
    if target.year is None:
        return periods
    return [target.year] if target.year in periods else periods[:1]


def readings(tables: Tables, model: PlanningModel, year: int | None = None) -> list[Reading]:
    """Every target measured on the plan's tables, in the model's order and by year.

    With `year` only those that are read for that period.
    """
    if not model.settings.targets:
        return []
    base = base_ledger(model)
    ledgers = {when: Ledger(tables, model, when) for when in model.settings.periods}
    return [
        reading(target, ledgers[when], base)
        for target in model.settings.targets
        for when in target_years(target, model)
        if year is None or when == year
    ]


def base_readings(model: PlanningModel) -> list[Reading]:
    """Every target of the model measured on the base year alone (``layout status``)."""
    base = base_ledger(model)
    return [
        reading(target.model_copy(update={"year": None}), base, base)
        for target in model.settings.targets
    ]


def measures(tables: Tables, model: PlanningModel, year: int | None = None) -> pd.DataFrame:
    """`readings` as a table: one row per target, an empty number where there is no value."""
    rows = [found.row() for found in readings(tables, model, year)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype(dict.fromkeys(_NUMBERS, "float64"))
