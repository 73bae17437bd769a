"""Where compute stands against people and output: Gini, CR3, Theil, Lorenz, specialisation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.model.derive import province_sizes
from layout.once import once
from layout.plan.baseyear import base_ledger
from layout.plan.ledger import Floats, Ledger
from layout.plan.ratio import TINY
from layout.plan.weighing import Figure, quotient

SIZES = {"head": "population_10k", "gdp": "gdp_100m_cny"}
"""What a density of compute is over → column of `provinces`."""


AI_KIND = "intelligent"


@once
def provinces(ledger: Ledger) -> pd.DataFrame:
    """Every province with a zone or a site: compute_fp32, people, GDP, and its region.

    Columns compute_fp32 (EFLOPS), population_10k, gdp_100m_cny (NaN where not all its zones say),
    region (of its zone with most people, else of its first site; '' where none is named).
    """
    zones, sites = ledger.model["zones"], ledger.model["sites"]
    zones, sites = zones[zones["province"] != ""], sites[sites["province"] != ""]
    index = pd.Index(sorted({*zones["province"], *sites["province"]}), dtype=object)
    held = ledger.words("sites", "province", ledger.units["site"])
    compute = ledger.units["compute_fp32"].groupby(held).sum(min_count=1)
    unknown = bool(ledger.units["compute_fp32"].isna().any())
    sizes = province_sizes(ledger.model)
    order = zones.sort_values(["population_10k", "zone"], ascending=[False, True])
    places = pd.concat([order, sites])
    region = places[places["region"] != ""].groupby("province", sort=True)["region"].first()
    return sizes.reindex(index).assign(
        compute_fp32=np.nan if unknown else compute.reindex(index).fillna(0.0),
        region=region.reindex(index).fillna("").astype(object),
    )


def before_and_after(ledger: Ledger) -> pd.DataFrame:
    """`provinces` in the base year and in the plan, with compute per head and per GDP (R37).

    Columns region, population_10k, gdp_100m_cny, before, after (EFLOPS FP32), and for each of
    `SIZES` before_<size> and after_<size>: GFLOPS FP32 per person, or per 10k CNY.
    """
    table = provinces(ledger).rename(columns={"compute_fp32": "after"})
    table = table.assign(before=provinces(base_ledger(ledger.model))["compute_fp32"])
    for name, column in SIZES.items():
        size = table[column].to_numpy(dtype=float)
        for when in ("before", "after"):
            table[f"{when}_{name}"] = density(table[when].to_numpy(dtype=float), size)
    return table


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Concentration over provinces, inequality between and within regions, mixes of kinds."""
    table = provinces(ledger)
    compute = table["compute_fp32"].to_numpy(dtype=float)
    yield "cr3_provinces", cr3(compute), "share"
    yield "gini_compute", gini(compute), "index"
    yield "compute_gflops_per_head", _per(table, "population_10k"), "GFLOPS FP32/person"
    yield "compute_gflops_per_10k_cny", _per(table, "gdp_100m_cny"), "GFLOPS FP32/10k CNY"
    known = table[(table["population_10k"] > 0).to_numpy(dtype=bool)]
    between, within = theil(
        known["compute_fp32"].to_numpy(dtype=float),
        known["population_10k"].to_numpy(dtype=float),
        known["region"].to_numpy(dtype=object),
    )
    whole = None if between is None or within is None else between + within
    yield "theil_per_head", whole, "index"
    yield "theil_per_head_between_regions", between, "index"
    yield "theil_per_head_within_regions", within, "index"
    yield "specialisation", _specialisation(ledger), "index"
    if (ledger.model["kinds"]["kind"] == AI_KIND).any():
        yield "ai_gdp_rank_correlation", _ai_follows_gdp(ledger), "index"
    if ledger.base:
        return
    yield "duplication_share", _duplication(ledger), "share"
    if (ledger.model["kinds"]["supplier"] != "").any():
        yield "supplier_hhi_additions", _supplier_hhi(ledger), "index"


def density(compute: Floats, size: Floats) -> Floats:
    """GFLOPS FP32 per head (size in 10k persons) or per 10k CNY (size in 100m CNY).

    EFLOPS are 10⁹ GFLOPS; both sizes are 10⁴ of what it is per. NaN where there is no size.
    """
    return np.divide(compute, size, out=np.full(len(size), np.nan), where=size > 0) * 1e5


def _per(table: pd.DataFrame, column: str) -> float | None:
    """Compute of all provinces over their people or GDP; None where one does not say (R37)."""
    size = table[column].to_numpy(dtype=float)
    total = np.array([table["compute_fp32"].sum(skipna=False)])
    found = float(density(total, np.array([size.sum()]))[0]) if len(size) else np.nan
    return found if np.isfinite(found) else None


def cr3(compute: Floats) -> float | None:
    """Share of the three provinces with most compute (CR3, kpis.md)."""
    return quotient(float(np.sort(compute)[::-1][:3].sum()), float(compute.sum()))


def gini(values: Floats) -> float | None:
    """Gini of plain amounts: Σ_i Σ_j |v_i − v_j| / (2 n Σ v); provinces with nothing count."""
    apart = np.abs(values[:, None] - values[None, :]).sum()
    return quotient(float(apart), 2 * len(values) * float(values.sum()))


