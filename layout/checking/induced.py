"""What spending sets off by province, with the multipliers of the model, worked out again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.findings import ROW

_OF = {
    "output_mcny": "output_ratio",
    "value_added_mcny": "value_added_ratio",
    "jobs_person_years": "jobs_person_years_per_mcny",
}
_RUNNING = (
    *(
        "grid_energy",
        "backup_energy",
        "renewable_energy",
        "certificates",
        "capacity_charge",
        "battery",
        "cold_storage",
        "carbon",
    ),
    *("water", "heat", "network", "backbone", "moving", "facility_om", "it_om"),
)
"""Components of cost that are spent every year where the site is."""


def check_induced(case: Case) -> None:
    """``induced`` is what was spent in each province times its multipliers, and nothing else."""
    table = case.plan.model["multipliers"]
    found = case.table("induced").set_index(["province", "spending"])
    if table.empty and found.empty:
        return
    keys = zip(table["province"], table["spending"], strict=True)
    ratios = dict(zip(keys, table[list(_OF.values())].to_numpy(dtype=float), strict=True))
    expected: dict[tuple[str, str], list[float]] = {}
    for (province, spending), mcny in sorted(_spent(case).items()):
        own = ratios.get((province, spending), ratios.get(("", spending)))
        if own is not None and mcny > 0:
            expected[province, spending] = [mcny, *(mcny * own)]
    every = sorted({*expected, *found.index})
    if not every:
        return
    index = pd.MultiIndex.from_tuples(every, names=["province", "spending"])
    names = ["spent_mcny", *_OF]
    wanted = pd.DataFrame([expected.get(key, [0.0] * 4) for key in every], index, names)
    stated = found.reindex(index)[names].fillna(0.0)
    for name in names:
        place = keyed("induced.csv", index)
        case.findings.equal("induced", place, stated[name], wanted[name], least=ROW)


def _spent(case: Case) -> dict[tuple[str, str], float]:
    """(province, spending) → mcny: halls and IT put into service in the year, running cost."""
    province = case.facts.tables["sites"]["province"]
    cost = case.table("cost")
    running = cost[cost["component"].isin(_RUNNING) & cost["site"].isin(province.index)]
    parts = [
        _halls(case).assign(spending="halls"),
        _machines(case).assign(spending="it"),
        running[["site"]].assign(mcny=running["mcny"] / case.weight, spending="running"),
    ]
    rows = pd.concat(parts, ignore_index=True)
    place = rows["site"].map(province).to_numpy(dtype=object)
    sums: dict[tuple[str, str], float] = {}
    for where, what, mcny in zip(place, rows["spending"], rows["mcny"], strict=True):
        key = str(where), str(what)
        sums[key] = sums.get(key, 0.0) + float(mcny)
    return sums


def _halls(case: Case) -> pd.DataFrame:
    """Site, mcny: new and retrofitted space put up in the year, new halls with their generators."""
    mw, facts = case.put_up, case.facts
    of = case.units.drop_duplicates("unit").set_index("unit").reindex(mw.index)
    turned = np.array([">" in unit for unit in mw.index], dtype=bool)
    new = facts.numbers("facilities", "capex_mcny_per_mw", of["facility"])
    old = np.nan_to_num(facts.numbers("facilities", "retrofit_capex_mcny_per_mw", of["facility"]))
    local = facts.numbers("sites", "cost_factor", of["site"])
    fails = facts.power["backup"].reindex(of["site"]).to_numpy(dtype=float) > 0
    generators = case.plan.model.settings.backup_power.capex_mcny_per_mw or 0.0
    backup = np.where(fails & ~turned, generators * of["pue"].to_numpy(dtype=float), 0.0)
    price = np.where(turned, old, new) * local + backup
    return pd.DataFrame({"site": of["site"].to_numpy(), "mcny": price * mw.to_numpy(float)})


def _machines(case: Case) -> pd.DataFrame:
    """Site, mcny: IT and, with the feature, storage put into service in the year."""
    units, own = case.units, case.plan.model.settings.storage
    added = units["filled_eflops"] + units["expanded_eflops"] + units["built_eflops"]
    price = case.facts.numbers("kinds", "it_capex_mcny_per_eflops", units["kind"])
    storage = case.table("storage")
    disks = own.disk_mcny_per_eb * storage["added_disk_eb"]
    disks = disks + own.ssd_mcny_per_eb * storage["added_ssd_eb"]
    frames = [
        pd.DataFrame({"site": units["site"], "mcny": price * added.to_numpy(dtype=float)}),
        pd.DataFrame({"site": storage["site"], "mcny": disks}),
    ]
    return pd.concat(frames, ignore_index=True)
