"""What can be changed on the page, and the command line that it comes to.

Every control stands for one path of ``--set``. What a planner leaves as it is says nothing; what is
typed goes to the model as it stands, which reports what it cannot take.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from layout.cli.screen.verdicts import is_share
from layout.labels import text
from layout.labels.cleaning import clean
from layout.names import Names
from layout.report.target_names import target_name

if TYPE_CHECKING:
    from layout.model import PlanningModel

PERCENT, NUMBER, FACTOR = "percent", "number", "factor"
BASES = ("rtt", "one_way")
MODES = ("hard", "soft", "report")
MOST_LINES = 200
"""Further settings that are taken from the page."""


@dataclass(frozen=True)
class Slider:
    """A number of the model, or with `FACTOR` a whole column of a table in percent of itself."""

    name: str
    path: str
    form: str
    low: float
    high: float
    step: float


SLIDERS = (
    Slider("demand", "demand.demand_eflops", FACTOR, 50, 200, 5),
    Slider("carbon_price", "economy.carbon_price_cny_per_t", NUMBER, 0, 500, 10),
    Slider("discount_rate", "economy.discount_rate", PERCENT, 0, 15, 0.5),
    Slider("power_price", "power.price_cny_per_kwh", FACTOR, 50, 150, 5),
    Slider("it_capex", "kinds.it_capex_mcny_per_eflops", FACTOR, 50, 150, 5),
    Slider("hall_capex", "facilities.capex_mcny_per_mw", FACTOR, 50, 150, 5),
    Slider("site_limit", "sites.max_it_mw", FACTOR, 50, 200, 5),
    Slider("certificate_price", "economy.certificate_price_cny_per_mwh", NUMBER, 0, 50, 1),
)


@dataclass(frozen=True)
class Ask:
    """What is asked of the program: a model, changes to it, and when the solver may stop."""

    source: str
    sets: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """The words after ``layout``."""
        words = ["solve", self.source]
        for name in self.scenarios:
            words += ["--scenario", name]
        for one in self.sets:
            words += ["--set", one]
        return words + list(self.limits)

    def command(self) -> str:
        """The same as it is typed in a terminal."""
        return shlex.join(["layout", *self.arguments()])


def controls(
    model: PlanningModel, posted: Mapping[str, str], lang: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The sliders and the rows of targets of a page: what stands in the model, what was typed."""
    sliders = [
        {
            "name": one.name,
            "label": text(f"serve.slider.{one.name}", lang),
            "unit": _slider_unit(one, lang),
            "note": text("serve.slider.own.factor", lang)
            if one.form == FACTOR
            else text("serve.slider.own", lang, value=own, unit=_slider_unit(one, lang)),
            "low": plain(one.low),
            "high": plain(one.high),
            "step": plain(one.step),
            "own": own,
            "value": posted.get(one.name, own),
        }
        for one in SLIDERS
        if (own := own_value(one, model)) is not None
    ]
    names = Names(model, lang)
    targets = [
        {
            "id": target.id,
            "name": target_name(target.model_dump(), names),
            "source": clean(target.source or ""),
            "scope": names.scope(target.scope),
            "sign": "≥" if target.sense == "at_least" else "≤",
            "unit": _unit(target.model_dump()),
            "own": _target_value(target.model_dump()),
            "value": posted.get(f"value.{target.id}", _target_value(target.model_dump())),
            "own_mode": target.mode,
            "mode": posted.get(f"mode.{target.id}", target.mode),
            "year": target.year or "",
        }
        for target in model.settings.targets
    ]
    return sliders, targets


def _slider_unit(slider: Slider, lang: str) -> str:
    return text(f"serve.unit.{slider.name if slider.form == NUMBER else slider.form}", lang)


def own_value(slider: Slider, model: PlanningModel) -> str | None:
    """What stands in the model, as the control shows it; None where it has no such number."""
    table, _, column = slider.path.partition(".")
    if slider.form == FACTOR:
        return "100" if _finite(model[table][column]) else None
    value = getattr(model.settings.economy, column)
    return hundredfold(value) if slider.form == PERCENT else plain(value)


def _finite(column: Any) -> bool:
    return bool((column.notna() & (column.abs() < float("inf"))).any())


