"""Every key figure has a name in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layout.labels import LANGUAGES
from layout.model import read_model
from layout.plan.files import empty_tables
from layout.plan.kpis import kpis
from layout.report.kpi_names import kpi_name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_key_figure_is_shown_by_its_key(lang: str) -> None:
    model = read_model("national-2025", scenarios=["everything"])
    kinds = {kind: f"kind {kind}" for kind in model["kinds"]["kind"]}
    keys = [*kpis(empty_tables(), model), "network_link_utilisation_A~B", "outage_worst_hub:GZ"]
    assert len(keys) > 80
    names = [kpi_name(key, lang, kinds) for key in keys]
    assert not set(names) & set(keys)
    assert len(set(names)) == len(names)
    assert kpi_name("east_to_west_share_of_hpc", lang, {}, {"hpc": "science"}).endswith("science")
    flow = kpi_name("capital_flow_mcny_east~west", lang, kinds)
    assert flow.endswith("East → West" if lang == "en" else "东部 → 西部")
    assert kpi_name("capex_mcny_in_north", lang, kinds).endswith("north")
    paid = kpi_name("network_mcny_of_otn", lang, {})
    assert paid == ("Paid for carrying: otn" if lang == "en" else "传输费：otn")
    assert kpi_name("network_gbps_1000km_of_otn", lang, {}).endswith(("distance: otn", "里程：otn"))
    assert kpi_name("something_new", lang, kinds) == "something_new"


def test_every_key_figure_is_explained() -> None:
    """Each stands in the table of docs/reading-a-plan.md, a kind or class of work as <…>."""
    model = read_model("national-2025", scenarios=["everything"])
    page = (Path(__file__).parents[2] / "docs/reading-a-plan.md").read_text("utf-8")
    page = page.partition("## Key figures")[2].partition("\n## ")[0]
    written = set(re.findall(r"`([^`]+)`", page))
    for part in ("capital", "power", "network"):
        written.add(f"cost_{part}_mcny_per_pflops_year_<kind>")
    for end in ("p50_ms", "p95_ms", "p99_ms", "max_ms", "within_5ms", "within_20ms"):
        written.add(f"latency_<basis>_{end}")
    names = {"kind": model["kinds"]["kind"], "workload": model["workloads"]["workload"]}
    names["region"] = model["zones"]["region"].drop_duplicates()
    for key in kpis(empty_tables(), model):
        found = re.sub("_(one_way|rtt)_(?=mean|p|max|within)", "_<basis>_", key)
        found = key if key.startswith(("people", "gdp")) else found
        found = re.sub("_[a-z]+~[a-z]+$", "_<region>~<region>", found)
        for what, codes in names.items():
            ends = "|".join(map(re.escape, codes))
            found = re.sub(f"_({ends})$", f"_<{what}>", found)
        assert found in written, key
