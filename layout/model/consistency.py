"""Checks of values against each other within and across tables."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from layout.model.derive import SIZES, without_size
from layout.model.hardware import widened
from layout.model.known import Known
from layout.model.naming import shown

TOLERANCE = 1e-6

_BOUNDS = (
    ("sites", "min_it_mw", "max_it_mw"),
    ("commitments", "min_eflops", "max_eflops"),
    ("commitments", "min_it_mw", "max_it_mw"),
    ("floors", "min_eflops", "max_eflops"),
    ("hall_limits", "min_it_mw", "max_it_mw"),
)


def precision_of_kinds(known: Known) -> None:
    """An EFLOPS of a kind counted in FP32 is one EFLOPS FP32."""
    kinds = known.frame("kinds")
    factor = kinds["fp32_per_native"].to_numpy(float)
    wrong = (kinds["precision"] == "FP32").to_numpy() & ~np.isnan(factor) & (factor != 1)
    for row in np.flatnonzero(wrong):
        known.at_row(
            "kinds",
            int(row),
            "fp32_per_native",
            "mixed_precision",
            found=f"{factor[row]:g}",
            precision="FP32",
        )


def precision_of_outturn(known: Known) -> None:
    """A figure on the FP32 base is not given in another precision."""
    outturn = known.frame("outturn")
    wrong = (outturn["measure"] == "compute_eflops_fp32") & ~outturn["precision"].isin(["", "FP32"])
    for row in np.flatnonzero(wrong.to_numpy()):
        found = outturn["precision"].iloc[row]
        known.at_row(
            "outturn", int(row), "precision", "mixed_precision", found=found, precision="FP32"
        )


_SAID = ("counted", "rating")
_COMPUTE = ("compute_eflops", "compute_eflops_fp32", "kind_share")


def measure_of_compute(known: Known) -> None:
    """Compute that is added or compared counts the same things, rated in the same way (R4)."""
    kinds, outturn = known.frame("kinds"), known.frame("outturn")
    for column in _SAID:
        said = kinds.loc[kinds[column] != "", ["kind", column]]
        if said.empty:
            continue
        kind, other = said.iloc[0]
        values = {"field": column, "kind": shown(kind), "other": other}
        for row in said.index[said[column] != other]:
            found = said.loc[row, column]
            known.at_row("kinds", int(row), column, "mixed_measure", found=found, **values)
        wrong = outturn["measure"].isin(_COMPUTE) & ~outturn[column].isin(["", other])
        for row in np.flatnonzero(wrong.to_numpy()):
            found = outturn[column].iloc[row]
            known.at_row("outturn", int(row), column, "mixed_measure", found=found, **values)


def latency_of_links(known: Known) -> None:
    """A link has one latency: a row for a single workload gives a cost only."""
    links = known.frame("links")
    wrong = (links["workload"] != "").to_numpy() & links["latency_ms"].notna().to_numpy()
    for row in np.flatnonzero(wrong):
        workload = links["workload"].iloc[row]
        known.at_row("links", int(row), "latency_ms", "link_latency_of_workload", workload=workload)


def contradictory_bounds(known: Known) -> None:
    """A minimum does not exceed its maximum."""
    for table, low, high in _BOUNDS:
        frame = known.frame(table)
        least, most = frame[low].to_numpy(float), frame[high].to_numpy(float)
        for row in np.flatnonzero(least > most):
            known.at_row(
                table,
                int(row),
                low,
                "contradictory_bounds",
                low=low,
                high=high,
                least=f"{least[row]:g}",
                most=f"{most[row]:g}",
            )


def contradictory_commitments(known: Known) -> None:
    """What is forbidden has no minimum."""
    frame = known.frame("commitments")
    least = frame[["min_eflops", "min_it_mw"]].to_numpy(float).max(axis=1, initial=0.0)
    for row in np.flatnonzero((frame["status"] == "forbidden").to_numpy() & (least > 0)):
        known.at_row(
            "commitments", int(row), "status", "forbidden_minimum", least=f"{least[row]:g}"
        )


def unlike_block(known: Known) -> None:
    """A block's facility can host its kind; a kind that its site does not take is a warning."""
    stock, facilities, sites = (known.frame(name) for name in ("stock", "facilities", "sites"))

    def listed(cell: str) -> tuple[str, ...]:
        return widened(known.model, _parts(cell))

    hosts = dict(zip(facilities["facility"], map(listed, facilities["kinds"]), strict=True))
    taken = dict(zip(sites["site"], map(listed, sites["kinds"]), strict=True))
    columns = (stock["site"], stock["facility"], stock["kind"])
    for row, (site, facility, kind) in enumerate(zip(*columns, strict=True)):
        if hosts.get(facility) and kind not in hosts[facility]:
            allowed = ", ".join(hosts[facility])
            values = {"kind": kind, "facility": facility, "kinds": allowed}
            known.at_row("stock", row, "kind", "kind_not_in_facility", **values)
        if taken.get(site) and kind not in taken[site]:
            values = {"kind": kind, "site": site, "kinds": ", ".join(taken[site])}
            known.at_row("stock", row, "kind", "kind_not_at_site", severity="warning", **values)


