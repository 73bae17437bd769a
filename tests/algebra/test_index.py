"""Keys: order, look-up, names, and what an index refuses."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout.algebra import Index

CITIES = ["ZW", "GUIAN", "ZW"]


def test_order_is_kept() -> None:
    index = Index(("site", "year"), (CITIES, np.array([2030, 2025, 2025])))
    assert len(index) == 3
    assert index.names == ("site", "year")
    assert index.keys() == [("ZW", 2030), ("GUIAN", 2025), ("ZW", 2025)]
    assert list(index) == index.keys()
    assert index["site"].tolist() == CITIES
    assert index["year"].dtype.kind == "i"
    assert [index.position(key) for key in index] == [0, 1, 2]


def test_one_dimension_has_plain_keys() -> None:
    index = Index(("site",), (np.array(["ZW", "GUIAN"]),))
    assert index.keys() == ["ZW", "GUIAN"]
    assert index.key(1) == "GUIAN"
    assert index.position("GUIAN") == index.position(("GUIAN",)) == 1
    assert type(index.key(0)) is str


def test_product_runs_the_last_dimension_fastest() -> None:
    index = Index.product(("a", "b", "c"), ["x", "y"], [2, 1], ["p"])
    assert index.keys() == [("x", 2, "p"), ("x", 1, "p"), ("y", 2, "p"), ("y", 1, "p")]
    assert index.position(("y", 2, "p")) == 2


def test_coded_is_the_same_as_labelled() -> None:
    index = Index.coded(("site", "year"), (["GUIAN", "ZW"], [2025]), ([1, 0], [0, 0]))
    assert index.keys() == [("ZW", 2025), ("GUIAN", 2025)]
    assert index.codes("site").tolist() == [1, 0]
    assert index.levels("site") == ["GUIAN", "ZW"]


def test_digits_find_text_labels() -> None:
    index = Index(("zone", "year"), (["110000", "520000"], [2025, 2025]))
    assert index.position((520000, 2025)) == 1
    assert (np.int64(520000), np.int64(2025)) in index
    assert index.key(index.position((520000, 2025))) == ("520000", 2025)
    assert ("520000", "2025") not in index


def test_suffixes_are_systematic() -> None:
    index = Index(("site", "zone", "year"), (["ZW", "a,b"], ["520000", ""], [2025, -1]))
    assert index.suffixes() == ["[ZW,520000,2025]", "['a,b','',-1]"]
    assert [index.suffix(0), index.suffix(1)] == index.suffixes()


def test_empty_index() -> None:
    index = Index(("site", "year"), ([], []))
    assert len(index) == 0
    assert index.keys() == index.suffixes() == []
    with pytest.raises(KeyError, match="the index is empty"):
        index.position(("ZW", 2025))


def test_copies() -> None:
    index = Index(("site",), (["ZW", "GUIAN"],))
    assert copy.deepcopy(index) is index
    assert pickle.loads(pickle.dumps(index)).position("GUIAN") == 1


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (("ZV", 2025), "no site 'ZV'; did you mean ZW"),
        (("ZW", 2026), "no year 2026; did you mean 2025"),
        (("GUIAN", 2030), "known but not together"),
        (("ZW",), "has 1 labels; expected 2"),
    ],
)
def test_unknown_key_names_the_dimension(key: object, message: str) -> None:
    index = Index(("site", "year"), (CITIES, [2030, 2025, 2025]))
    with pytest.raises(KeyError, match=message):
        index.position(key)
    assert key not in index


def test_unknown_dimension() -> None:
    with pytest.raises(KeyError, match="no dimension 'zone'"):
        Index(("site",), (["ZW"],))["zone"]


@pytest.mark.parametrize(
    ("names", "labels", "message"),
    [
        (("site",), (["ZW", "ZW"],), "'ZW' occurs more than once"),
        (("s", "y"), (["a", "b", "a"], [1, 1, 1]), r"\('a', 1\) occurs more than once"),
        (("s", "y"), (["a", "b"], [1]), "unequal lengths"),
        (("s", "s"), (["a"], [1]), "distinct dimension names"),
        (("s", "y"), (["a"],), "2 dimension names"),
        (("s",), (["a", 1],), "all text or all whole numbers"),
        (("s",), ([1.5],), "all text or all whole numbers"),
        (("s",), ([True],), "all text or all whole numbers"),
        (("s",), ("abc",), "a list or an array"),
    ],
)
def test_refused(names: tuple[str, ...], labels: tuple[list[object], ...], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        Index(names, labels)


def test_coded_refuses_wrong_codes() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        Index.coded(("s",), (["a", "b"],), ([0, 2],))
    with pytest.raises(ValueError, match="occurs more than once in dimension"):
        Index.coded(("s",), (["a", "a"],), ([0, 1],))
    with pytest.raises(ValueError, match="'b' occurs more than once in the index"):
        Index.coded(("s",), (["a", "b"],), ([1, 0, 1],))


def test_many_dimensions_do_not_overflow() -> None:
    names = tuple(f"d{number}" for number in range(10))
    columns = [np.arange(200) for _ in names]
    index = Index(names, columns)
    assert index.position((150,) * 10) == 150
    assert (1,) * 9 + (2,) not in index
    with pytest.raises(ValueError, match="more than once"):
        Index(names, [np.concatenate([column, [7]]) for column in columns])


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 5)), unique=True, min_size=1))
def test_every_key_is_found_where_it_stands(keys: list[tuple[str, int]]) -> None:
    index = Index(("letter", "number"), tuple(zip(*keys, strict=True)))
    assert index.keys() == keys
    assert [index.position(key) for key in keys] == list(range(len(keys)))
    others = {(letter, number) for letter in "abcd" for number in range(6)} - set(keys)
    assert not any(key in index for key in others)
