"""Whatever a model says, writing and reading it gives it back."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layout.model import TABLES, Settings, read_model, write_model
from tests.model.sample import good

visible = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))
texts = st.text(st.one_of(visible, st.just("\n")), max_size=20).map(str.strip)
site_codes = st.text("ABz019-_. 贵安", max_size=8).map(lambda words: f"s{words}".strip())
amounts = st.floats(0, 1e9, allow_nan=False).map(lambda value: value + 0.0)
limits = st.one_of(amounts.map(lambda value: value + 1e4), st.just(float("inf")))


@st.composite
def sites(draw: st.DrawFn) -> pd.DataFrame:
    """Sites off the Chinese coast of the map, so that nothing can be inferred."""
    names = sorted(draw(st.lists(site_codes, min_size=1, max_size=5, unique=True)))
    drawn: dict[str, Any] = {
        "site": names,
        "name_en": [draw(texts) for _ in names],
        "name_zh": [draw(texts) for _ in names],
        "lat": [draw(st.floats(-60, -10)) for _ in names],
        "lon": [draw(st.floats(-60, -10)) for _ in names],
        "fixed_cost_mcny_per_year": [draw(amounts) for _ in names],
        "max_it_mw": [draw(limits) for _ in names],
        "land_ha": [draw(limits) for _ in names],
        "note": [draw(texts) for _ in names],
    }
    return pd.DataFrame(drawn)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    table=sites(),
    rate=st.floats(0, 1),
    title=texts,
    source=texts,
    values=st.lists(amounts, max_size=3),
)
def test_read_of_write_is_the_model(
    table: pd.DataFrame, rate: float, title: str, source: str, values: list[float]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        start = read_model(good(root / "m"), sets=["economy.unserved_penalty_mcny_per_eflops=1"])
        tables = dict(start.tables)
        frame = start["sites"].iloc[:0].drop(columns="note").reindex(range(len(table)))
        for column in TABLES["sites"]:
            if column.name in table:
                frame[column.name] = table[column.name]
            else:
                frame[column.name] = column.default
        frame = frame.astype(dict(start["sites"].drop(columns="note").dtypes))
        tables["sites"] = frame.assign(note=table["note"].astype("str"))
        for name in ("stock", "pue"):
            tables[name] = start[name].iloc[:0].copy()
        plain = start.resolved.model_dump()
        plain["title"] = {"en": title, "zh": ""}
        plain["economy"]["discount_rate"] = rate
        plain["targets"] = [
            {
                "id": f"t{i}",
                "measure": "carbon_kt",
                "sense": "at_most",
                "value": value,
                "source": source,
                "mode": "report",
            }
            for i, value in enumerate(values)
        ]
        model = replace(start, settings=Settings.model_validate(plain), tables=tables)
        write_model(model, root / "w")
        assert read_model(root / "w") == model
