"""Every key figure has a name in both languages."""

from __future__ import annotations

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
    assert kpi_name("something_new", lang, kinds) == "something_new"
