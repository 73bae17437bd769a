"""Prices in parts, who pays whom, and payments that leave no province worse off."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest

import layout
from layout.errors import InputError
from layout.labels import text
from layout.model import read_model
from layout.plan import Plan, write_plan
from layout.plan.compensation import ACTORS, CHAIN, compensation
from layout.plan.settlement import TAKERS
from layout.plan.steps import over_flat, steps
from layout.plan.vouchers import _row
from layout.solving import solve
from layout.solving.marginal import OTHER, PARTS
from layout.study.explaining.settling import settle
from layout.study.explaining.subsidy import STEP
from layout.study.folder import write_study
from layout.study.reading import read_study
from tests.builders import write_table
from tests.cli.towns import EAST, WEST, Runner, towns
from tests.features.test_network import BOTH_MEDIA, PRICED, far_site, work

YEARLY = (
    "sites[site=E].max_it_mw=5",
    "facilities.life_years=1",
    "kinds.it_life_years=1",
    "economy.discount_rate=0",
)
DEARER = 50 - 40 + 8.76 * (0.6 - 0.4)
PRICE = 100 + 40 + 8.76 * 0.4
"""What an EFLOPS in a new hall in the west costs: IT, hall, power; mcny."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return solve(read_model(towns(tmp_path_factory.mktemp("towns")), sets=YEARLY))


def test_prices_and_payments_are_those_worked_out_by_hand(plan: Plan) -> None:
    found = settle(plan)
    parts = found["price_parts"].set_index("zone")
    for zone in (EAST, WEST):
        row = parts.loc[zone]
        assert row["price_mcny_per_eflops_year"] == pytest.approx(PRICE)
        assert row["capital_mcny_per_eflops_year"] == pytest.approx(140)
        assert row["power_mcny_per_eflops_year"] == pytest.approx(8.76 * 0.4)
    paid = found["payments"].set_index(["buyer", "seller"])["paid_mcny"]
    assert paid[EAST, WEST] == pytest.approx(PRICE)
    surplus = found["site_surplus"].set_index("site")
    assert surplus.loc["W", "surplus_mcny"] == 0  # what is new there earns what it costs
    assert surplus.loc["E", "surplus_mcny"] == pytest.approx(PRICE - 50 - 8.76 * 0.6)
    assert found.record["compensation"]["gain_mcny"] == pytest.approx(DEARER)
    assert found.record["compensation"]["status"] == "not_needed"


@pytest.mark.parametrize(("limit", "paid"), [(12, 5), (9, 15)])
def test_carrying_is_settled_at_the_price_of_its_medium(
    limit: float, paid: float, tmp_path: Path
) -> None:
    # 10 Gbps per EFLOPS over 1000 km at 1 mcny: over the public network half of that, on the
    # direct line, the only one in time within 9 ms, one and a half times that.
    folder = far_site(
        tmp_path / "m", arcs=BOTH_MEDIA, workloads=[work("a", limit, 10)], network=PRICED
    )
    found = settle(solve(read_model(folder)))
    parts = found["price_parts"].iloc[0]
    assert parts["network_mcny_per_eflops_year"] == pytest.approx(paid)
    actors = found["actors"].set_index(["actor", "component"])["mcny"]
    assert actors["network", "network"] == pytest.approx(paid)


@pytest.mark.parametrize(
    "sets",
    [
        ("economy.carbon_price_cny_per_t=100", "economy.transport_mcny_per_gbps_1000km_year=1",
         "workloads.traffic_gbps_per_eflops=3"),
        ("workloads.max_remote_share=0.4", "kinds.it_opex_share=0.05"),
        ("economy.unserved_penalty_mcny_per_eflops=120",),
        ("facilities.module_it_mw=0.7", "sites[site=W].fixed_cost_mcny_per_year=3",
         "workloads.split=false"),
        ("sites[site=W].max_it_mw=1.5", "targets.east-90.mode=soft", "targets.east-90.value=0.5"),
    ],
)  # fmt: skip
def test_parts_add_up_to_the_price_and_all_money_to_zero(
    tmp_path: Path, sets: tuple[str, ...]
) -> None:
    plan = solve(read_model(towns(tmp_path), sets=[*YEARLY, *sets]))
    found = settle(plan)
    assert found.record["prices_in_parts"]
    frame = found["price_parts"]
    columns = [f"{name}_mcny_per_eflops_year" for name in (*PARTS, OTHER)]
    price = frame["price_mcny_per_eflops_year"].to_numpy()
    assert np.abs(frame[columns].sum(axis=1).to_numpy() - price).max() <= 1e-6
    assert np.allclose(price, plan["prices"]["price_mcny_per_eflops_year"], atol=1e-9)
    assert abs(found["actors"]["mcny"].sum()) <= 1e-6
    balance = found["province_balance"]
    assert balance["receipts_mcny"].sum() == pytest.approx(balance["payments_mcny"].sum())


