"""Which province a word stands for: its code, its Chinese or its English name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from layout.errors import LayoutError
from layout.labels.cleaning import clean
from layout.names import province_of_site
from layout.report.boundaries import Boundaries
from layout.report.reach import province_at

if TYPE_CHECKING:
    from layout.model import PlanningModel

_SHOWN = 8
_PREFIX = 3
_LATIN = "\u2e7f"
"""What follows is Chinese, where one character says as much as three letters."""


class UnknownProvince(LayoutError):
    """A word that names no province of the model; exit 3."""

    exit_code = 3


def homes(model: PlanningModel, layer: Boundaries) -> dict[str, str]:
    """Site → code of its province: the model's own where it is one, else where the site lies."""
    known = {one.adcode for one in layer.provinces}
    table, own = model["sites"], province_of_site(model)
    found = {}
    for site, lat, lon in zip(table["site"], table["lat"], table["lon"], strict=True):
        code = f"{own[site][:2]}0000" if own[site].isdigit() and len(own[site]) == 6 else ""
        found[str(site)] = code if code in known else province_at((float(lat), float(lon)), layer)
    return found


def province_named(model: PlanningModel, layer: Boundaries, said: str) -> str:
    """The code of a province: ``520000``, ``province:520000``, 贵州, 贵州省 or Guizhou.

    A province code of the model's own stands for the province in which its sites lie. Raises
    UnknownProvince with the nearest names.
    """
    wanted = said.strip().removeprefix("province:").strip()
    names: dict[str, str] = {}
    of_site = homes(model, layer)
    for site, province in province_of_site(model).items():
        names.setdefault(province.lower(), of_site[site])
    for one in layer.provinces:
        for name in (one.adcode, one.name_zh, one.short_zh, one.name_en):
            names[name.lower()] = one.adcode
    found = names.get(wanted.lower(), "")
    inside = _inside(model, layer)
    if found in inside:
        return found
    near = get_close_matches(wanted.lower(), list(names), n=3, cutoff=0.7)
    length = 1 if wanted > _LATIN else _PREFIX
    near += [name for name in names if wanted and name.startswith(wanted.lower()[:length])]
    shown = [one.short_zh + f" ({one.name_en}, {one.adcode})" for one in layer.provinces
             if one.adcode in ({names[name] for name in near} & inside or inside)]  # fmt: skip
    listed = "; ".join([*shown[:_SHOWN], *["…"] * (len(shown) > _SHOWN)])
    raise UnknownProvince("suitability.error.province", found=clean(said)[:60], near=listed)


def _inside(model: PlanningModel, layer: Boundaries) -> frozenset[str]:
    """Provinces with a site or a zone of the model."""
    known = {one.adcode for one in layer.provinces}
    zones = model["zones"]
    found = set(homes(model, layer).values())
    rows = zip(zones["zone"], zones["province"], zones["lat"], zones["lon"], strict=True)
    for zone, province, lat, lon in rows:
        codes = [
            f"{code[:2]}0000" for code in (province, zone) if code.isdigit() and len(code) == 6
        ]
        own = next((code for code in codes if code in known), "")
        found.add(own or province_at((float(lat), float(lon)), layer))
    return frozenset(found - {""})
