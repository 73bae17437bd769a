"""What every section of a report looks at: the plan, its view, names and words of one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.labels import text
from layout.labels.cleaning import clean
from layout.names import Names, province_of_site, word
from layout.plan.ledger import Ledger
from layout.report.colours import KIND_COLOURS
from layout.report.quantities import NOTHING, known, number, quantity, scale, share
from layout.report.view import ACTIONS, View

if TYPE_CHECKING:
    from layout.plan import Plan

LEAST = 1e-6
"""Amounts below this are what a solver leaves of nothing: 1 MFLOPS·10⁶, a yuan, a kWh."""
MOST_NAME, MOST_TITLE = 80, 240
"""Characters of a name and of a title that are shown."""
_PLAIN_UNITS = {"mcny/year": "mcny", "standard racks": "racks", "index": "", "ratio": ""}
STEPS = (*ACTIONS, "retrofitted", "retired")


class _Brief(Names):
    """Names that fit into a table, however long the model's are."""

    def _column(self, table: str, key: str) -> dict[str, str]:
        return {code: brief(name) for code, name in super()._column(table, key).items()}


def brief(said: str, most: int = MOST_NAME) -> str:
    """The words, cut where they would fill a page."""
    return said if len(said) <= most else said[: most - 1] + "…"


@dataclass(frozen=True)
class Matter:
    """`plan` as it stands; `view` sees it at the end of its last period (see `overview`)."""

    plan: Plan
    view: View

    @property
    def lang(self) -> str:
        """The language of the report."""
        return self.view.lang

    @property
    def record(self) -> Mapping[str, Any]:
        """What ``plan.json`` says of the whole plan."""
        return self.plan.record

    @property
    def last(self) -> Mapping[str, Any]:
        """The record of the plan at the end of its last period."""
        return self.view.plan.record

    @property
    def several(self) -> bool:
        """Whether the plan has more than one period."""
        return len(self.plan.model.settings.periods) > 1

    @property
    def span(self) -> str:
        """What a cost of a whole plan is over: a year, or all periods discounted."""
        return self.t(f"span.{'path' if self.several else 'year'}")

    @property
    def unit(self) -> str:
        """What sums over kinds are in, as it stands behind a number."""
        whole = bool(self.plan.model["kinds"]["fp32_per_native"].notna().all())
        return self.t("unit.sum") if whole else self.view.compute_unit

    @cached_property
    def names(self) -> Names:
        """What places, kinds and targets are called."""
        return _Brief(self.plan.model, self.lang)

    @cached_property
    def kind_names(self) -> dict[str, str]:
        """Kind → its name with the precision."""
        return {kind: about.name for kind, about in self.view.kinds.items()}

    @cached_property
    def ledger(self) -> Ledger:
        """The tables of the year shown."""
        return Ledger(self.view.plan.tables, self.view.plan.model, self.view.year)

    @cached_property
    def province_of(self) -> dict[str, str]:
        """Site → province."""
        return province_of_site(self.plan.model)

    @cached_property
    def holdings(self) -> pd.DataFrame:
        """By site and kind what stands, what was done, new MW and investment (all periods)."""
        table = self.view.capacity.reset_index()
        units = self.ledger.units.groupby(["site", "kind"])[["new_mw", "capex_mcny"]].sum()
        index = pd.MultiIndex.from_frame(table[["site", "kind"]])
        found = units.reindex(index).fillna(0.0)
        places = [self.province_of.get(str(site), str(site)) for site in table["site"]]
        return table.assign(
            province=places,
            new_mw=found["new_mw"].to_numpy(),
            capex_mcny=found["capex_mcny"].to_numpy(),
        )

    def t(self, key: str, **values: Any) -> str:
        """A text of the report."""
        return text(f"report.{key}", self.lang, **values)

    def word(self, key: str, spare: str) -> str:
        """A label of any table, else the word itself."""
        return word(key, self.lang, spare)

    def q(self, value: Any, unit: str) -> str:
        """A value with its unit."""
        return quantity(value, unit, self.lang)

    def figure(self, value: Any, unit: str) -> str:
        """A key figure with the unit that ``plan.json`` gives; nothing is a dash."""
        return self.q(value, _PLAIN_UNITS.get(unit, unit))

    def money(self, value: Any) -> str:
        """Million CNY."""
        return self.q(value, "mcny")

    def kpi(self, name: str) -> float | None:
        """A key figure of the year shown."""
        value = ((self.last.get("kpis") or {}).get(name) or {}).get("value")
        return float(value or 0.0) if known(value) else None

    def listed(self, words: Iterable[str]) -> str:
        """Words with the comma of the language between them."""
        return ("、" if self.lang == "zh" else ", ").join(words)

    def sentences(self, parts: Sequence[str]) -> str:
        """Sentences one after the other."""
        return ("" if self.lang == "zh" else " ").join(part for part in parts if part)

    def province(self, code: str) -> str:
        """The name of a province: as on the map, else as the model has it."""
        found = self.view.provinces.get(code)
        return found.short(self.lang) if found is not None else self.names.province(code)

    def colour(self, kind: str) -> str:
        """The colour of a kind on maps and in charts."""
        return KIND_COLOURS[self.view.kinds[kind].colour % len(KIND_COLOURS)]

    def column(self, values: Iterable[float], unit: str) -> Column:
        """How a column of these values is written."""
        sizes = [abs(value) for value in values if known(value)]
        divisor, said = scale(max(sizes, default=0.0), unit, self.lang)
        return Column(divisor, said)

    def component(self, code: str) -> str:
        """What a component of the cost is called."""
        return self.word(f"cli.cost.{code}", code)

    def table_name(self, code: str) -> str:
        """What a table of the model is called."""
        return self.word(f"table.{code}", code)


@dataclass(frozen=True)
class Column:
    """A column of one unit: what its values are divided by, and the unit in words."""

    divisor: float
    unit: str

    def cell(self, value: Any) -> str:
        """A value; nothing is a dash."""
        if not known(value) or abs(value) < LEAST:
            return NOTHING
        return cell(value / self.divisor)


def cell(value: Any) -> str:
    """A number in a table; nothing is a dash, and what is next to nothing is said to be so."""
    if not known(value) or abs(value) < LEAST:
        return NOTHING
    shown = number(value)
    return shown if "e-" not in shown else "< 0.001" if value > 0 else "> −0.001"


def part(value: float, whole: float) -> str:
    """A share of a whole; a dash where there is none."""
    return share(value / whole) if whole > LEAST else NOTHING


def gap(value: Any) -> str:
    """A gap as a percentage with two digits that say something."""
    if not known(value):
        return NOTHING
    percent = 100 * max(0.0, float(value))
    return "0%" if percent < 1e-6 else f"{percent:.2g}%" if percent < 0.1 else f"{percent:.2f}%"


def words(value: Any, lang: str) -> str:
    """A title or note in the language, else in the other one."""
    if isinstance(value, Mapping):
        value = value.get(lang) or value.get("en") or value.get("zh")
    return brief(clean(value or ""), MOST_TITLE)
