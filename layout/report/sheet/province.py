"""One province of a plan on a printed sheet."""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.labels import LANGUAGES, text
from layout.labels.cleaning import clean
from layout.model.derive import scope_sites
from layout.model.weakness import is_weak
from layout.plan.overview import overview
from layout.plan.scopes import zones_in
from layout.report.boundaries import read_boundaries, shipped_boundaries
from layout.report.cards import Cards
from layout.report.colours import KIND_COLOURS
from layout.report.heading import heading
from layout.report.panel import figure_records, target_records
from layout.report.quantities import NOTHING, number, quantity, share
from layout.report.sheet.drawing import Drawing, Ground, Mark, draw
from layout.report.sheet.holdings import DUST, DUST_MCNY, Holdings
from layout.report.sheet.place import province_named
from layout.report.sheet.shell import sheet
from layout.report.sheet.wording import confidence_words
from layout.report.sums import LEAST
from layout.report.view import View

if TYPE_CHECKING:
    from layout.plan import Plan

Card = dict[str, Any]
Section = dict[str, Any]
_LARGEST, _SMALLEST = 18.0, 3.5


def province_sheet(
    plan: Plan,
    province: str,
    lang: str = "zh",
    *,
    boundaries: str | Path | None = None,
    credit: str | None = None,
    date: str | None = None,
) -> str:
    """A province's sheet as one HTML text: same plan and options, same bytes.

    `province` is a code, a Chinese or an English name; `date` is printed below. Figures
    are those of the map's popups. Raises UnknownProvince (exit 3), and InputError for a boundary
    file that cannot be used.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}; there are {', '.join(LANGUAGES)}")
    layer = shipped_boundaries() if boundaries is None else read_boundaries(boundaries)
    code = province_named(plan.model, layer, province)
    view = View(overview(plan), layer, lang, plan.tables)
    here, card = Holdings(view, code), Cards(view).province(code)
    head = heading(view, {"figures": figure_records(view)}, credit, date)
    name = view.provinces[code].name(lang)
    hatched = text("map.proxy.legend_note", lang)
    return sheet(
        "province.html",
        lang,
        t=here.t,
        title=here.t("title", province=name, year=view.year),
        name=name,
        other=view.provinces[code].name("en" if lang == "zh" else "zh"),
        code=code,
        model=clean(head["title"]),
        subtitle=clean(head["subtitle"]),
        status=clean(head["status"]),
        figures=_figures(here),
        answer=_answer(here, name),
        map=_drawing(here, Ground(layer)),
        kinds=_legend(here),
        unit=view.compute_unit,
        actions=here.actions(),
        beside=[_section(card, here, name) for name in ("service", "power")],
        partners=_partners(here, card),
        workloads=here.workloads(),
        years=here.years(list(plan.model.settings.periods)),
        rest=[_section(card, here, "buildings"), *_prices(here)],
        targets=_targets(view, here),
        holdings=here.holdings(),
        sources=[
            (table, source, confidence_words(said, lang), is_weak(said))
            for table, source, said in here.sources()
        ],
        notes=[clean(one) for one in (*card["notes"], *head["notes"]) if one != hatched],
    )


def _figures(here: Holdings) -> list[tuple[str, str]]:
    """The figures at the top of the sheet."""
    view = here.view
    kinds, energy = here.sums.total(here.sites)
    factors = {kind: view.kinds[kind].factor for kind in kinds}
    found: list[tuple[str, str]] = []
    if view.common:
        for key, column in (("compute", "compute_eflops"), ("added", "added")):
            value = sum(row[column] * factors[kind] for kind, row in kinds.items())
            value = value if value > DUST else 0.0
            found.append((here.t(f"figure.{key}", unit=view.compute_unit), number(value)))
    space = sum(row["facility_it_mw"] for row in kinds.values())
    racks = sum(row["racks"] for row in kinds.values())
    found.append((here.t("figure.space"), quantity(space, "MW", here.lang)))
    found.append((here.t("figure.racks"), quantity(racks, "racks", here.lang)))
    if here.invested > DUST_MCNY:
        found.append((here.t("figure.capex"), quantity(here.invested, "mcny", here.lang)))
    if energy:
        power = quantity(energy["facility_gwh"], "GWh", here.lang)
        found.append((here.t("figure.energy"), power))
        found.append((here.t("figure.carbon"), quantity(energy["carbon_kt"], "kt", here.lang)))
    return found


def _answer(here: Holdings, name: str) -> str:
    """What the plan means for the province, in two sentences."""
    view = here.view
    if not view.common or view.service.empty:
        return here.t("answer.base", province=name, count=len(here.sites))
    served = here.sums.served
    own = served.get((here.code, here.code), 0.0)
    away = sum(value for _, value in here.partners(outward=False))
    given = sum(value for _, value in here.partners(outward=True))
    wanted = sum(fp32 for (home, _), (_, fp32) in here.sums.demand.items() if home == here.code)
    inside = own / wanted if wanted > LEAST else None
    role = "gives" if given > away else "takes" if away > given else "even"
    partners = here.partners(outward=role != "takes")
    far = view.provinces[partners[0][0]].name(here.lang) if partners and partners[0][0] else NOTHING
    return here.t(
        f"answer.{role}",
        province=name,
        inside=share(inside),
        given=number(given),
        away=number(away),
        unit=text("report.unit.sum", here.lang) if here.summed else view.compute_unit,
        partner=far,
    )


def _drawing(here: Holdings, ground: Ground) -> Drawing:
    """Sites as numbered discs, their area by compute."""
    sizes = {site: here.compute(site) for site in here.sites}
    most = max(sizes.values(), default=0.0)
    table = here.view.sites
    places = zip(table.index, table["lat"], table["lon"], strict=True)
    where = {str(site): (float(lat), float(lon)) for site, lat, lon in places}
    marks = []
    for place, site in enumerate(here.sites, start=1):
        part = sizes[site] / most if most > LEAST else 0.0
        radius = max(_SMALLEST, _LARGEST * sqrt(part))
        lat, lon = where[site]
        marks.append(Mark(lat, lon, radius, here.colour(site), str(place), True))
    return draw(ground, here.code, marks, here.lang)


def _legend(here: Holdings) -> list[tuple[str, str]]:
    """Colour and name of the kinds that stand here."""
    present = {kind for site in here.sites for kind in here.sums.capacity.get(site, {})}
    return [
        (KIND_COLOURS[about.colour % len(KIND_COLOURS)], clean(about.name))
        for kind, about in here.view.kinds.items()
        if kind in present
    ]


def _section(card: Card, here: Holdings, name: str) -> Section:
    """A part of the popup by its name; without rows where the popup leaves it out."""
    title = text(f"map.section.{name}", here.lang)
    rows = [one["rows"] for one in card["sections"] if str(one["title"]).startswith(title)]
    if name == "service":
        title = f"{title} ({here.view.compute_unit})"
    return {"title": title, "rows": [tuple(row) for row in rows[0]] if rows else []}


def _partners(here: Holdings, card: Card) -> list[Section]:
    """Sites that serve the province, then provinces that it serves and is served from."""
    found = [_section(card, here, "from")]
    if not here.view.common:
        return found
    names = {code: one.name(here.lang) for code, one in here.view.provinces.items()}
    cards = Cards(here.view)
    for title, outward in (("imports", False), ("exports", True)):
        partners = here.partners(outward)
        rows = cards.partners("to" if outward else "from", partners, names)["rows"]
        nobody = [(here.t("nobody"), "")]
        found.append({"title": here.t(title), "rows": [tuple(row) for row in rows] or nobody})
    return found


def _prices(here: Holdings) -> list[Section]:
    rows = here.prices()
    return [{"title": here.t("prices"), "rows": rows}] if rows else []


def _targets(view: View, here: Holdings) -> list[dict[str, str]]:
    """Targets whose scope holds a site of the province; the nation's stand in the report.

    Of a province without sites those whose scope holds one of its zones.
    """
    records = list(view.plan.record.get("targets") or ())
    model, own = view.plan.model, set(here.sites)
    homes = view.zones["home"]
    zones = {str(zone) for zone in homes.index[homes == here.code]}
    found = []
    for record, words in zip(records, target_records(view), strict=True):
        scope = str(record.get("scope") or "nation")
        if scope == "nation":
            continue
        inside = set(model["sites"].loc[scope_sites(model, scope), "site"])
        of_zones = set(model["zones"].loc[zones_in(model, scope), "zone"])
        if inside & own or (not own and of_zones & zones):
            key = "target.part" if inside - own or of_zones - zones else "target.own"
            found.append({**words, "label": clean(words["label"]), "reach": text(f"sheet.{key}",
                          here.lang)})  # fmt: skip
    return found
