"""The starter model of ``layout new``: the national model with a site of one's own, commented."""

from __future__ import annotations

from layout.labels import text

BASE = "national-2025"

SITES = """site,name_en,name_zh,lat,lon,max_it_mw,note
MY-SITE,My site,我的站点,26.25,105.95,200,example: put your own site here 示例：请换成自己的站点
"""

_SETTINGS = """layout: 1
title:
  en: My model
  zh: 我的模型

# {extends}
extends: {base}

# {sites}

# {economy}
economy:
  carbon_price_cny_per_t: 80
  discount_rate: 0.07

# {targets}
# targets:
#   - id: my-target
#     measure: compute_eflops_fp32
#     scope: nation
#     sense: at_least
#     value: 320
#     unit: EFLOPS FP32
#     year: 2025
#     mode: hard

# {scenarios}
scenarios:
  dear-carbon:
    title: {{en: Carbon at 200 CNY/t, zh: 碳价 200 元/吨}}
    economy: {{carbon_price_cny_per_t: 200}}
"""

_COMMENTS = ("extends", "sites", "economy", "targets", "scenarios")


def settings(lang: str) -> str:
    """``model.yaml`` of the starter, its comments in the language."""
    comments = {name: text(f"cli.starter.{name}", lang) for name in _COMMENTS}
    return _SETTINGS.format(base=BASE, **comments)


def files(lang: str) -> dict[str, str]:
    """Name → content of the starter's files."""
    return {"model.yaml": settings(lang), "sites.csv": SITES}
