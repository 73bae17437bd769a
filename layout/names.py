"""What places, kinds and targets are called, in one language."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from layout.labels import has, text
from layout.labels.cleaning import clean
from layout.resources import folder

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel


class Names:
    """Names of one planning model in one language; a code without a name stands for itself."""

    def __init__(self, model: PlanningModel, lang: str) -> None:
        self._model = model
        self.lang = lang

    def _column(self, table: str, key: str) -> dict[str, str]:
        """Code → name in the language, else in the other one, else the code."""
        rows: pd.DataFrame = self._model[table]
        other = "zh" if self.lang == "en" else "en"
        return {
            str(code): clean(name or spare or code)
            for code, name, spare in zip(
                rows[key], rows[f"name_{self.lang}"], rows[f"name_{other}"], strict=True
            )
        }

    @cached_property
    def _sites(self) -> dict[str, str]:
        return self._column("sites", "site")

    @cached_property
    def _zones(self) -> dict[str, str]:
        return self._column("zones", "zone")

    @cached_property
    def _provinces(self) -> dict[str, str]:
        """Province → its name: that of the only zone in it."""
        zones = self._model["zones"]
        alone = zones[zones["province"] != ""].drop_duplicates("province", keep=False)
        return {
            province: self.zone(zone)
            for province, zone in zip(alone["province"], alone["zone"], strict=True)
        }

    @cached_property
    def _precisions(self) -> dict[str, str]:
        rows = self._model["kinds"]
        return dict(zip(rows["kind"], rows["precision"], strict=True))

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return {
            kind: f"{name} {self._precisions[kind]}".strip()
            for kind, name in self._column("kinds", "kind").items()
        }

    @cached_property
    def _workloads(self) -> dict[str, str]:
        return self._column("workloads", "workload")

    @cached_property
    def _facilities(self) -> dict[str, str]:
        return self._column("facilities", "facility")

    @cached_property
    def _sectors(self) -> dict[str, str]:
        """Sector → its name in the row that gives one; what no sector claims has its own word."""
        from layout.model.derive import OTHER

        table = self._model["sectors"]
        given = table[(table["name_en"] != "") | (table["name_zh"] != "")]
        rows = given.drop_duplicates("sector")
        other = "zh" if self.lang == "en" else "en"
        names = zip(rows["sector"], rows[f"name_{self.lang}"], rows[f"name_{other}"], strict=True)
        found = {str(code): clean(name or spare) for code, name, spare in names}
        return {OTHER: text("cli.sectors.other", self.lang), **found}

    def sector(self, code: str) -> str:
        """The name of a sector."""
        return self._sectors.get(code, clean(code))

    def site(self, code: str) -> str:
        """The name of a site."""
        return self._sites.get(code, clean(code))

    def zone(self, code: str) -> str:
        """The name of a demand zone."""
        return self._zones.get(code, clean(code))

    def province(self, code: str) -> str:
        """The name of a province: of its zone or the site that stands for it, else the listed one.

        A model of a part buys from provinces of which it has no zone.
        """
        own = self._provinces.get(code) or self._zones.get(code) or self._sites.get(code)
        return own or _listed_provinces(self.lang).get(code, clean(code))

    def kind(self, code: str) -> str:
        """The name of a kind of compute with its precision, as in "intelligent FP16"."""
        return self._kinds.get(code, clean(code))

    def short_kind(self, code: str) -> str:
        """A kind in one word with its precision, as in "general FP32"."""
        if not has(f"cli.kind.{code}"):
            return self.kind(code)
        return f"{text(f'cli.kind.{code}', self.lang)} {self._precisions.get(code, '')}".strip()

    def workload(self, code: str) -> str:
        """The name of a workload class."""
        return self._workloads.get(code, clean(code))

    def facility(self, code: str) -> str:
        """The name of a facility type."""
        return self._facilities.get(code, clean(code))

    def scope(self, scope: str) -> str:
        """A scope in words: the nation, the hubs, a province by name …"""
        name, _, member = scope.partition(":")
        if name == "province":
            return self.province(member)
        if name == "site":
            return self.site(member)
        if name == "region" and has(f"cli.region.{member}"):
            return text(f"cli.region.{member}", self.lang)
        if not member:
            return word(f"cli.scope.{name}", self.lang, name)
        return (
            text(f"cli.scope.{name}", self.lang, name=clean(member))
            if has(f"cli.scope.{name}")
            else clean(scope)
        )

    def target(self, record: Mapping[str, Any]) -> str:
        """A target by its id and its title, if it has one."""
        title = record.get("title")
        if isinstance(title, Mapping):
            title = title.get(self.lang) or title.get("en") or title.get("zh")
        return clean(record.get("id", "")) + (f" {clean(title)}" if title else "")


@cache
def _listed_provinces(lang: str) -> dict[str, str]:
    """Code → name of a province in the shipped list of places."""
    with (folder("data") / "facts" / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "province"]
    return {row["place"]: row[f"name_{lang}"] for row in rows}


def word(key: str, lang: str, spare: str) -> str:
    """A label if there is one, else the word itself."""
    return text(key, lang) if has(key) else clean(spare)


def province_of_site(model: PlanningModel) -> dict[str, str]:
    """Site → province: its own, else that of its zone, else its zone, else the site itself."""
    zones = model["zones"]
    of_zone = dict(zip(zones["zone"], zones["province"], strict=True))
    sites = model["sites"]
    return {
        site: province or of_zone.get(zone, "") or zone or site
        for site, zone, province in zip(
            sites["site"], sites["zone"], sites["province"], strict=True
        )
    }