def _parts(cell: str) -> list[str]:
    return [part for part in cell.split(";") if part]


def overfull_block(known: Known) -> None:
    """What is racked in a block fits into its facility space."""
    stock, kinds = known.frame("stock"), known.frame("kinds").set_index("kind")
    if stock.empty or not kinds.index.is_unique:
        return
    power = kinds["it_mw_per_eflops"].reindex(stock["kind"]).to_numpy(float)
    racked = stock["compute_eflops"].to_numpy(float) * power
    space = stock["facility_it_mw"].to_numpy(float)
    for row in np.flatnonzero(racked > space * (1 + TOLERANCE) + 1e-9):
        known.at_row(
            "stock",
            int(row),
            "facility_it_mw",
            "overfull_block",
            racked=f"{racked[row]:.6g}",
            space=f"{space[row]:.6g}",
        )


def first_steps(known: Known) -> None:
    """Steps of price start at the first EFLOPS that is bought."""
    table = known.frame("price_steps")
    starts = table["from_eflops"].to_numpy(float)
    first = ~table.sort_values("from_eflops")["workload"].duplicated().sort_index().to_numpy()
    for row in np.flatnonzero(first & (starts > 0)):
        found = f"{starts[row]:g}"
        known.at_row("price_steps", int(row), "from_eflops", "first_step", found=found)


def slice_hours(known: Known) -> None:
    """Slices make up a year (8,760 hours, or 8,784), with at most 1% of rounding."""
    table = known.frame("slices")
    total = float(table["hours"].sum())
    if not table.empty and not 0.99 * 8760 <= total <= 1.01 * 8784:
        known.at_row("slices", 0, "hours", "slice_hours", found=f"{total:,.6g}")


def storage_of_plants(known: Known) -> None:
    """Storage that goes with a plant is a battery: of time slices, and with a price."""
    settings, frame = known.settings, known.frame("renewables")
    offered = settings.slices.battery_capex_mcny_per_mwh is not None
    if not settings.features.renewables or (settings.features.slices and offered):
        return
    severity = "error" if settings.features.slices else "warning"
    for row in np.flatnonzero(frame["storage_ratio"].to_numpy(float) > 0):
        known.at_row("renewables", int(row), "storage_ratio", "plant_storage", severity=severity)


def idle_renewables(known: Known) -> None:
    """Warn of potential that yields nothing, or costs nothing."""
    frame = known.frame("renewables")
    potential = frame["potential_mw"].to_numpy(float) > 0
    for column in ("capacity_factor", "cost_cny_per_kwh"):
        for row in np.flatnonzero(potential & (frame[column].to_numpy(float) == 0)):
            known.at_row(
                "renewables", int(row), column, "renewable_zero", severity="warning", name=column
            )


def sizes_of_zones(known: Known) -> None:
    """Where some zones say their people (GDP) all should: densities leave out the others."""
    zones = known.frame("zones")
    for column in SIZES:
        size = zones[column].to_numpy(float)
        blank = np.flatnonzero(np.isnan(size))
        if not len(blank) or not (size > 0).any():
            continue
        left_out = without_size(known.model, column)
        values = {
            "name": column,
            "count": str(len(blank)),
            "zones": _some(zones["zone"].iloc[blank]),
            "provinces": _some(left_out) or "–",
        }
        known.at_row("zones", int(blank[0]), column, "size_left_out", severity="warning", **values)


def homes_of_work(known: Known) -> None:
    """Where work away from home takes more compute, places say what their province is."""
    overhead = known.frame("workloads")["away_overhead"].to_numpy(float)
    blank = [
        f"{table}.{name}"
        for table in ("zones", "sites")
        for name in known.frame(table)[table[:-1]][known.frame(table)["province"] == ""]
    ]
    if blank and (overhead > 0).any():
        row = int(np.flatnonzero(overhead > 0)[0])
        at = ("workloads", row, "away_overhead", "away_without_province")
        known.at_row(*at, severity="warning", count=str(len(blank)), places=_some(blank))


def _some(names: Iterable[str]) -> str:
    """The first few names."""
    every = list(names)
    return ", ".join(shown(name) for name in every[:5]) + ("…" if len(every) > 5 else "")
