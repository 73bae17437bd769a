"""A small commented model to start from: two provinces, two sites, two kinds of compute."""

from __future__ import annotations

from pathlib import Path

from layout.model.writing import fresh_folder

SETTINGS = """\
# A small planning model to edit. Check it with `layout check`, solve it with `layout solve`.
# 一个可供修改的小型规划模型：用 layout check 检查，用 layout solve 求解。
# The figures are placeholders of the right order of magnitude, not data.
# 表中数值仅为量级合理的占位值，并非真实数据。
layout: 1                       # format version 格式版本
title: {en: Two provinces, zh: 两省示例}
base_year: 2023                 # year of the stock 存量所在年份
money_year: 2025                # price level of all money 价格水平年份
periods: [2025]                 # year that is planned 规划年份

latency:                        # limits in workloads.csv are on this basis 时延口径
  basis: rtt                    # rtt (round trip 往返) or one_way (单向)
  route_factor: 1.5             # fibre route over great circle 光缆路由系数
  fixed_ms: 1.0                 # one way 单向固定时延
  km_per_ms: 204

economy:
  discount_rate: 0.07
  carbon_price_cny_per_t: 80
  transport_mcny_per_gbps_1000km_year: 0.36
  certificate_price_cny_per_mwh: 6
  unserved_penalty_mcny_per_eflops: null   # null: all demand must be served 需求必须全部满足
  wage_mcny_per_year: 0.15

objective: cost                 # cost or carbon 成本或碳排放

targets:                        # what policy asks for 政策目标
  - id: total-4
    measure: compute_eflops_fp32
    sense: at_least
    value: 4
    unit: EFLOPS FP32
    mode: hard                  # hard, soft (with penalty) or report 硬约束、软约束、仅报告
  - id: pue-130
    measure: pue_new
    sense: at_most
    value: 1.3
    mode: hard

scenarios:                      # layout solve DIR --scenario high-ai
  high-ai:
    title: {en: More training, zh: 训练需求更高}
    set: ["demand[workload=training].demand_eflops=*1.5"]
"""

TABLES = {
    "zones": """\
zone,name_en,name_zh,lat,lon,area_km2,region,province,population_10k,gdp_100m_cny,note
440000,Guangdong,广东,23.132,113.266,179725,east,440000,12706,135673,demand zone at the capital
520000,Guizhou,贵州,26.647,106.630,176167,west,520000,3865,20913,
""",
    "sites": """\
site,name_en,name_zh,lat,lon,zone,province,region,hub,cluster,tier,tariff_zone,max_it_mw,\
grid_headroom_mw,climate_zone,note
GUANGZHOU,Guangzhou,广州,23.132,113.266,440000,440000,east,GBA,,provincial,,600,900,warm,
GUIAN,Gui'an,贵安,26.390,106.600,520000,520000,west,GZ,GUIAN,hub,,1500,2000,mild,
""",
    "kinds": """\
kind,name_en,name_zh,precision,it_mw_per_eflops,it_capex_mcny_per_eflops,it_life_years,\
it_opex_share,max_utilisation,idle_power_share,fp32_per_native
general,General compute,通用算力,FP32,65,6500,5,0.03,0.6,0.35,1
intelligent,Intelligent compute,智能算力,FP16,2.2,300,5,0.03,0.6,0.2,0.142857142857
""",
    "facilities": """\
facility,name_en,name_zh,kinds,module_it_mw,capex_mcny_per_mw,life_years,opex_share,\
staff_per_mw,large,cooling
large-evaporative,Large,大型（蒸发冷却）,general;intelligent,10,29,20,0.035,1,true,evaporative
older-air,Older,老旧（风冷）,general;intelligent,,25,20,0.05,2,false,air
""",
    "pue": """\
site,climate_zone,facility,pue,fixed_overhead
,warm,large-evaporative,1.29,0.03
,mild,large-evaporative,1.22,0.03
,warm,older-air,1.6,0.08
,mild,older-air,1.5,0.08
""",
    "workloads": """\
workload,name_en,name_zh,kind,latency_ms,peak_factor,reserve_margin,traffic_gbps_per_eflops
online,Online services,在线业务,general,10,1.2,0.05,40
batch,Batch,离线批处理,general,,1,0,5
training,AI training,智算训练,intelligent,,1,0,1
""",
    "demand": """\
zone,workload,year,demand_eflops,note
440000,online,2025,0.9,"average in use, native precision"
440000,batch,2025,0.6,
440000,training,2025,4,
520000,online,2025,0.1,
520000,batch,2025,0.1,
520000,training,2025,0.5,
""",
    "stock": """\
block,site,facility,kind,compute_eflops,facility_it_mw,age_years,pue
GZ-1,GUANGZHOU,older-air,general,2.0,180,3,
GA-1,GUIAN,large-evaporative,general,1.0,140,2,
""",
    "power": """\
province,tariff_zone,price_cny_per_kwh,grid_tco2_per_mwh,grid_headroom_mw
440000,,0.66,0.44,
520000,,0.48,0.50,
""",
    "renewables": """\
province,technology,potential_mw,capacity_factor,cost_cny_per_kwh,wheeling_cny_per_kwh
440000,solar,200,0.12,0.35,0.2
520000,wind,300,0.22,0.33,0.15
""",
}


def starter(folder: str | Path) -> None:
    """Write the model into a folder that must not exist yet. Raises FileProblem."""
    root = fresh_folder(folder)
    (root / "model.yaml").write_text(SETTINGS, "utf-8", newline="\n")
    for name, words in TABLES.items():
        (root / f"{name}.csv").write_text(words, "utf-8", newline="\n")
