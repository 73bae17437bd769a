"""What a picture shows of a view: shades, sites, flows, classes. No place on the sheet yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from layout.report.colours import CLASS_COLOURS, KIND_COLOURS
from layout.report.extra import Extra, SiteClasses, province_metrics, site_classes
from layout.report.flows import drawn
from layout.report.metrics import metric_records
from layout.report.panel import main_action
from layout.report.sums import LEAST, Amounts, Sums
from layout.report.view import ACTIONS, View

NO_VALUE = "#ffffff"
"""Shade of a province of the model that has no value."""
_FLOW = ("workload", "kind", "zone", "site", "fp32", "from_home", "to_home")


@dataclass(frozen=True)
class Part:
    """One kind at a site: its colour, main action, and EFLOPS kept, filled … (FP32)."""

    kind: int
    colour: str
    action: str
    amounts: dict[str, float]

    @property
    def total(self) -> float:
        """All of it, with what was retired."""
        return sum(self.amounts.values())


@dataclass(frozen=True)
class Place:
    """A site to draw."""

    site: str
    name: str
    lat: float
    lon: float
    cluster: bool
    letter: str
    parts: tuple[Part, ...]
    marks: tuple[tuple[str, str], ...]
    """Shape and colour of its class in every layer of classes."""


@dataclass(frozen=True)
class Flow:
    """Service from a zone to a site, bent more for every further workload."""

    workload: int
    colour: str
    start: tuple[float, float]
    end: tuple[float, float]
    site: str
    amount: float
    homes: tuple[str, str]
    """Province of the zone and of the site."""


@dataclass(frozen=True)
class Scene:
    """What is drawn."""

    view: View
    metric: dict[str, Any] | None
    places: tuple[Place, ...]
    flows: tuple[Flow, ...]
    classes: tuple[SiteClasses, ...]

    def near(self, code: str) -> Scene:
        """Only with the flows from and to a province."""
        return replace(self, flows=tuple(one for one in self.flows if code in one.homes))

    def sign(self, code: str) -> str:
        """Which side of zero a province is on, for print without colours; '' where none has."""
        if self.metric is None or not self.metric.get("diverging"):
            return ""
        value = self.metric["values"].get(code, 0.0)
        return " +" if value > 0 else " \N{MINUS SIGN}" if value < 0 else ""

    def fill(self, code: str) -> str | None:
        """The shade of a province; None for one outside the model."""
        if code not in self.view.included:
            return None
        value = self.metric["values"].get(code) if self.metric else None
        if self.metric is None or value is None:
            return NO_VALUE
        if value == 0 and self.metric["zero"]:
            return str(self.metric["zero"])
        bin_ = sum(value >= edge for edge in self.metric["breaks"])
        return str(self.metric["colours"][bin_])


def scene(view: View, metric: str | None = None, extras: Sequence[Extra] = ()) -> Scene:
    """The scene; `metric` is the key of a quantity of `metric_records` ('' for no shades).

    Raises ValueError for a quantity that the plan has not.
    """
    sums = Sums(view)
    layers = tuple(site_classes(extras))
    places = tuple(_places(view, sums, layers))
    return Scene(view, _metric(view, metric, extras), places, _flows(view), layers)


def _metric(view: View, key: str | None, extras: Sequence[Extra]) -> dict[str, Any] | None:
    if key == "":
        return None
    records = metric_records(view, province_metrics(extras))
    if key is None:
        return records[0] if records else None
    found = next((one for one in records if one["key"] == key), None)
    if found is None:
        known = ", ".join(str(one["key"]) for one in records)
        raise ValueError(f"no quantity {key}; there are {known}")
    return found


def _places(view: View, sums: Sums, layers: Sequence[SiteClasses]) -> list[Place]:
    table = view.sites
    columns = (table[name] for name in ("lat", "lon", "cluster"))
    return [
        Place(
            site=site,
            name=view.site_names[site],
            lat=float(lat),
            lon=float(lon),
            cluster=bool(cluster),
            letter=view.alike.get(site, ""),
            parts=tuple(_parts(view, sums.capacity.get(site, {}))),
            marks=tuple(_marks(site, layers)),
        )
        for site, lat, lon, cluster in zip(map(str, table.index), *columns, strict=True)
    ]


def _parts(view: View, kinds: dict[str, Amounts]) -> list[Part]:
    found = []
    for kind, row in kinds.items():
        about = view.kinds[kind]
        amounts = {name: row[f"{name}_eflops"] * about.factor for name in (*ACTIONS, "retired")}
        compute = row["compute_eflops"] * about.factor
        kept = max(0.0, compute - sum(amounts[name] for name in ACTIONS))
        action = main_action({**amounts, "compute": compute})
        amounts = {"kept": kept, **amounts}
        shown = {name: value for name, value in amounts.items() if value > LEAST}
        if shown:
            colour = KIND_COLOURS[about.colour % len(KIND_COLOURS)]
            found.append(Part(about.colour, colour, action, shown))
    return found


def _marks(site: str, layers: Sequence[SiteClasses]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for layer in layers:
        one = next((one for one in layer.classes if one.id == layer.of.get(site)), None)
        if one is not None:
            found.append((one.shape, CLASS_COLOURS[one.colour_index % len(CLASS_COLOURS)]))
    return found


def _flows(view: View) -> tuple[Flow, ...]:
    """Those that the page draws, the largest first."""
    if view.service.empty:
        return ()
    number = {workload: place for place, workload in enumerate(view.workloads.index)}
    zones, sites = _coordinates(view.zones), _coordinates(view.sites)
    away = drawn(view)
    columns = (away[name] for name in _FLOW)
    return tuple(
        Flow(
            workload=number[workload],
            colour=KIND_COLOURS[view.kinds[kind].colour % len(KIND_COLOURS)],
            start=zones[zone],
            end=sites[site],
            site=str(site),
            amount=float(amount),
            homes=(home, at),
        )
        for workload, kind, zone, site, amount, home, at in zip(*columns, strict=True)
    )


def _coordinates(table: Any) -> dict[Any, tuple[float, float]]:
    """Code → latitude and longitude."""
    rows = table[["lat", "lon"]].to_numpy(dtype=float).tolist()
    return {code: (lat, lon) for code, (lat, lon) in zip(table.index, rows, strict=True)}