def test_money_is_followed_down_the_chain(plan: Plan, run: Runner, tmp_path: Path) -> None:
    """2.5 EFLOPS of new IT at 100, 2 MW of halls at 40, energy of 8.76 at 0.6 and 17.52 at 0.4."""
    found = settle(plan)
    sums = found["actors"].groupby(["chain", "actor"])["mcny"].sum()
    power, bill = 8.76 * 0.6 + 17.52 * 0.4, 3 * PRICE
    assert sums.to_dict() == pytest.approx(
        {
            ("upstream", "makers"): 250,
            ("upstream", "builders"): 80,
            ("upstream", "power"): power,
            ("midstream", "operators"): bill - 330 - power,
            ("downstream", "users"): -bill,
        }
    )
    write_plan(plan, tmp_path / "plan")
    line = ("settle", tmp_path / "plan", "-o", tmp_path / "s", "--overwrite")
    assert "    upstream: makers of IT 250 million CNY, builders of halls 80" in run(*line).out
    assert "上游：设备商 2.50 亿元、机房建设方 8,000 万元" in run(*line, lang="zh").out
    page = layout.report_of(plan, studies=[tmp_path / "s"], with_map=False, lang="en")
    assert "What every actor of the chain receives a year, 2025" in page


def test_a_study_that_does_not_say_the_chain_is_read(plan: Plan, tmp_path: Path) -> None:
    write_study(settle(plan), tmp_path / "old")
    file = tmp_path / "old" / "actors.csv"
    before = pd.read_csv(file).drop(columns="chain")
    before.to_csv(file, index=False)
    read = read_study(tmp_path / "old")["actors"]
    assert set(read["chain"]) == {""}
    assert len(read) == len(before)
    page = layout.report_of(plan, studies=[tmp_path / "old"], with_map=False, lang="en")
    assert "What every actor of the chain" not in page
    before.drop(columns="actor").to_csv(file, index=False)
    with pytest.raises(InputError) as caught:
        read_study(tmp_path / "old")
    assert caught.value.problems[0].code == "plan_column_missing"


def test_every_actor_has_its_place_in_the_chain() -> None:
    known = {*ACTORS.values(), *TAKERS, "users", "operators"}
    assert known == set(CHAIN)
    for lang in ("en", "zh"):
        assert all(text(f"settle.actor.{actor}", lang) for actor in known)
        assert all(text(f"settle.chain.{chain}", lang) for chain in CHAIN.values())


def test_fees_are_taken_of_what_is_served_from_another_province(
    run: Runner, plan: Plan, tmp_path: Path
) -> None:
    """The east pays the west for 1 of its 2 EFLOPS; of that 5% and 2% stay on the way."""
    rules = ("settlement.platform_fee_share=0.05", "settlement.exchange_fee_share=0.02")
    taken = solve(read_model(towns(tmp_path / "m"), sets=[*YEARLY, *rules]))
    assert taken["units"].equals(plan["units"])  # the plan is as it was
    found, free = settle(taken), settle(plan)
    fees = found["fees"].set_index(["actor", "buyer", "seller"])["fee_mcny"]
    assert fees.to_dict() == pytest.approx(
        {("exchange", EAST, WEST): 0.02 * PRICE, ("platform", EAST, WEST): 0.05 * PRICE}
    )
    assert found["payments"].equals(free["payments"])
    surplus, before = (one["site_surplus"].set_index("site") for one in (found, free))
    lost = before["surplus_mcny"] - surplus["surplus_mcny"]
    assert lost.to_dict() == pytest.approx({"E": 0, "W": 0.07 * PRICE})
    actors = found["actors"].groupby("actor")["mcny"].sum()
    assert actors["platform"] == pytest.approx(0.05 * PRICE)
    assert actors["exchange"] == pytest.approx(0.02 * PRICE)
    assert abs(actors.sum()) <= 1e-9
    balance = found["province_balance"]
    assert balance["receipts_mcny"].sum() + fees.sum() == pytest.approx(
        balance["payments_mcny"].sum()
    )
    write_plan(taken, tmp_path / "plan")
    said = run("settle", tmp_path / "plan", "-o", tmp_path / "s").out
    assert "dispatch platform 7.18 million CNY" in said
    page = layout.report_of(taken, studies=[tmp_path / "s"], with_map=False, lang="en")
    assert "Receipts are after the fees" in page


