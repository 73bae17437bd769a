"""Targets as rows: hard, or soft with a priced shortfall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from layout.algebra import Index
from layout.formulation import measures
from layout.formulation.linear import Linear, dense
from layout.formulation.measures import MEASURES, Ratio
from layout.formulation.parts import Part, Rows
from layout.formulation.variables import Variables
from layout.model import derive
from layout.model.costs import DEFAULT_PENALTY
from layout.model.schema import MEASURE_FEATURES

if TYPE_CHECKING:
    from layout.model import Target

AI_KIND = "intelligent"
AI_CENTRE_EFLOPS = 0.1
PRESENCE = 1e-3  # MW and EFLOPS: the least that makes an opened site a site


@dataclass(frozen=True)
class Cone:
    """A length that is at least that of a vector: ‖levels‖₂ ≤ length (61b).

    Each level has a share levels²/length of the length, by tangents. Rows hold the cone along
    every axis and along the diagonal; tangents that solving adds (layout.solving.cones) hold it
    where the plan is.
    """

    levels: Part
    shares: Part
    length: Part


@dataclass
class TargetRows:
    """Rows that targets add to a model in one year.

    `ratios` holds the measure of every target that has a row, by id; `rows` the row of every
    target and the families that single measures need besides; `cones` what rows cannot say.
    """

    ids: list[str] = field(default_factory=list)
    ratios: dict[str, Ratio] = field(default_factory=dict)
    penalties: list[float] = field(default_factory=list)
    soft: list[int] = field(default_factory=list)
    linear: Linear = field(default_factory=Linear)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    rows: dict[str, Rows] = field(default_factory=dict)
    cones: dict[str, Cone] = field(default_factory=dict)
    shortfall: Part | None = None

    def penalty(self) -> Linear:
        """Price of all shortfalls, mcny."""
        linear = Linear()
        if self.shortfall is not None:
            each = np.arange(len(self.penalties))
            linear.add(self.shortfall, np.zeros(len(each), dtype=int), each, self.penalties)
        return linear


def _sites_with_centres(v: Variables, target: Target, out: TargetRows) -> Ratio:
    """AI centres (56): installed[i,ai] ≥ basis·centre[i], Σ centre counted; centre binary."""
    case = v.case
    least = float(target.basis or AI_CENTRE_EFLOPS)
    sites = np.flatnonzero(measures.scope(v, target))
    row_of = dense((len(case.sites),))
    row_of[sites] = np.arange(len(sites))
    index = v.site_index(sites)
    name, doc = f"centre_{target.id}", "1 if an AI centre stands"
    centre = v.new(name, index, upper=1.0, integer=True, doc=doc, unit="1")
    ai = case.family(AI_KIND)
    rows = Linear(len(sites))
    units = case.units
    v.add_installed(rows, np.where(ai[units.kind], row_of[units.pair_site], -1))
    each = np.arange(len(sites))
    rows.add(centre, each, each, -least)
    out.rows[f"centre_size_{target.id}"] = rows.rows(
        index, lower=0.0, doc="an AI centre holds its least compute, EFLOPS"
    )
    return Ratio(Linear().add(centre, np.zeros(len(each), dtype=int), each), None, "sites")


def _new_green(v: Variables, target: Target, out: TargetRows) -> Ratio:
    """Green share of new space (32), metered apart.

    green_new[i] ≤ Σ_{g without carbon} renewable[i,g] + certificate[i],
    green_new[i] ≤ energy of new space[i];
    the share is Σ green_new / Σ energy of new space, GWh.
    """
    case = v.case
    mask = measures.scope(v, target)
    sites = np.flatnonzero(mask)
    each = np.arange(len(sites))
    row_of = dense((len(case.sites),))
    row_of[sites] = each
    index = v.site_index(sites)
    doc = "green energy given to new space"
    green = v.new(f"green_new_{target.id}", index, doc=doc, unit="GWh")
    used = measures.new_energy(v, mask)
    supply = Linear(len(sites)).add(green, each, each)
    renewable = np.arange(len(v.renewable_site))
    of_green = np.where(v.renewable_carbon > 0, -1, row_of[v.renewable_site])
    supply.add(v.renewable, of_green, renewable, -1.0)
    supply.add(v.certificate, each, sites, -1.0)
    need = Linear(len(sites)).add(green, each, each)
    for var, row, at, by in used.terms:
        need.add(var, row_of[row], at, -by)
    out.rows[f"green_new_supply_{target.id}"] = supply.rows(
        index, upper=0.0, doc="green energy of new space is supplied, GWh"
    )
    out.rows[f"green_new_use_{target.id}"] = need.rows(
        index, upper=0.0, doc="green energy of new space is used there, GWh"
    )
    share = Linear().add(green, np.zeros(len(each), dtype=int), each)
    return Ratio(share, used.total(), "GWh")


def _gini(v: Variables, target: Target, out: TargetRows) -> Ratio:
    """Gini of compute per head or per GDP over provinces (61a), linear for a constant cap.

    Over provinces whose people (GDP) are known in all their zones.

    gap[r,s] ≥ z_r − z_s and ≥ z_s − z_r; Σ_{r<s} gap / (n·Σ_r z_r).
    """
    case = v.case
    base = "gdp_100m_cny" if target.basis == "per_gdp" else "population_10k"
    weight = derive.province_sizes(case.model)[base]
    weight = weight[weight > 0]
    every = np.ones(len(case.kinds), dtype=bool)
    levels = [
        measures.fp32(v, derive.scope_sites(case.model, f"province:{name}"), every)
        for name in weight.index
    ]
    scale = weight.mean() / weight.to_numpy(float)
    first, second = np.triu_indices(len(levels), k=1)
    names = weight.index.to_numpy(dtype=object)
    index = Index(
        ("province", "other", "year"),
        (names[first], names[second], np.full(len(first), case.year)),
    )
    doc = "difference of compute per head or GDP"
    gap = v.new(f"gap_{target.id}", index, doc=doc, unit="EFLOPS FP32")
    each = np.arange(len(first))
    for name, sign in (("above", 1.0), ("below", -1.0)):
        rows = Linear(len(first)).add(gap, each, each)
        for province, level in enumerate(levels):
            for at, by in ((first == province, -sign), (second == province, sign)):
                for number in np.flatnonzero(at):
                    rows.constant(number, by * scale[province] * level.constants[0])
                    for var, _, position, coefficient in level.terms:
                        row = np.full(len(position), number)
                        rows.add(var, row, position, by * scale[province] * coefficient)
        out.rows[f"gap_{name}_{target.id}"] = rows.rows(
            index, lower=0.0, doc="the gap is at least the difference"
        )
    total = Linear()
    for level, by in zip(levels, scale, strict=True):
        total = total.plus(level, by * len(levels))
    numerator = Linear().add(gap, np.zeros(len(each), dtype=int), each)
    return Ratio(numerator, total, "EFLOPS FP32")


def _hhi(v: Variables, target: Target, out: TargetRows) -> Ratio:
    """Herfindahl–Hirschman index of compute over provinces or regions (61b): (‖z‖₂ / Σ_r z_r)².

    z_r = Σ_{i in r} Σ_k fp32_per_native·installed is the level of place r in scope, and ‖z‖₂ the
    length; EFLOPS FP32. See `_cone_rows`.
    """
    case, unit = v.case, "EFLOPS FP32"
    inside = np.flatnonzero(measures.scope(v, target))
    places = case.site_table[target.basis or "province"].to_numpy(dtype=str)[inside]
    names, at = np.unique(places, return_inverse=True)
    place_of = dense((len(case.sites),))
    place_of[inside] = at
    years = np.full(len(names), case.year)
    index = Index(("place", "year"), (names.astype(object), years))
    own = _target_index(v, [target.id])
    cone = Cone(
        v.new(f"level_{target.id}", index, doc="compute of a place", unit=unit),
        v.new(f"share_{target.id}", index, doc="share of a place in the length", unit=unit),
        v.new(f"length_{target.id}", own, doc="length of the compute by place", unit=unit),
    )
    each = np.arange(len(names))
    sums = measures.add_fp32(v, Linear(len(names)), target, place_of[case.units.pair_site])
    sums = sums.plus(Linear(len(names)).add(cone.levels, each, each), -1.0)
    doc = "compute of a place, EFLOPS FP32"
    out.rows[f"place_{target.id}"] = sums.rows(index, lower=0.0, upper=0.0, doc=doc)
    out.rows |= {f"{name}_{target.id}": rows for name, rows in _cone_rows(cone, own).items()}
    out.cones[target.id] = cone
    total = Linear().add(cone.levels, np.zeros(len(names), dtype=int), each)
    return Ratio(Linear().add(cone.length, 0, 0), total, unit, power=2.0)


def _cone_rows(cone: Cone, own: Index) -> dict[str, Rows]:
    """What every plan keeps: z_r ≤ length, Σ_r z_r ≤ √n·length, Σ_r share_r ≤ length (61b)."""
    count = len(cone.levels)
    each, zero = np.arange(count), np.zeros(count, dtype=int)
    axes = Linear(count).add(cone.length, each, 0).add(cone.levels, each, each, -1.0)
    spread = Linear().add(cone.length, 0, 0, float(np.sqrt(count)))
    spread.add(cone.levels, zero, each, -1.0)
    parts = Linear().add(cone.length, 0, 0).add(cone.shares, zero, each, -1.0)
    doc = "no place is longer than all"
    return {
        "axis": axes.rows(cone.levels.index, lower=0.0, doc=doc),
        "diagonal": spread.rows(own, lower=0.0, doc="spread evenly, all are so long"),
        "parts": parts.rows(own, lower=0.0, doc="the shares make up the length"),
    }


def _sites_held(v: Variables, target: Target, out: TargetRows) -> Ratio:
    """Open sites in scope; where more are asked for, none is opened without anything in it.

    Σ_f new MW[i] + Σ_k install[i] ≥ 0.001·open[i] for sites without existing capacity.
    """
    if target.sense == "at_least":
        row_of = dense((len(v.case.sites),))
        each = np.arange(len(v.fresh_sites))
        row_of[v.fresh_sites] = each
        rows = Linear(len(each))
        units = v.case.units
        v.add_new_space(rows, row_of[units.site])
        v.add_planned(rows, row_of[units.pair_site])
        rows.add(v.open, each, each, -PRESENCE)
        out.rows[f"site_held_{target.id}"] = rows.rows(
            v.site_index(v.fresh_sites), lower=0.0, doc="an opened site holds something"
        )
    return measures.site_count(v, target)


def ratio_of(v: Variables, target: Target, out: TargetRows) -> Ratio | None:
    """The measure of a target, or None where the built features cannot express it."""
    if target.measure == "ai_centres":
        return _sites_with_centres(v, target, out)
    if target.measure == "site_count":
        return _sites_held(v, target, out)
    if target.measure == "gini":
        return _gini(v, target, out)
    if target.measure == "hhi":
        return _hhi(v, target, out)
    if target.measure == "green_share" and target.basis == "new":
        return _new_green(v, target, out)
    measure = MEASURES.get(target.measure)
    return None if measure is None else measure(v, target)


def target_rows(v: Variables) -> TargetRows:
    """Every hard and soft target of the year as a row.

    at_least: numerator − value·denominator + shortfall ≥ 0; at_most: … − shortfall ≤ 0 (54)–(62).
    A soft target has a shortfall ≥ 0 in the numerator's unit, priced in the objective.
    """
    out = TargetRows()
    chosen: list[tuple[Target, Ratio]] = []
    for target in v.case.settings.targets:
        if target.mode == "report" or target.year not in (None, v.case.year):
            continue
        feature = MEASURE_FEATURES.get(target.measure)
        if feature and not getattr(v.case.settings.features, feature):
            continue
        ratio = ratio_of(v, target, out)
        if ratio is not None and target.value is not None:
            chosen.append((target, ratio))
    _fill(out, chosen)
    ids = [out.ids[number] for number in out.soft]
    doc = "shortfall of a soft target"
    out.shortfall = v.new("shortfall", _target_index(v, ids), doc=doc, unit="the numerator's")
    out.rows["target"] = _with_shortfalls(out, chosen, _target_index(v, out.ids))
    return out


def at_other_values(known: TargetRows, targets: Sequence[Target]) -> Rows:
    """The rows ``target`` of a year when its targets have other values and differ in nothing else.

    The measures, and the variables that some of them have of their own, are those of `known`.
    """
    of = {target.id: target for target in targets}
    chosen = [(of[name], known.ratios[name]) for name in known.ids]
    out = TargetRows(shortfall=known.shortfall)
    _fill(out, chosen)
    return _with_shortfalls(out, chosen, known.rows["target"].index)


def _target_index(v: Variables, ids: list[str]) -> Index:
    labels = np.array(ids, dtype=object), np.full(len(ids), v.case.year)
    return Index(("target", "year"), labels)


def _add_row(out: TargetRows, number: int, target: Target, ratio: Ratio) -> None:
    value = ratio.required(float(target.value))
    row = ratio.numerator
    bound = value if ratio.denominator is None else 0.0
    if ratio.denominator is not None:
        row = row.plus(ratio.denominator, -value)
    out.linear.constant(number, row.constants.sum())
    for var, _, at, by in row.terms:
        out.linear.add(var, np.full(len(at), number), at, by)
    at_least = target.sense == "at_least"
    out.lower.append(bound if at_least else -np.inf)
    out.upper.append(np.inf if at_least else bound)
    out.ids.append(target.id)
    out.ratios[target.id] = ratio
    if target.mode == "soft":
        price = target.penalty if target.penalty is not None else DEFAULT_PENALTY[ratio.unit]
        out.soft.append(number)
        out.penalties.append(float(price))


def _fill(out: TargetRows, chosen: list[tuple[Target, Ratio]]) -> None:
    out.linear = Linear(len(chosen))
    for number, (target, ratio) in enumerate(chosen):
        _add_row(out, number, target, ratio)


def _with_shortfalls(out: TargetRows, chosen: list[tuple[Target, Ratio]], index: Index) -> Rows:
    assert out.shortfall is not None
    sign = [1.0 if chosen[number][0].sense == "at_least" else -1.0 for number in out.soft]
    each = np.arange(len(out.soft))
    out.linear.add(out.shortfall, np.array(out.soft, dtype=int), each, sign)
    return out.linear.rows(
        index, lower=out.lower, upper=out.upper, doc="policy targets, in the numerator's unit"
    )
