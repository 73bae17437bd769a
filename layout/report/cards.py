"""What a popup says about a site or a province: titled sections of rows, as plain text."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from layout.labels import text
from layout.report.delays import Within, reach_rows, within
from layout.report.quantities import number, quantity, share
from layout.report.sums import LEAST, Amounts, Sums, weighted
from layout.report.view import AMOUNTS, View

Row = tuple[str, str]
_PARTNERS = 6
_ENERGY = (
    ("facility_gwh", "GWh"),
    ("grid_gwh", "GWh"),
    ("renewable_gwh", "GWh"),
    ("certificate_gwh", "GWh"),
    ("carbon_kt", "kt"),
)


class Cards:
    """The popups of one view."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.lang = view.lang
        self.sums = Sums(view)

    @cached_property
    def within(self) -> dict[str, list[Within]]:
        """What every hub cluster reaches."""
        return within(self.view)

    def site(self, site: str) -> dict[str, Any]:
        """One site: actions by kind, buildings, power, whom it serves, notes."""
        view = self.view
        home, tier = str(view.sites.at[site, "home"]), str(view.sites.at[site, "tier"])
        place = [view.provinces[home].name(self.lang)] if home in view.provinces else []
        if tier:
            place.append(self._text(f"tier.{tier}"))
        kinds = self.sums.capacity.get(site, {})
        sections = [self._actions(kind, row) for kind, row in kinds.items()]
        sections.append(self._buildings([weighted(row) for row in kinds.values()]))
        sections.append(self._power(self.sums.energy.get(site, {}), [site]))
        if site in self.within:
            rows = reach_rows(self.view, self.within[site])
            sections.append({"title": self._text("section.reach"), "rows": rows})
        clients = self.sums.clients.get(site, [])
        sections.append(self.partners("to", clients, view.zone_names))
        title, notes = view.site_names[site], self._site_notes(site, home)
        return _card(title, " · ".join(place), sections, notes)

    def province(self, code: str) -> dict[str, Any]:
        """One province: demand and who meets it, capacity by kind, power, notes."""
        view = self.view
        province = view.provinces[code]
        other = "en" if self.lang == "zh" else "zh"
        title, subtitle = province.name(self.lang), province.name(other)
        if code not in view.included:
            return _card(title, subtitle, [], [self._text("outside")])
        sites = self.sums.sites_of.get(code, [])
        kinds, energy = self.sums.total(sites)
        sections = [
            self._service(code),
            self._kinds(code, kinds),
            self._buildings(list(kinds.values())),
            self._power(energy, sites),
            self.partners("from", self.sums.servers.get(code, []), view.site_names),
        ]
        notes = [self._text("proxy.note")] if code in view.proxies else []
        return _card(title, subtitle, sections, notes)

    def _text(self, key: str, **values: Any) -> str:
        return text(f"map.{key}", self.lang, **values)

    def _row(self, key: str, value: float, unit: str) -> Row:
        return self._text(f"row.{key}"), quantity(value, unit, self.lang)

    def _actions(self, kind: str, row: Amounts) -> dict[str, Any]:
        """The actions on one kind in its native precision, and what is there after them."""
        about = self.view.kinds[kind]
        rows = [
            (self._text(f"amount.{name}"), quantity(row[f"{name}_eflops"], "EFLOPS", self.lang))
            for name in AMOUNTS
            if abs(row[f"{name}_eflops"]) > LEAST or name == "compute"
        ]
        if self.view.common and about.precision != "FP32":
            equal = row["compute_eflops"] * about.factor
            rows.append((self._text("amount.fp32"), quantity(equal, "EFLOPS", self.lang)))
        return {"title": about.name, "kind": about.colour, "rows": rows}

    def _buildings(self, rows: list[Amounts]) -> dict[str, Any]:
        names = ("facility_it_mw", "it_mw", "racks", "weighted")
        space, racked, racks, pue = (sum(row[name] for row in rows) for name in names)
        shown: list[Row] = []
        if space > LEAST:
            shown = [
                self._row("space", space, "MW"),
                self._row("racked", racked, "MW"),
                self._row("racks", racks, "racks"),
                self._row("rack_use", racked / space, "share"),
                self._row("pue", pue / space, ""),
            ]
        return {"title": self._text("section.buildings"), "rows": shown}

    def _power(self, energy: Amounts, sites: list[str]) -> dict[str, Any]:
        rows = [self._row(name, energy[name], unit) for name, unit in _ENERGY if name in energy]
        prices = [self.sums.prices[site] for site in sites if site in self.sums.prices]
        if prices:
            rows.append(self._row("power_price", sum(prices) / len(prices), "CNY/kWh"))
        return {"title": self._text("section.power"), "rows": rows}

    def partners(
        self, direction: str, partners: list[tuple[str, float]], names: dict[Any, str]
    ) -> dict[str, Any]:
        """The largest partners with their share of all that is given or taken."""
        title = f"{self._text(f'section.{direction}')} ({self.view.compute_unit})"
        if not self.view.common:
            return {"title": title, "rows": []}
        total = sum(value for _, value in partners)
        rows = [
            (names.get(code, code), f"{number(value)} · {share(value / total)}")
            for code, value in partners[:_PARTNERS]
        ]
        if rest := [value for _, value in partners[_PARTNERS:]]:
            label = self._text("row.others", count=len(rest))
            rows.append((label, f"{number(sum(rest))} · {share(sum(rest) / total)}"))
        return {"title": title, "rows": rows}

    def _service(self, code: str) -> dict[str, Any]:
        """Demand of the province, how much of it is met where, what its sites give to others."""
        title = f"{self._text('section.service')} ({self.view.compute_unit})"
        if not self.view.common:
            return {"title": title, "rows": []}
        wanted = sum(fp32 for (home, _), (_, fp32) in self.sums.demand.items() if home == code)
        rows = [(self._text("row.demand"), number(wanted))]
        served = self.sums.served
        if served:
            own = served.get((code, code), 0.0)
            away = sum(v for (home, _), v in served.items() if home == code) - own
            given = sum(v for (_, place), v in served.items() if place == code) - own
            rows += [
                (self._text(f"row.{name}"), number(max(0.0, value)))
                for name, value in (("own", own), ("away", away), ("given", given))
            ]
            rows.append((self._text("row.unserved"), number(self.view.unserved.get(code, 0.0))))
            if wanted > LEAST:
                rows.append((self._text("row.self_sufficiency"), share(own / wanted)))
        return {"title": title, "rows": rows}

    def _kinds(self, code: str, capacity: dict[str, Amounts]) -> dict[str, Any]:
        """By kind, in native precision: demand, compute, additions."""
        rows: list[Row] = []
        for kind, about in self.view.kinds.items():
            wanted = self.sums.demand.get((code, kind), (0.0, 0.0))[0]
            row = capacity.get(kind, {})
            has, added = row.get("compute_eflops", 0.0), row.get("added", 0.0)
            if max(wanted, has) > LEAST:
                values = {"demand": number(wanted), "compute": number(has), "added": number(added)}
                rows.append((about.name, self._text("row.kind", **values)))
        return {"title": self._text("section.kinds"), "rows": rows}

    def _site_notes(self, site: str, home: str) -> list[str]:
        view = self.view
        notes = []
        if site in view.alike:
            notes.append(self._text("alike.note", letter=view.alike[site]))
        if home in view.proxies:
            notes.append(self._text("proxy.note"))
        if site in view.overridden:
            notes.append(self._text("reach.override", count=view.overridden[site]))
        return notes


def _card(
    title: str, subtitle: str, sections: list[dict[str, Any]], notes: list[str]
) -> dict[str, Any]:
    return {
        "title": title,
        "subtitle": subtitle,
        "sections": [section for section in sections if section["rows"]],
        "notes": notes,
    }