def test_vouchers_pay_a_share_of_the_bills(run: Runner, tmp_path: Path) -> None:
    """The east pays 2 · 147.5, the west 47.5: 10% of all, of the east 20% and no more than 40."""
    folder = towns(tmp_path / "m")
    rows = ["province,workload,share,cap_mcny", ",,0.1,", f"{EAST},,0.2,40"]
    (folder / "vouchers.csv").write_text("\n".join(rows) + "\n", "utf-8")
    given = solve(read_model(folder, sets=YEARLY))
    found = settle(given)
    table = found["vouchers"].set_index("province")
    bills = found["payments"].groupby("buyer")["paid_mcny"].sum()
    assert table["bill_mcny"].to_dict() == pytest.approx(bills.to_dict())
    assert 0.2 * bills[EAST] > 40
    assert table["voucher_mcny"].to_dict() == pytest.approx({EAST: 40, WEST: 0.1 * bills[WEST]})
    actors = found["actors"].set_index(["actor", "component"])["mcny"]
    whole = float(table["voucher_mcny"].sum())
    assert actors["users", "voucher"] == pytest.approx(whole)
    assert actors["state", "voucher"] == pytest.approx(-whole)
    assert abs(actors.sum()) <= 1e-9
    write_plan(given, tmp_path / "plan")
    said = run("settle", tmp_path / "plan", "-o", tmp_path / "s").out
    assert "Vouchers that the state gives" in said


STEPPED = ["workload,from_eflops,factor", ",0,1", ",1.5,0.8"]


