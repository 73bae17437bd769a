"""What a second plan has more or less than a first: one more scene, made of their two scenes.

Both may be of different models; what only one of them has is zero in the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from layout.labels import text
from layout.report.bars import paired
from layout.report.colours import ZERO
from layout.report.metrics import shaded
from layout.report.quantities import NOTHING, number, quantity, share

Scene = dict[str, Any]
_LEAST = 1e-6
_NOISE = 1e-7
"""Differences below this share of the largest value are none."""


def difference(first: Scene, second: Scene, lang: str) -> Scene:
    """The scene of second − first; panel and header of a page that compares show it too."""
    made = _Difference(first, second, lang)
    return {
        **first,
        "year": max(first["year"], second["year"]),
        "words": {**first["words"], "sizes": text("map.difference.sizes", lang)},
        "kinds": made.kinds,
        "metrics": made.metrics,
        "provinces": made.provinces(),
        "sites": made.sites(),
        "rows": made.rows(),
        "layers": _layers(first["layers"], second["layers"]),
        "classes": [],
        "flows": [],
        "flows_left": "",
        "figures": made.figures(),
        "targets": made.targets(),
        "target_places": [],
        "charts": paired(first["charts"], second["charts"]),
        "proxies": sorted({*first["proxies"], *second["proxies"]}),
        "outside": sorted({*first["outside"]} & {*second["outside"]}),
        "alike": False,
        "page": made.page(),
    }


def panel_difference(
    first: Scene, second: Scene, lang: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Key figures and targets of two plans side by side, as the panel of a map that compares.

    The scenes need no more than ``figures`` and ``targets``.
    """
    empty: Scene = {"kinds": [], "metrics": []}
    made = _Difference({**empty, **first}, {**empty, **second}, lang)
    return made.figures(), made.targets()