def ask(source: str, model: PlanningModel, posted: Mapping[str, str], many: Sequence[str]) -> Ask:
    """What a filled-in page asks for; `many` are the scenarios that were ticked."""
    sets = _sliders(model, posted) + _targets(model, posted)
    basis = posted.get("basis", model.settings.latency.basis)
    if basis != model.settings.latency.basis:
        sets.append(f"latency.basis={_word(basis)}")
    further = posted.get("further", "").splitlines()[:MOST_LINES]
    sets += [line for line in map(_word, further) if line]
    return Ask(source, tuple(sets), tuple(map(_word, many)), tuple(_limits(posted)))


def _word(typed: str) -> str:
    return clean(typed).strip()


def _sliders(model: PlanningModel, posted: Mapping[str, str]) -> list[str]:
    found = []
    for one in SLIDERS:
        own, typed = own_value(one, model), _word(posted.get(one.name, ""))
        if own is None or not typed or same(own, typed):
            continue
        value = typed if one.form == NUMBER else hundredth(typed)
        factor = "*" if one.form == FACTOR else ""
        found += [f"{path}={factor}{value}" for path in _paths(one, model)]
    return found


def _paths(slider: Slider, model: PlanningModel) -> list[str]:
    """The path itself; of demand that of every planned year, so that the base year stays."""
    if slider.name != "demand":
        return [slider.path]
    years = set(model["demand"]["year"]) & set(model.settings.periods)
    table, _, column = slider.path.partition(".")
    return [f"{table}[year={year}].{column}" for year in sorted(years)]


def _targets(model: PlanningModel, posted: Mapping[str, str]) -> list[str]:
    found = []
    for target in model.settings.targets:
        own = _target_value(target.model_dump())
        typed = _word(posted.get(f"value.{target.id}", ""))
        if typed and not same(own, typed):
            share = _unit(target.model_dump()) == "%"
            found.append(f"targets.{target.id}.value={hundredth(typed) if share else typed}")
        mode = _word(posted.get(f"mode.{target.id}", ""))
        if mode and mode != target.mode:
            found.append(f"targets.{target.id}.mode={mode}")
    return found


def _limits(posted: Mapping[str, str]) -> list[str]:
    """When the solver may stop; an empty field leaves it to the model."""
    seconds, gap = _word(posted.get("time_limit", "")), _word(posted.get("gap", ""))
    found = ["--time-limit", seconds] if seconds else []
    return found + (["--gap", hundredth(gap)] if gap else [])


def wrong_limits(posted: Mapping[str, str]) -> list[str]:
    """Names of the limits that are no number that a command line takes."""
    wrong = []
    for name, most in (("time_limit", None), ("gap", 100)):
        typed = _word(posted.get(name, ""))
        number = _decimal(typed) if typed else Decimal(0)
        if number is None or number < 0 or (most is not None and number > most):
            wrong.append(name)
    return wrong


def _unit(record: Mapping[str, Any]) -> str:
    """The unit behind a target's field: % for a share, which the page shows in percent."""
    unit = clean(record.get("unit") or "")
    return "%" if is_share(record) else "" if unit in ("1", "share", "fraction") else unit


def _target_value(record: Mapping[str, Any]) -> str:
    value = float(record["value"])
    return hundredfold(value) if is_share(record) else plain(value)


# numbers ------------------------------------------------------------------------------------------


def plain(value: float) -> str:
    """A number as one types it, without an exponent or trailing zeros."""
    shown = format(Decimal(repr(round(float(value), 12))).normalize(), "f")
    return "0" if shown == "-0" else shown


def hundredfold(value: float) -> str:
    """A share in percent, exactly."""
    return format((Decimal(repr(value)) * 100).normalize(), "f")


def hundredth(typed: str) -> str:
    """Percent as a share, exactly; what is no number stays as it was typed."""
    number = _decimal(typed)
    return typed if number is None else format((number / 100).normalize(), "f")


def same(own: str, typed: str) -> bool:
    """Whether two texts are the same number, or the same text."""
    a, b = _decimal(own), _decimal(typed)
    return own == typed if a is None or b is None else a == b


def _decimal(typed: str) -> Decimal | None:
    try:
        number = Decimal(typed)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None
