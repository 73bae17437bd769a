"""The one declaration of every table of a planning model: columns, types, units, bounds.

Reading, checks, documents, table headers and messages are all made from `TABLES`.
Labels and descriptions stand in ``layout/labels/tables.csv``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, nan
from typing import Any

from layout.labels import has, text

PRECISIONS = ("FP64", "FP32", "TF32", "BF16", "FP16", "FP8", "INT8")
NOTE_COLUMNS = ("note", "source", "confidence")


def is_note(name: str) -> bool:
    """Whether a column carries notes: ``note``, ``source``, ``confidence`` or ``note_*``."""
    return name in NOTE_COLUMNS or name.startswith("note_")


@dataclass(frozen=True)
class Column:
    """One column. `type` is code, text, list, choice, date, number, year or boolean.

    Outside `minimum`–`maximum` (or not above 0 when `positive`) a value is impossible, an error;
    outside `plausible` it is implausible, a warning. `refers_to` is ``table.column``.
    """

    table: str
    name: str
    type: str = "number"
    unit: str = ""
    default: Any = nan
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    positive: bool = False
    plausible: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    refers_to: str | None = None

    def _label(self, suffix: str, lang: str) -> str:
        own = f"column.{self.table}.{self.name}{suffix}"
        return text(own if has(own) else f"column.{self.name}{suffix}", lang)

    @property
    def en(self) -> str:
        """The English label."""
        return self._label("", "en")

    @property
    def zh(self) -> str:
        """The Chinese label."""
        return self._label("", "zh")

    def description(self, lang: str = "en") -> str:
        """What the column says, in a sentence."""
        return self._label(".about", lang)

    @property
    def textual(self) -> bool:
        """Whether the column holds text ('' when empty)."""
        return self.type in ("code", "text", "list", "choice", "date")


@dataclass(frozen=True)
class Table:
    """One table: its key columns and its columns, in the order in which they are written."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    needed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The declared column names."""
        return tuple(column.name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @property
    def en(self) -> str:
        """The English label."""
        return text(f"table.{self.name}", "en")

    @property
    def zh(self) -> str:
        """The Chinese label."""
        return text(f"table.{self.name}", "zh")

    def description(self, lang: str = "en") -> str:
        """What one row of the table is."""
        return text(f"table.{self.name}.about", lang)


def _code(name: str, refers_to: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "code", "default": "", "refers_to": refers_to, **more}


def _key(name: str, refers_to: str | None = None) -> dict[str, Any]:
    return _code(name, refers_to, required=True)


def _text(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "text", "default": "", **more}


def _choice(name: str, *choices: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "choice", "default": "", "choices": choices, **more}


def _list(name: str, refers_to: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "list", "default": "", "refers_to": refers_to, **more}


def _year(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "year",
        "default": None,
        "required": True,
        "minimum": 1900,
        "maximum": 2200,
        "plausible": (2000, 2100),
    }


def _flag(name: str, default: bool) -> dict[str, Any]:
    return {"name": name, "type": "boolean", "default": default}


def _number(name: str, unit: str, default: float = nan, **more: Any) -> dict[str, Any]:
    """A number that cannot be negative unless `minimum` says otherwise."""
    return {"name": name, "unit": unit, "default": default, "minimum": 0.0, **more}


def _share(name: str, default: float = nan, **more: Any) -> dict[str, Any]:
    return _number(name, "share", default, maximum=1.0, **more)


_NAMES = (_text("name_en"), _text("name_zh"))
_PLACE = (
    _number("lat", "degree", required=True, minimum=-90.0, maximum=90.0, plausible=(3, 54)),
    _number("lon", "degree", required=True, minimum=-180.0, maximum=180.0, plausible=(73, 136)),
)
_MEASURED = (
    _choice("counted", "in_use", "devices", "market"),
    _choice("rating", "dense_peak", "sparse_peak", "measured"),
)
_PUE: dict[str, Any] = {"minimum": 1.0, "plausible": (1.02, 2.5)}

_DECLARED: dict[str, tuple[tuple[str, ...], tuple[dict[str, Any], ...]]] = {
    "zones": (
        ("zone",),
        (
            _key("zone"),
            *_NAMES,
            *_PLACE,
            _number("area_km2", "km2", 0.0, plausible=(0, 2e6)),
            _code("region"),
            _code("province"),
            _number("population_10k", "10k persons", plausible=(0, 2e4)),
            _number("gdp_100m_cny", "100m CNY", plausible=(0, 5e5)),
            _code("node"),
        ),
    ),
    "sites": (
        ("site",),
        (
            _key("site"),
            *_NAMES,
            *_PLACE,
            _code("zone", "zones.zone"),
            _code("province"),
            _code("region"),
            _code("hub"),
            _code("cluster"),
            _choice("tier", "hub", "provincial", "edge"),
            _list("kinds", "kinds.kind"),
            _list("facilities", "facilities.facility"),
            _code("tariff_zone"),
            _number("fixed_cost_mcny_per_year", "mcny/year", 0.0),
            _number("max_it_mw", "MW", inf, plausible=(0, 2e5)),
            _number("min_it_mw", "MW", 0.0, plausible=(0, 5000)),
            _number("grid_headroom_mw", "MW", inf, plausible=(0, 3e5)),
            _number("land_ha", "ha", inf),
            _number("staff_limit_persons", "persons", inf),
            _code("climate_zone"),
            _number("pue_max", "1", inf, **_PUE),
            _number("cost_factor", "1", 1.0, plausible=(0.3, 3)),
            _number("wage_factor", "1", 1.0, plausible=(0.3, 3)),
            _number("heat_demand_mw", "MW", 0.0, plausible=(0, 2e4)),
            _number("heating_hours", "h", maximum=8784.0),
            _code("node"),
            _number("ingress_gbps", "Gbps", inf),
        ),
    ),
    "groups": (
        ("group", "kind", "member"),
        (
            _key("group"),
            _key("member"),
            _choice("kind", "zone", "site", "province", required=True),
        ),
    ),
    "kinds": (
        ("kind",),
        (
            _key("kind"),
            *_NAMES,
            _choice("precision", *PRECISIONS, required=True),
            *_MEASURED,
            _number("it_mw_per_eflops", "MW/EFLOPS", 0.0, plausible=(0, 1000)),
            _number("it_capex_mcny_per_eflops", "mcny/EFLOPS", 0.0),
            _number("it_life_years", "year", 5.0, positive=True, plausible=(2, 15)),
            _share("it_opex_share", 0.0, plausible=(0, 0.5)),
            _share("max_utilisation", 1.0, positive=True, plausible=(0.05, 1)),
            _share("idle_power_share", 0.0, plausible=(0, 0.8)),
            _number("fp32_per_native", "1", positive=True, plausible=(0.01, 4)),
            _number("storage_eb_per_eflops", "EB/EFLOPS", plausible=(0, 100)),
            _number("embodied_tco2_per_eflops", "tCO2/EFLOPS", 0.0),
            _number("transport_tco2_per_eflops", "tCO2/EFLOPS", 0.0),
            _number("recycling_tco2_per_eflops", "tCO2/EFLOPS", 0.0, minimum=-1e6),
            _code("parent", "kinds.kind"),
            {**_year("from_year"), "required": False},
            {**_year("until_year"), "required": False},
            _choice("domestic", "yes", "no"),
            _text("supplier"),
            _share("effectiveness", 1.0, positive=True, plausible=(0.05, 1)),
            _code("owner", "owners.owner"),
        ),
    ),
    "facilities": (
        ("facility",),
        (
            _key("facility"),
            *_NAMES,
            _list("kinds", "kinds.kind", required=True),
            _number("module_it_mw", "MW", positive=True, plausible=(0.01, 1000)),
            _number("capex_mcny_per_mw", "mcny/MW", 0.0, plausible=(0, 500)),
            _number("life_years", "year", 20.0, positive=True, plausible=(5, 60)),
            _share("opex_share", 0.0, plausible=(0, 0.3)),
            _number("staff_per_mw", "persons/MW", 0.0, plausible=(0, 50)),
            _number("land_ha_per_mw", "ha/MW", 0.0, plausible=(0, 5)),
            _flag("large", False),
            _text("cooling"),
            _number("embodied_tco2_per_mw", "tCO2/MW", 0.0),
            _number("transport_tco2_per_mw", "tCO2/MW", 0.0),
            _number("recycling_tco2_per_mw", "tCO2/MW", 0.0, minimum=-1e6),
            _number("wue_l_per_kwh", "L/kWh", plausible=(0, 5)),
            _number("lead_years", "year", 0.0, plausible=(0, 6)),
            _number("retrofit_capex_mcny_per_mw", "mcny/MW", plausible=(0, 500)),
            _code("owner", "owners.owner"),
        ),
    ),
    "pue": (
        ("site", "climate_zone", "facility"),
        (
            _code("site", "sites.site"),
            _code("climate_zone"),
            _key("facility", "facilities.facility"),
            _number("pue", "1", required=True, **_PUE),
            _share("fixed_overhead", 0.0, plausible=(0, 0.3)),
            _share("cooling_share"),
            _number("wue_l_per_kwh", "L/kWh", plausible=(0, 5)),
        ),
    ),
    "workloads": (
        ("workload",),
        (
            _key("workload"),
            *_NAMES,
            _key("kind", "kinds.kind"),
            _number("latency_ms", "ms", inf, plausible=(0.5, 5000)),
            _choice("flexible", "no", "day", "week", default="no"),
            _flag("shiftable", False),
            _flag("split", True),
            _number("peak_factor", "1", 1.0, minimum=1.0, plausible=(1, 10)),
            _number("reserve_margin", "share", 0.0, plausible=(0, 1)),
            _share("max_remote_share", 1.0),
            _number("traffic_gbps_per_eflops", "Gbps/EFLOPS", 0.0, plausible=(0, 1e5)),
            _share("availability", plausible=(0.9, 1)),
            _choice("residency", "nation", "region", "province", default="nation"),
            _number("bulk_gb", "GB", 0.0),
            _number("max_transfer_h", "h", inf, plausible=(0.1, 8760)),
            _flag("protected", False),
            _share("path_availability", 0.0, plausible=(0.9, 1)),
            _share("critical"),
            _choice("preemptible", "yes", "no"),
            _number("emergency_latency_ms", "ms", plausible=(0.5, 5000)),
            _number("burst_factor", "1", 1.0, minimum=1.0, plausible=(1, 10)),
            _share("burst_floor", 0.0),
            _number("min_cluster_eflops", "EFLOPS", 0.0, plausible=(0, 1e4)),
            _share("efficiency_gain", 0.0, plausible=(0, 0.7)),
            _number("rebound", "share", 0.0, plausible=(0, 3)),
            _number("moving_cost_mcny_per_eflops", "mcny/EFLOPS/year", 0.0),
            _number("away_overhead", "share", 0.0, plausible=(0, 10)),
            _number("unserved_penalty_mcny_per_eflops", "mcny/EFLOPS/year"),
            _number("tokens_per_s_per_eflops", "tokens/s/EFLOPS", plausible=(1e3, 1e10)),
            _number("run_eflop", "EFLOP", plausible=(1, 1e10)),
            _flag("inclusive", False),
        ),
    ),
    "substitution": (
        ("workload", "kind"),
        (
            _key("workload", "workloads.workload"),
            _key("kind", "kinds.kind"),
            _share("efficiency", required=True, positive=True, plausible=(0.001, 1)),
        ),
    ),
    "chips": (
        ("kind", "year"),
        (
            _key("kind", "kinds.kind"),
            _year("year"),
            _number("max_eflops", "EFLOPS", required=True, plausible=(0, 1e5)),
        ),
    ),
    "demand": (
        ("zone", "workload", "year"),
        (
            _key("zone", "zones.zone"),
            _key("workload", "workloads.workload"),
            _year("year"),
            _number("demand_eflops", "EFLOPS", required=True, plausible=(0, 1e5)),
        ),
    ),
    "sectors": (
        ("sector", "workload"),
        (
            _key("sector"),
            _key("workload", "workloads.workload"),
            _share("share", required=True),
            _number("factor", "1", 1.0, plausible=(0, 10)),
            *_NAMES,
        ),
    ),
    "vouchers": (
        ("province", "workload"),
        (
            _code("province"),
            _code("workload", "workloads.workload"),
            _share("share", required=True),
            _number("cap_mcny", "mcny/year", inf),
        ),
    ),
    "price_steps": (
        ("workload", "from_eflops"),
        (
            _code("workload", "workloads.workload"),
            _number("from_eflops", "EFLOPS", required=True, plausible=(0, 1e5)),
            _number("factor", "1", required=True, positive=True, plausible=(0.1, 10)),
        ),
    ),
    "multipliers": (
        ("province", "spending"),
        (
            _code("province"),
            _choice("spending", "halls", "it", "running", required=True),
            _number("output_ratio", "CNY/CNY", 0.0, plausible=(0, 10)),
            _number("value_added_ratio", "CNY/CNY", 0.0, plausible=(0, 5)),
            _number("jobs_person_years_per_mcny", "person-years/mcny", 0.0, plausible=(0, 100)),
        ),
    ),
    "roles": (
        ("workload", "region"),
        (
            _key("workload", "workloads.workload"),
            _key("region"),
            _list("hosts", "", required=True),
        ),
    ),
    "owners": (
        ("owner", "workload"),
        (
            _key("owner"),
            _code("workload", "workloads.workload"),
            _share("share", required=True),
            *_NAMES,
        ),
    ),
    "stock": (
        ("block",),
        (
            _key("block"),
            _key("site", "sites.site"),
            _key("facility", "facilities.facility"),
            _key("kind", "kinds.kind"),
            _number("compute_eflops", "EFLOPS", 0.0, plausible=(0, 1e5)),
            _number("facility_it_mw", "MW", plausible=(0, 1e5)),
            _number("age_years", "year", plausible=(0, 40)),
            _number("pue", "1", **_PUE),
            _text("owner"),
        ),
    ),
    "commitments": (
        ("site", "kind", "year"),
        (
            _key("site", "sites.site"),
            _key("kind", "kinds.kind"),
            _year("year"),
            _number("min_eflops", "EFLOPS", 0.0),
            _number("max_eflops", "EFLOPS", inf),
            _number("min_it_mw", "MW", 0.0),
            _number("max_it_mw", "MW", inf),
            _choice("status", "approved", "under_construction", "forbidden"),
        ),
    ),
    "floors": (
        ("province", "region", "group", "kind", "year"),
        (
            _code("province"),
            _code("region"),
            _code("group", "groups.group"),
            _key("kind", "kinds.kind"),
            {**_year("year"), "required": False},
            _number("min_eflops", "EFLOPS", 0.0),
            _number("max_eflops", "EFLOPS", inf),
        ),
    ),
    "hall_limits": (
        ("scope", "facilities", "year"),
        (
            _text("scope", default="nation"),
            _list("facilities", "facilities.facility"),
            {**_year("year"), "required": False},
            _number("min_it_mw", "MW", 0.0, plausible=(0, 2e5)),
            _number("max_it_mw", "MW", inf, plausible=(0, 2e5)),
        ),
    ),
    "subsidies": (
        ("site", "province", "group", "facility"),
        (
            _code("site", "sites.site"),
            _code("province"),
            _code("group", "groups.group"),
            _code("facility", "facilities.facility"),
            _share("capex_share", 0.0),
            _share("it_capex_share", 0.0),
            _share("debt_rate", plausible=(0, 0.1)),
            _number("debt_cap_mcny", "mcny", inf),
        ),
    ),
    "power": (
        ("province", "tariff_zone"),
        (
            _code("province"),
            _code("tariff_zone"),
            _number("price_cny_per_kwh", "CNY/kWh", minimum=-2.0, plausible=(0.1, 2)),
            _number("grid_tco2_per_mwh", "tCO2/MWh", maximum=3.0, plausible=(0, 1.3)),
            _number("residual_tco2_per_mwh", "tCO2/MWh", maximum=3.0, plausible=(0, 1.3)),
            _number("grid_headroom_mw", "MW", inf, plausible=(0, 3e5)),
            _number("energy_quota_gwh", "GWh", inf, plausible=(0, 1e6)),
            _number("capacity_cny_per_kw_month", "CNY/kW/month", 0.0, plausible=(0, 100)),
            _number("water_l_per_kwh", "L/kWh", plausible=(0, 10)),
            _share("carbon_free_share"),
            _number("outage_hours_per_year", "h/year", maximum=8760.0, plausible=(0, 2000)),
        ),
    ),
    "renewables": (
        ("province", "site", "technology"),
        (
            _key("province"),
            _code("site", "sites.site"),
            _key("technology"),
            _list("buyers", ""),
            _number("potential_mw", "MW", 0.0, plausible=(0, 2e6)),
            _share("capacity_factor", 0.0, plausible=(0.05, 0.9)),
            _number("cost_cny_per_kwh", "CNY/kWh", 0.0, minimum=-2.0, plausible=(0.05, 2)),
            _number("wheeling_cny_per_kwh", "CNY/kWh", 0.0, minimum=-2.0, plausible=(0, 1)),
            _flag("curtailed", False),
            _number("carbon_t_per_mwh", "tCO2/MWh", 0.0, plausible=(0, 1.5)),
            _number("storage_ratio", "MW/MW", 0.0, plausible=(0, 1)),
        ),
    ),
    "corridors": (
        ("from", "to"),
        (
            _key("from"),
            _key("to"),
            _number("capacity_mw", "MW", required=True, plausible=(0, 1e5)),
        ),
    ),
    "slices": (
        ("slice",),
        (
            _key("slice"),
            _number("hours", "h", required=True, positive=True, maximum=8784.0),
            _code("day"),
            _number("start_hour", "h", maximum=24.0),
        ),
    ),
    "profiles": (
        ("province", "technology", "workload", "tariff_zone", "climate_zone", "slice"),
        (
            _code("province"),
            _code("technology"),
            _code("workload", "workloads.workload"),
            _code("tariff_zone"),
            _code("climate_zone"),
            _key("slice", "slices.slice"),
            _number("value", "1", required=True),
        ),
    ),
    "links": (
        ("zone", "site", "workload"),
        (
            _key("zone", "zones.zone"),
            _key("site", "sites.site"),
            _code("workload", "workloads.workload"),
            _number("latency_ms", "ms", plausible=(0, 1000)),
            _number("transport_mcny_per_eflops_year", "mcny/EFLOPS/year"),
        ),
    ),
    "arcs": (
        ("from", "to", "medium", "technology"),
        (
            _key("from"),
            _key("to"),
            _number("length_km", "km", positive=True, plausible=(1, 10000)),
            _number("capacity_gbps", "Gbps", inf),
            _number("wave_gbps", "Gbps", positive=True, plausible=(1, 2000)),
            _number("wave_cost_mcny_per_year", "mcny/year", 0.0),
            _choice("medium", "direct", "internet", default="direct"),
            _code("technology"),
            _number("equipment_ms", "ms", 0.0, plausible=(0, 50)),
            _number("price_factor", "1", plausible=(0, 20)),
            _flag("new", False),
            _number("max_waves", "1", inf),
            _number("new_cost_mcny_per_year", "mcny/year", 0.0),
            _share("link_availability", 1.0, plausible=(0.9, 1)),
            _code("risk_group"),
        ),
    ),
    "storage": (
        ("site",),
        (
            _key("site", "sites.site"),
            _number("disk_eb", "EB", 0.0, plausible=(0, 1e4)),
            _number("ssd_eb", "EB", 0.0, plausible=(0, 1e4)),
        ),
    ),
    "storage_demand": (
        ("zone", "residency", "year"),
        (
            _key("zone", "zones.zone"),
            _choice("residency", "nation", "region", "province", default="nation"),
            _year("year"),
            _number("stored_eb", "EB", required=True, plausible=(0, 1e4)),
            _number("growth_per_year", "share", 0.0, plausible=(0, 1)),
        ),
    ),
    "water": (
        ("province", "group"),
        (
            _code("province"),
            _code("group", "groups.group"),
            _number("limit_ml", "ML", inf),
            _number("price_cny_per_m3", "CNY/m3", plausible=(0.5, 50)),
        ),
    ),
    "outturn": (
        ("measure", "scope", "kind", "basis", "date", "precision"),
        (
            _key("measure"),
            _text("scope", default="nation"),
            _code("kind"),
            _text("basis"),
            {"name": "date", "type": "date", "default": "", "required": True},
            {"name": "value", "required": True},
            _text("unit"),
            _choice("precision", *PRECISIONS),
            *_MEASURED,
            _text("source"),
        ),
    ),
    "criteria": (
        ("site", "criterion"),
        (
            _key("site", "sites.site"),
            _key("criterion"),
            {"name": "value"},
            _text("unit"),
        ),
    ),
}

FEATURE_TABLES = {"slices": ("slices", "profiles"), "network": ("arcs",)}
"""Feature → the tables that only it reads; the first it cannot do without."""

NEEDED = ("zones", "sites", "kinds", "facilities", "workloads", "demand")

TABLES: dict[str, Table] = {
    name: Table(
        name,
        key,
        tuple(Column(table=name, **column) for column in columns),
        name in NEEDED,
    )
    for name, (key, columns) in _DECLARED.items()
}