class _Difference:
    def __init__(self, first: Scene, second: Scene, lang: str) -> None:
        self.first, self.second, self.lang = first, second, lang
        self.kinds = _union(first["kinds"], second["kinds"], "kind")
        self.metrics = self._metrics()

    def _text(self, key: str, **values: Any) -> str:
        return text(f"map.difference.{key}", self.lang, **values)

    def _change(self, value: float, unit: str) -> str:
        """A difference with its sign, ± where it shows as zero; of shares in percentage points."""
        shown, nothing = (self._size(size, unit) for size in (abs(value), 0.0))
        sign = "±" if shown == nothing else "+" if value > 0 else "\N{MINUS SIGN}"
        return f"{sign}{shown}"

    def _size(self, value: float, unit: str) -> str:
        if unit == "share":
            return self._text("points", value=share(value).rstrip("%"))
        return quantity(value, unit, self.lang)

    def _both(self, a: str, b: str, change: str) -> str:
        return self._text("both", a=a, b=b, change=change)

    def _metrics(self) -> list[dict[str, Any]]:
        """The quantities that both plans have in one unit."""
        others = {one["key"]: one for one in self.second["metrics"]}
        found = []
        for one in self.first["metrics"]:
            other = others.get(one["key"])
            if other is None or other["unit_key"] != one["unit_key"]:
                continue
            values = _changes(one["values"], other["values"])
            if values:
                found.append(self._metric(one, values))
        return found

    def _metric(self, one: dict[str, Any], values: dict[str, float]) -> dict[str, Any]:
        unit = one["unit_key"]
        record = shaded(values, unit, self.lang, diverging=True)
        shown = {code: self._change(value, unit) for code, value in values.items()}
        label = self._text("metric", name=one["label"])
        points = {"unit": self._text("points", value="").strip()} if unit == "share" else {}
        zero = ZERO if 0.0 in values.values() else None
        return {**one, **record, **points, "label": label, "shown": shown, "zero": zero}

    def provinces(self) -> dict[str, Any]:
        """The provinces with a card that sets every quantity of both plans beside each other."""
        found = {}
        for code, about in self.first["provinces"].items():
            card = {**about["card"], "sections": [], "notes": []}
            rows = [
                [one["label"], self._both(*self._shown(one["key"], code), one["shown"][code])]
                for one in self.metrics
                if code in one["shown"]
            ]
            if rows:
                card["sections"] = [{"title": self._text("section"), "rows": rows}]
            else:
                card["notes"] = about["card"]["notes"]
            found[code] = {**about, "card": card}
        return found

    def _shown(self, key: str, code: str) -> tuple[str, str]:
        a, b = (
            next(one for one in scene["metrics"] if one["key"] == key)["shown"].get(code, NOTHING)
            for scene in (self.first, self.second)
        )
        return a, b

    def sites(self) -> list[dict[str, Any]]:
        """The sites of either plan; a kind there is what the second has more or less of it."""
        number_of = {one["kind"]: place for place, one in enumerate(self.kinds)}
        made = []
        for a, b in _pairs(self.first["sites"], self.second["sites"]):
            amounts = [_by_kind(scene, site) for scene, site in ((self.first, a), (self.second, b))]
            kinds, rows = [], []
            for one in self.kinds:
                before, after = (found.get(one["kind"], 0.0) for found in amounts)
                change = after - before
                if max(before, after) > _LEAST:
                    shown = self._change(change if abs(change) > _LEAST else 0.0, "EFLOPS")
                    rows.append([one["name"], self._both(number(before), number(after), shown)])
                if abs(change) > _LEAST:
                    action = "more" if change > 0 else "less"
                    parts = {action: round(abs(change), 6)}
                    kinds.append({"kind": number_of[one["kind"]], "parts": parts, "action": action})
            made.append({**(a or b), "letter": "", "kinds": kinds, "card": self._card(a, b, rows)})
        return made

    def _card(self, a: Any, b: Any, rows: list[list[str]]) -> dict[str, Any]:
        notes = [] if a and b else [self._text("only_a" if a else "only_b")]
        title = self._text("compute", unit=self.first["unit"])
        return {
            "title": (a or b)["name"],
            "subtitle": (a or b)["card"]["subtitle"],
            "sections": [{"title": title, "rows": rows}] if rows else [],
            "notes": notes,
        }

    def rows(self) -> list[dict[str, Any]]:
        """The list of sites: compute in both plans and the difference."""
        made = []
        for a, b in _pairs(self.first["rows"], self.second["rows"]):
            before, after = (row["numbers"][0] if row else 0.0 for row in (a, b))
            change = after - before
            action = "none" if abs(change) <= _LEAST else "more" if change > 0 else "less"
            made.append(
                {
                    **(a or b),
                    "action": action,
                    "word": self._text(f"action.{action}"),
                    "numbers": [round(value, 9) for value in (before, after, change)],
                    "shown": [number(before), number(after), self._bare(change)],
                }
            )
        return made

    def _bare(self, change: float) -> str:
        return "0" if abs(change) <= _LEAST else self._change(change, "").strip()

    def figures(self) -> list[dict[str, Any]]:
        """Key figures of both plans and their difference."""
        others = {one["key"]: one for one in self.second["figures"]}
        found = []
        for one in self.first["figures"]:
            other = others.get(one["key"])
            if other is None or other["unit"] != one["unit"]:
                continue
            change = self._change(other["value"] - one["value"], one["unit"])
            columns = [one["shown"], other["shown"], change]
            found.append({**one, "columns": columns, "shown": change})
        return found

    def targets(self) -> list[dict[str, Any]]:
        """Targets of either plan with both verdicts; the sign is that of the second."""
        found = []
        for a, b in _pairs(self.first["targets"], self.second["targets"], "target"):
            a_said, b_said = (f"{one['mark']} {one['value']}" if one else NOTHING for one in (a, b))
            same = bool(a) and bool(b) and a["status"] == b["status"]
            found.append(
                {
                    **(b or a),
                    "value": f"A {a_said}",
                    "details": f"B {b_said}",
                    "changed": not same,
                }
            )
        return found

    def page(self) -> dict[str, Any]:
        """Header and notes of a page that compares."""
        a, b = self.first["page"], self.second["page"]
        names = self._names()
        figures = {one["key"]: one for one in self.figures()}
        headlines = [
            {**one, "shown": figures[one["key"]]["shown"]}
            for one in a["headlines"]
            if one["key"] in figures
        ]
        own = self._text
        words = {"compute": "A", "added": "B", "space": own("change"), "sites_note": own("note")}
        return {
            **a,
            "title": self._text("title"),
            "names": names,
            "subtitle": self._text("subtitle", a=a["subtitle"], b=b["subtitle"]),
            "status": f"A {a['status']} | B {b['status']}",
            "headlines": headlines,
            "notes": list(dict.fromkeys([*a["notes"], *b["notes"]])),
            "verdicts": "",
            "word": {**a["word"], **words},
        }

    def _names(self) -> list[str]:
        """The plans' names, with what tells them apart where the names do not."""
        pages = [self.first["page"], self.second["page"]]
        names = [page["name"] for page in pages]
        if names[0] != names[1]:
            return names
        folders = [page["folder"] for page in pages]
        return [f"{own}: {name}" if own else name for name, own in zip(names, folders, strict=True)]


def _changes(first: dict[str, float], second: dict[str, float]) -> dict[str, float]:
    """Second less first where both have values; what two solvers leave over counts as zero."""
    least = _NOISE * max(map(abs, [*first.values(), *second.values()]), default=0.0)
    changes = {code: second[code] - value for code, value in first.items() if code in second}
    return {
        code: 0.0 if abs(change) <= least else round(change, 9) for code, change in changes.items()
    }


def _layers(first: list[Any], second: list[Any]) -> list[Any]:
    """The layers of a difference: the sites of every kind of either plan, what else holds."""
    own = [one for one in first if one["type"] not in ("classes", "flows", "targets")]
    a, b = ([one for one in many if one["type"] == "sites"] for many in (own, second))
    return [*_union(a, b, "key"), *(one for one in own if one["type"] != "sites")]


def _union(first: list[Any], second: list[Any], key: str) -> list[Any]:
    known = {one[key] for one in first}
    return [*first, *(one for one in second if one[key] not in known)]


def _pairs(first: list[Any], second: list[Any], key: str = "site") -> Iterable[tuple[Any, Any]]:
    """Records of both by their key, None where one has none."""
    others = {one[key]: one for one in second}
    get: Callable[[Any], Any] = others.get
    known = {one[key] for one in first}
    yield from ((one, get(one[key])) for one in first)
    yield from ((None, one) for one in second if one[key] not in known)


def _by_kind(scene: Scene, site: Any) -> dict[str, float]:
    """Kind → EFLOPS in place at a site, as the map's discs show them."""
    return {
        scene["kinds"][part["kind"]]["kind"]: sum(
            value for name, value in part["parts"].items() if name != "retired"
        )
        for part in (site["kinds"] if site else ())
    }
