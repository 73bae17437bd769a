"""The same question in other words has the same answer, whatever features are on.

Every question is one of `tests.properties.questions`; its seed stands in the name of the test.
"""

from __future__ import annotations

import pytest

from tests.properties import changes
from tests.properties.questions import asked, cost, no_less, same, seeds

EACH = seeds(2, 12)


@pytest.mark.parametrize("seed", EACH)
def test_names_do_not_matter(seed: int) -> None:
    question = asked(100 + seed)
    assert same(cost(changes.renamed(question)), cost(question))


@pytest.mark.parametrize("seed", EACH)
def test_the_order_of_rows_columns_and_keys_does_not_matter(seed: int) -> None:
    question = asked(1100 + seed)
    assert same(cost(changes.shuffled(question, seed)), cost(question))


@pytest.mark.parametrize("seed", EACH)
def test_only_distances_matter_and_not_where_on_the_map(seed: int) -> None:
    question = asked(2100 + seed)
    turned = changes.moved(changes.mirrored(question), -150.0)
    assert same(cost(turned), cost(question))


@pytest.mark.parametrize("seed", EACH)
def test_the_unit_of_money_does_not_matter(seed: int) -> None:
    question = asked(3100 + seed)
    assert same(cost(changes.in_other_money(question, 7.0)), cost(question).times(7.0))


@pytest.mark.parametrize("seed", EACH)
def test_the_unit_of_compute_does_not_matter(seed: int) -> None:
    question = asked(4100 + seed)
    assert same(cost(changes.in_other_compute(question, 8.0)), cost(question))


@pytest.mark.parametrize("seed", EACH)
def test_twice_the_nation_costs_twice_as_much(seed: int) -> None:
    # Without `network`: a transfer of bulk data, and its line, do not grow with the nation.
    question = asked(5100 + seed, never=["network"])
    assert same(cost(changes.everything_times(question, 2.0)), cost(question).times(2.0))


@pytest.mark.parametrize("seed", EACH)
def test_what_nobody_may_use_changes_nothing(seed: int) -> None:
    question = asked(6100 + seed)
    assert same(cost(changes.with_idle_things(question)), cost(question))


@pytest.mark.parametrize("seed", EACH)
def test_a_zone_may_be_written_as_two_in_one_place(seed: int) -> None:
    # Work that may not be divided gains: its two parts may go to two sites.
    question = asked(7100 + seed)
    whole, parts = cost(question), cost(changes.with_split_zone(question))
    divided = all(row.get("split", True) for row in question.tables["workloads"])
    assert same(parts, whole) if divided else no_less(whole, parts)


@pytest.mark.parametrize("seed", EACH)
def test_one_more_place_to_build_never_raises_the_cost(seed: int) -> None:
    question = asked(8100 + seed, never=["carbon", "both", "myopic"])
    assert no_less(cost(question), cost(changes.with_one_more_site(question)))


@pytest.mark.parametrize("seed", EACH)
def test_more_demand_never_lowers_the_cost(seed: int) -> None:
    question = asked(9100 + seed, never=["carbon", "both", "myopic", "heat"], targets=0)
    assert no_less(cost(changes.with_demand(question, 1.25)), cost(question))