def stepped(folder: Path, *sets: str, rows: list[str] = STEPPED) -> Plan:
    (towns(folder) / "price_steps.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return solve(read_model(folder, sets=[*YEARLY, *sets]))


def test_who_buys_more_pays_by_steps(run: Runner, plan: Plan, tmp_path: Path) -> None:
    """East: 1.5 + 0.8 · 0.5 = 1.9 prices for its 2 EFLOPS, west 1: 2.9 bring what 3 did."""
    given = stepped(tmp_path / "m")
    found, free = settle(given), settle(plan)
    base = PRICE * 3 / 2.9
    table = found["steps"].set_index(["zone", "step"])
    assert table["eflops"].to_dict() == {(EAST, 1): 1.5, (EAST, 2): 0.5, (WEST, 1): 1}
    assert table["paid_mcny"].to_dict() == pytest.approx(
        {(EAST, 1): 1.5 * base, (EAST, 2): 0.4 * base, (WEST, 1): base}
    )
    assert table["flat_mcny"].sum() == pytest.approx(3 * PRICE)
    paid = found["payments"].set_index(["buyer", "seller"])["paid_mcny"]
    assert paid.to_dict() == pytest.approx(  # both who serve the east get half of its bill
        {(EAST, EAST): 0.95 * base, (EAST, WEST): 0.95 * base, (WEST, WEST): base}
    )
    assert found["price_parts"].equals(free["price_parts"])
    assert found["actors"]["mcny"].to_list() == pytest.approx(free["actors"]["mcny"].to_list())
    write_plan(given, tmp_path / "plan")
    said = " ".join(run("settle", tmp_path / "plan", "-o", tmp_path / "s").out.split())
    assert "task 2025 1.03 98.3% 103.4% 431 431" in said
    page = layout.report_of(given, studies=[tmp_path / "s"], with_map=False, lang="en")
    assert "Payments follow the steps of price" in page


def test_fees_and_vouchers_are_of_the_stepped_bill(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "vouchers.csv").write_text("province,share\n,0.1\n", "utf-8")
    rules = ("settlement.platform_fee_share=0.05", "settlement.steps_keep_revenue=false")
    found = settle(stepped(tmp_path / "m", *rules))
    assert found["vouchers"].set_index("province")["voucher_mcny"].to_dict() == pytest.approx(
        {EAST: 0.19 * PRICE, WEST: 0.1 * PRICE}
    )
    assert found["fees"]["fee_mcny"].to_list() == pytest.approx([0.05 * 0.95 * PRICE])
    assert abs(found["actors"]["mcny"].sum()) <= 1e-9


def test_bills_by_steps_add_up_whatever_the_steps() -> None:
    """Blocks add up to what is bought, all bills of a class to what they are without steps."""
    draw = np.random.default_rng(7)
    keys = [(f"Z{z}", f"w{w}", 2025 + y) for z in range(6) for w in range(3) for y in range(2)]
    service = pd.DataFrame([*keys, *keys], columns=["zone", "workload", "year"])  # two sites each
    service["site"] = ["A"] * len(keys) + ["B"] * len(keys)
    service["served_eflops"] = draw.uniform(0, 9, len(service))
    prices = pd.DataFrame(keys, columns=["zone", "workload", "year"])
    prices["price_mcny_per_eflops_year"] = draw.uniform(0, 50, len(prices))
    table = pd.DataFrame(
        [("", 0, 1.2), ("", 3, 0.5), ("", 8, 2), ("w1", 0, 0.7), ("w1", 1, 3)],
        columns=["workload", "from_eflops", "factor"],
    )
    tables = {"service": service, "prices": prices}
    model = MagicMock()  # steps are kept to the same revenue
    model.__getitem__.return_value = table
    rows, over = steps(tables, model), over_flat(tables, model)
    assert set(rows["workload"]) == {"w0", "w1", "w2"}
    assert set(rows["from_eflops"][rows["workload"] == "w1"]) == {0, 1}
    key = ["zone", "workload", "year"]
    bought = service.groupby(key)["served_eflops"].sum()
    assert np.allclose(rows.groupby(key)["eflops"].sum(), bought)
    sums = rows.groupby(["workload", "year"])[["paid_mcny", "flat_mcny"]].sum()
    assert np.allclose(sums["paid_mcny"], sums["flat_mcny"])
    flat = service.merge(prices, on=key)["price_mcny_per_eflops_year"] * service["served_eflops"]
    flows = service.assign(paid=flat * over).groupby(key)["paid"].sum()
    assert np.allclose(flows, rows.groupby(key)["paid_mcny"].sum())


def test_who_is_paid_for_its_work_is_billed_without_steps() -> None:
    """A price below 0 beside one above must not blow the base price up."""
    service = pd.DataFrame(
        [("A", "w", 2025, 4.0), ("B", "w", 2025, 1.0), ("C", "w", 2025, 1.0)],
        columns=["zone", "workload", "year", "served_eflops"],
    )
    prices = service.drop(columns="served_eflops")
    prices["price_mcny_per_eflops_year"] = [10.0, -36.9, 10.0]
    table = pd.DataFrame([("", 0, 1), ("", 1, 0.5)], columns=["workload", "from_eflops", "factor"])
    model = MagicMock()
    model.__getitem__.return_value = table
    rows = steps({"service": service, "prices": prices}, model)
    # A and C pay 50 as without steps: λ = 50/(25 + 10), and A 25 of it
    paid = rows.groupby("zone")["paid_mcny"].sum().to_dict()
    assert paid == pytest.approx({"A": 25 * 50 / 35, "B": -36.9, "C": 10 * 50 / 35})


def test_what_costs_nothing_is_billed_nothing(tmp_path: Path) -> None:
    """A class at price 0 and a table for another class: bills stay what they were."""
    free = stepped(tmp_path / "a", "kinds.it_capex_mcny_per_eflops=0")
    free.tables["prices"]["price_mcny_per_eflops_year"] = 0.0
    rows = steps(free.tables, free.model)
    assert (rows["paid_mcny"] == 0).all()
    assert over_flat(free.tables, free.model).tolist() == [1, 1, 1]


def test_without_steps_the_files_are_as_they_were(plan: Plan, tmp_path: Path) -> None:
    write_study(settle(plan), tmp_path / "s")
    assert not (tmp_path / "s" / "steps.csv").exists()


def test_the_row_that_says_most_is_the_one_that_holds() -> None:
    table = pd.DataFrame({"province": ["", "P", "", "P"], "workload": ["", "", "a", "a"]})
    bills = pd.DataFrame({"province": ["P", "P", "Q", "Q"], "workload": ["a", "b", "a", "b"]})
    assert _row(table, bills).tolist() == [3, 1, 2, 0]
    assert _row(table.iloc[1:3].reset_index(drop=True), bills).tolist() == [0, 0, 1, -1]


def test_without_a_fee_nothing_is_said_of_it(plan: Plan, tmp_path: Path) -> None:
    found = settle(plan)
    assert not len(found["fees"])
    assert not {"platform", "exchange"} & set(found["actors"]["actor"])
    write_study(found, tmp_path / "s")
    assert not (tmp_path / "s" / "fees.csv").exists()


def test_no_fee_takes_more_than_half(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_model(towns(tmp_path), sets=["settlement.platform_fee_share=0.6"])
    assert caught.value.problems[0].code == "key_range"


def test_the_parts_are_what_the_next_eflops_adds_to_the_cost(tmp_path: Path) -> None:
    """Each part is the change of its components when a little more is asked for."""
    sets = [*YEARLY, "economy.carbon_price_cny_per_t=100"]
    folder = towns(tmp_path)
    plan = solve(read_model(folder, sets=sets))
    more = f"demand[zone={EAST},year=2025].demand_eflops=2.01"
    other = solve(read_model(folder, sets=[*sets, more]))
    row = settle(plan)["price_parts"].set_index("zone").loc[EAST]
    rise = {
        name: (other.record["cost_breakdown_mcny"][name] - cost) / 0.01
        for name, cost in plan.record["cost_breakdown_mcny"].items()
    }
    for part, components in PARTS.items():
        own = sum(rise.get(name, 0.0) for name in components)
        assert row[f"{part}_mcny_per_eflops_year"] == pytest.approx(own, abs=1e-6)


def least_by_hand(net: list[int], alone: list[int]) -> int | None:
    """The least sum of whole payments among a few provinces, by trying all; None if there is none.

    Amounts are whole, so that the least is too (the rows of (70) are a network's).
    """
    pairs = list(itertools.permutations(range(len(net)), 2))
    most = max(max(0, a - n) for a, n in zip(alone, net, strict=True))
    amounts = np.array(list(itertools.product(range(most + 1), repeat=len(pairs))))
    after = np.tile(np.array(net), (len(amounts), 1))
    for number, (payer, payee) in enumerate(pairs):
        after[:, payer] -= amounts[:, number]
        after[:, payee] += amounts[:, number]
    good = (after >= np.array(alone)).all(axis=1)
    return int(amounts[good].sum(axis=1).min()) if good.any() else None


def test_compensation_is_the_least_that_leaves_nobody_worse_off() -> None:
    draw = np.random.default_rng(5)
    seen: set[str] = set()
    for count in (2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3):
        alone = draw.integers(-4, 4, count)
        net = alone + draw.integers(-3, 5, count)
        flows = compensation(net.astype(float), alone.astype(float))
        least = least_by_hand(net.tolist(), alone.tolist())
        if least is None or (net - alone).sum() < 0:
            assert flows is None
            seen.add("impossible")
            continue
        assert flows is not None
        received = flows.sum(axis=0) - flows.sum(axis=1)
        assert flows.min() >= 0
        assert abs(received.sum()) <= 1e-9
        assert (net + received >= alone - 1e-7).all()
        assert flows.sum() == pytest.approx(least, abs=1e-6)
        seen.add("paid" if least else "not_needed")
    assert seen == {"impossible", "paid", "not_needed"}


def test_provinces_are_left_no_worse_off_in_a_plan_that_needs_it(tmp_path: Path) -> None:
    """Prices of a region in which work moves differ from those without: somebody loses."""
    moves = ("sites[site=E].max_it_mw=2", "sites[site=W].max_it_mw=3", "workloads.latency_ms=99")
    folder = towns(tmp_path)
    plan = solve(read_model(folder, sets=[*YEARLY, *moves, "sites[site=E].cost_factor=2.0"]))
    found = settle(plan)
    balance, said = found["province_balance"], found.record["compensation"]
    assert said["status"] in ("paid", "not_needed")
    assert (balance["after_mcny"] >= balance["alone_mcny"] - 1e-6).all()
    assert abs(balance["compensation_mcny"].sum()) <= 1e-9
    assert said["total_mcny"] == pytest.approx(found["compensation"]["compensation_mcny"].sum())


def test_the_smallest_subsidy_is_found(plan: Plan, tmp_path: Path) -> None:
    """All new halls stand in the east once they cost less there with their power."""
    found = settle(plan, subsidy="east-90")
    least = found.record["subsidy"]["least"]
    assert 0 <= least["rate"] - DEARER / 50 <= STEP
    assert least["achieved"] == pytest.approx(1)
    assert least["subsidy_mcny"] == pytest.approx(least["rate"] * 2 * 50)
    rates = found["subsidy_rates"]
    assert (rates["met"] == (rates["rate"] > DEARER / 50)).all()
    with pytest.raises(InputError, match="1"):
        settle(plan, subsidy="east-91")


def test_hourly_prices_with_time_slices(tmp_path: Path) -> None:
    """An hour has the price of what runs in it: power. IT and halls are paid by the year."""
    folder = towns(tmp_path)
    day = [
        {"slice": "day", "hours": 4380, "day": "d", "start_hour": 0},
        {"slice": "night", "hours": 4380, "day": "d", "start_hour": 12},
    ]
    write_table(folder / "slices.csv", day)
    sets = [*YEARLY, "features.slices=true"]
    found = settle(solve(read_model(folder, sets=sets), counterfactual=False))
    frame = found["hourly_prices"]
    assert set(frame["site"]) == {"E", "W"}
    total = (frame["price_cny_per_eflops_hour"] * frame["hours"]).groupby(frame["site"]).sum()
    assert total["W"] / 1e6 == pytest.approx(8.76 * 0.4, rel=1e-6)


def test_the_merit_order_is_that_of_the_towns(plan: Plan) -> None:
    """1,000 kWh an hour for an EFLOPS: at 0.4 CNY in the west, at 0.6 in the east."""
    found = settle(plan)
    order = found["merit_order"]
    assert list(order["site"]) == ["W", "E"]
    assert list(order["running_cny_per_eflops_hour"]) == pytest.approx([400, 600])
    assert order["running_mcny"].sum() == pytest.approx(8.76 * (2 * 0.4 + 0.6))  # grid_energy
    (cleared,) = found["merit_clearing"].to_dict("records")
    assert cleared["marginal_unit"] == "b1"
    assert cleared["marginal_cny_per_eflops_hour"] == pytest.approx(600)


def test_the_report_draws_the_merit_order_and_does_without(plan: Plan, tmp_path: Path) -> None:
    study = settle(plan)
    page = layout.report_of(plan, studies=[study], with_map=False, lang="en")
    assert "Merit order: General compute FP32, 2025" in page
    for name in ("merit_order", "merit_clearing"):  # as a study of an older version
        study.tables.pop(name)
    write_study(study, tmp_path / "old")
    page = layout.report_of(plan, studies=[tmp_path / "old"], with_map=False, lang="en")
    assert "Net after it" in page
    assert "Merit order:" not in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_writes_tables_and_a_map(
    run: Runner, plan: Plan, tmp_path: Path, lang: str
) -> None:
    folder, out = tmp_path / "plan", tmp_path / "study"
    write_plan(plan, folder)
    line = ("settle", folder, "-o", out, "--map", "--subsidy", "east-90")
    found = run(*line, lang=lang)
    assert found.code == 0, found.err
    assert ("23.5%" in found.out) and (("Compens." if lang == "en" else "补偿") in found.out)
    assert json.loads((out / "study.json").read_text("utf-8"))["found_again"]
    title = "Receipts less payments" if lang == "en" else "收款减付款"
    assert title in (out / "map.html").read_text("utf-8")
    assert ("Merit order" if lang == "en" else "按运行成本排序") in found.out
    assert len(pd.read_csv(out / "merit_order.csv")) == 2
    paid = pd.read_csv(out / "payments.csv")
    assert paid["paid_mcny"].sum() == pytest.approx(3 * PRICE)
    before = (out / "study.json").read_bytes(), (out / "price_parts.csv").read_bytes()
    assert run(*line, "--overwrite", "--quiet", lang=lang).out == ""
    assert before == ((out / "study.json").read_bytes(), (out / "price_parts.csv").read_bytes())
    assert run("settle", folder, "--subsidy", "east-9", "-o", tmp_path / "x", lang=lang).code == 3
    assert not (tmp_path / "x").exists()


def test_python_has_the_same(plan: Plan) -> None:
    assert len(layout.settle(plan)["actors"])
