"""Makes the shipped models of a part of the nation from the plan of `national-2025`.

``python models/make_parts.py [--into DIR]``, by default the folder of this file. Needs the package
installed. Each part is carved with `layout.plan.carving`, as ``layout new --scope`` does it; what
is written here beside is a comment, a title and scenarios.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from layout.model import read_model, write_model
from layout.model.schema import Title
from layout.plan.carving import carve
from layout.solving import solve

HERE = Path(__file__).resolve().parent
REFERENCE = "national-2025"
HEADER = """\
{question}
# Made by models/make_parts.py from the plan of {reference}; change it there, or copy it first.
"""
ALONE = """\
  alone:
    title: {en: Nothing can be bought elsewhere, zh: 不可外购}
    set:
      - stock[facility=purchased].compute_eflops=0
      - stock[facility=purchased].facility_it_mw=0
  purchases-dearer:
    title: {en: Purchases 10% dearer, zh: 外购价格高 10%}
    set: ["links.transport_mcny_per_eflops_year=*1.1"]
  no-policy:
    title: {en: No policy targets, zh: 无政策目标}
    targets: []
"""


@dataclass(frozen=True)
class Part:
    """A part to ship: its folder, scope, title, question (a comment) and scenarios (YAML)."""

    name: str
    scope: str
    title: Title
    question: str
    scenarios: str


PARTS = (
    Part(
        "hub-guizhou",
        "hub:GZ",
        Title(
            en="The Guizhou hub seen by its authority, 2025",
            zh="贵州枢纽：枢纽主管部门视角，2025 年",
        ),
        "# What should the Guizhou hub fill, expand and build for itself and for the places that\n"
        "# it serves in the national plan, and what is each of these exports worth?",
        """\
  exports-plus-half:
    title: {en: Half as much again is asked from outside, zh: 外地需求增加一半}
    set:
      - demand[zone=430000].demand_eflops=*1.5
      - demand[zone=440000].demand_eflops=*1.5
      - demand[zone=450000].demand_eflops=*1.5
      - demand[zone=500000].demand_eflops=*1.5
      - demand[zone=530000].demand_eflops=*1.5
  quoted-power-price:
    title: {en: Power at a quoted data-centre price of the west, zh: 西部数据中心优惠电价}
    set: ["power[province=520000].price_cny_per_kwh=0.40"]
"""
        + ALONE,
    ),
    Part(
        "province-guangdong",
        "province:440000",
        Title(en="Guangdong planned by itself, 2025", zh="广东省单独规划，2025 年"),
        "# What should Guangdong build at home and what buy elsewhere, when the rest of the\n"
        "# nation stays as the national plan has it and sells at that plan's dual prices?",
        ALONE,
    ),
)


def main() -> None:
    """Solve the reference and write every part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=HERE)
    options = parser.parse_args()
    plan = solve(read_model(REFERENCE), counterfactual=False)
    for part in PARTS:
        folder = options.into / part.name
        for old in folder.glob("*.csv"):
            old.unlink()
        write_model(carve(plan, part.scope, part.title), folder)
        file = folder / "model.yaml"
        header = HEADER.format(question=part.question, reference=REFERENCE)
        text = header + file.read_text("utf-8") + "scenarios:\n" + part.scenarios
        file.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
