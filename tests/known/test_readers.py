"""The formats of the literature, on made-up files of two sites and three customers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.instances import formats, manifest
from benchmarks.instances.bare import solve_bare
from benchmarks.instances.ours import solve_ours
from benchmarks.instances.problem import Instance

COST = np.array([[2.0, 4.0, 6.0], [3.0, 6.0, 1.0]])
"""Of serving all of a customer, site × customer; the demands are 1, 2 and 3."""


def file(folder: Path, text: str) -> Path:
    path = folder / "made-up.txt"
    path.write_text(text, "utf-8")
    return path


def is_made_up(instance: Instance, capacity: tuple[float, float], fixed: tuple[float, ...]) -> None:
    assert instance.capacity.tolist() == list(capacity)
    assert instance.fixed_cost.tolist() == list(fixed)
    assert instance.demand.tolist() == [1, 2, 3]
    assert instance.cost.tolist() == COST.tolist()


def test_orlib_with_a_word_for_the_capacity(tmp_path: Path) -> None:
    text = "2 3\ncapacity 7500.\ncapacity 0.\n1\n2 3 2\n4 6\n3 6 1"
    instance = formats.read_orlib_cap(file(tmp_path, text), capacity=5.0)
    is_made_up(instance, (5, 5), (7500, 0))


def test_single_source(tmp_path: Path) -> None:
    text = "2 3 5 4 10 20 1 2 3 2 3 4 6 6 1"
    instance = formats.read_single_source(file(tmp_path, text))
    is_made_up(instance, (5, 4), (10, 20))
    assert instance.single_source


def test_tbed1_has_costs_per_unit(tmp_path: Path) -> None:
    text = "3 2\n1 2 3\n5 4\n10 20\n2 2 2\n3 3 0.333333333333333333"
    instance = formats.read_tbed1(file(tmp_path, text))
    is_made_up(instance, (5, 4), (10, 20))


@pytest.mark.parametrize("name", ["", "made-up\n", "FILE: made-up.txt\n"])
def test_uflib_with_and_without_a_name(name: str, tmp_path: Path) -> None:
    text = f"{name}2 3 0\n1 10 2 4 6\n2 20 3 6 1\n"
    instance = formats.read_uflib(file(tmp_path, text))
    assert instance.fixed_cost.tolist() == [10, 20]
    assert instance.cost.tolist() == COST.tolist()
    assert np.isinf(instance.capacity).all()


def test_uflib_in_the_layout_of_orlib(tmp_path: Path) -> None:
    instance = formats.read_uflib(file(tmp_path, "2 3\n0 10\n0 20\n0 2 3\n0 4 6\n0 6 1\n"))
    assert instance.fixed_cost.tolist() == [10, 20]
    assert instance.cost.tolist() == COST.tolist()
    assert instance.demand.tolist() == [1, 1, 1]


def test_of_an_edge_listed_twice_the_last_counts(tmp_path: Path) -> None:
    instance = formats.read_pmed(file(tmp_path, "3 3 1\n1 2 5\n2 3 1\n2 1 2\n"))
    assert instance.cost.tolist() == [[0, 2, 3], [2, 0, 1], [3, 1, 0]]
    assert instance.open_at_most == 1


def test_distances_of_the_capacitated_p_median_are_rounded_down(tmp_path: Path) -> None:
    instance = formats.read_pmedcap(file(tmp_path, "1 1\n2 1 9\n1 0 0 4\n2 1 1 5\n"))
    assert instance.cost.tolist() == [[0, 1], [1, 0]]
    assert instance.demand.tolist() == [4, 5]


def test_a_damaged_copy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"13 numbers are expected after the sizes.*found 10"):
        formats.read_orlib_cap(file(tmp_path, "2 3\n5 10 4 20 1 2 3 2 4 6"))


def test_both_ways_agree_on_sites_that_must_be_used_up() -> None:
    # Left free, site 1 serves both at 1 each. Site 2 must be open and full: it takes the
    # customer for whom that costs least, 4 instead of 1.
    instance = Instance(
        "filled",
        capacity=np.array([2.0, 1.0]),
        fixed_cost=np.zeros(2),
        demand=np.ones(2),
        cost=np.array([[1.0, 1.0], [4.0, 9.0]]),
        single_source=True,
        open_at_most=2,
        filled=np.array([False, True]),
    )
    ours, bare = solve_ours(instance, 1e-6, 30.0), solve_bare(instance, 1e-6, 30.0)
    assert ours["status"] == bare["status"] == "optimal"
    assert ours["value"] == pytest.approx(5)
    assert bare["value"] == pytest.approx(5)


def test_what_printing_cut_off_is_no_difference() -> None:
    def tolerance(printed: str) -> float:
        asked = manifest.Question("a", "yang", "", "", Path("a"), printed, True, "", "")
        return asked.tolerance

    assert tolerance("28000") == pytest.approx(0.028)
    assert tolerance("11251.19") == pytest.approx(0.01125119)
    assert tolerance("0.5") == pytest.approx(0.101)