def theil(compute: Floats, people: Floats, region: np.ndarray) -> tuple[float | None, float | None]:
    """Theil's T of compute per head: between regions, and within them (kpis.md).

    With c the share of compute and n of people, T = Σ c ln(c/n) over provinces (0 ln 0 = 0).
    Between: the same over regions. Within: T less that, each region weighted by its compute.
    """
    if not len(compute) or not compute.sum() > TINY:
        return None, None
    c, n = compute / compute.sum(), people / people.sum()
    sums = pd.DataFrame({"c": c, "n": n}).groupby(pd.Series(region, dtype=object)).sum()
    between = _entropy(sums["c"].to_numpy(dtype=float), sums["n"].to_numpy(dtype=float))
    return between, max(0.0, _entropy(c, n) - between)


def _entropy(c: Floats, n: Floats) -> float:
    some = c > 0
    return max(0.0, float((c[some] * np.log(c[some] / n[some])).sum()))


def lorenz(compute: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Points of a Lorenz curve: shares of `size` and of compute, the poorest per unit first.

    Both run from 0 to 1; places without size are left out.
    """
    some = size > 0
    compute, size = compute[some], size[some]
    order = np.argsort(compute / size, kind="stable")
    parts = (np.concatenate([[0.0], np.cumsum(one[order])]) for one in (size, compute))
    x, y = (part / part[-1] if part[-1] > 0 else part for part in parts)
    return x, y


def _mixes(ledger: Ledger) -> pd.DataFrame:
    """Province × kind (sub-kinds with what they are of): compute, FP32 equivalents.

    Sites that name no province are left out.
    """
    units = ledger.units
    parent = ledger.words("kinds", "parent", units["kind"])
    root = np.where(parent == "", units["kind"].to_numpy(dtype=object), parent)
    place = ledger.words("sites", "province", units["site"])
    amount = units["compute_fp32"].groupby([place, root]).sum(min_count=1)
    return amount.unstack(fill_value=0).drop(index="", errors="ignore")


def _specialisation(ledger: Ledger) -> float | None:
    """How far the mixes of kinds of provinces lie apart (R95): 0 = the same mix everywhere.

    Half of Krugman's index, weighted by compute: Σ_p w_p · ½ Σ_k |s_pk − s_k|, with s_pk the
    share of kind k in the compute of province p (FP32 equivalents), s_k in the nation's and w_p
    the province's share of the nation's. It is the part of all compute that would have to change
    its place for every province to have the nation's mix. None with fewer than two kinds.
    """
    if ledger.units.empty or ledger.units["compute_fp32"].isna().any():
        return None
    mixes = _mixes(ledger)
    total = float(mixes.to_numpy().sum())
    if mixes.shape[1] < 2 or not total > TINY:
        return None
    own, nation = mixes.sum(axis=1).to_numpy(), mixes.sum().to_numpy() / total
    apart = np.abs(mixes.to_numpy() - own[:, None] * nation[None, :]).sum() / 2
    return float(apart / total)


def _duplication(ledger: Ledger) -> float | None:
    """The part of new halls that doubles what stands empty (R75).

    Σ min(racked MW in new halls, vacant MW of the stock) over provinces and kinds, over all
    racked MW in new halls: for so much of it, space that was given to the same kind stands vacant
    in the same province. None where no new hall is racked.
    """
    units = ledger.units
    place = ledger.words("sites", "province", units["site"])
    parent = ledger.words("kinds", "parent", units["kind"])
    root = np.where(parent == "", units["kind"].to_numpy(dtype=object), parent)
    vacant = (units["space_mw"] - units["it_mw"]).clip(lower=0.0).where(~units["new"], 0.0)
    racked = units["it_mw"].where(units["new"], 0.0)
    sums = pd.DataFrame({"vacant": vacant, "racked": racked}).groupby([place, root]).sum()
    sums = sums.drop(index="", level=0, errors="ignore")  # a site that names no province
    both = np.minimum(sums["vacant"], sums["racked"]).sum()
    return quotient(float(both), float(racked.sum()))


def _ai_follows_gdp(ledger: Ledger) -> float | None:
    """Spearman's rank correlation of intelligent compute and GDP over provinces (R81).

    Native EFLOPS of the kind and its sub-kinds; 1 = the order of GDP. None with fewer than three
    provinces whose GDP is known, or where all have the same.
    """
    units = ledger.units[ledger.of_kind(AI_KIND, ledger.units["kind"])]
    held = units["compute_eflops"].groupby(ledger.words("sites", "province", units["site"])).sum()
    table = provinces(ledger)
    known = table[(table["gdp_100m_cny"] > 0).to_numpy(dtype=bool)]
    pair = pd.DataFrame({"ai": held.reindex(known.index).fillna(0.0), "gdp": known["gdp_100m_cny"]})
    if len(pair) < 3 or (pair.nunique() < 2).any():
        return None
    ranks = pair.rank().to_numpy(dtype=float)
    return float(np.corrcoef(ranks, rowvar=False)[0, 1])


def _supplier_hhi(ledger: Ledger) -> float | None:
    """Σ (share of a supplier in the gross additions)², FP32 equivalents (R160).

    A sub-kind that names no supplier has its parent's. None where something is added of a kind
    that names none, or nothing is added.
    """
    units = ledger.units[ledger.units["added_eflops"] > TINY]
    own, parent = (ledger.words("kinds", name, units["kind"]) for name in ("supplier", "parent"))
    whose = np.where(own == "", ledger.words("kinds", "supplier", parent), own)
    if any(not isinstance(one, str) or not one for one in whose):
        return None
    share = units["added_fp32"].groupby(whose).sum(min_count=1).to_numpy(dtype=float)
    return quotient(float((share**2).sum()), float(share.sum()) ** 2)
