"""No bytes make a reader raise: whatever stands in a file, there is a result or a problem in words.

`python -m benchmarks fuzz` tries the same readers guided by the lines that they reach.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzzing.readers import READERS, seeds
from tests.deep import examples

PIECES = st.sampled_from(
    [
        *(b"", b",", b"\n", b"\r", b'"', b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xd6\xd0", b"=1+1"),
        *(b"nan", b"-inf", b"1e999", b"0x1f", b"1:30", b"#REF!", b"\xef\xbc\x95", b"9" * 400),
        *(b"&a", b"*a", b"!!str ", b"<<: ", b"- ", b": ", b"[", b"{", b"---\n", b"\t", b"|\n"),
        *(b"<row", b'r="99999999"', b"<!DOCTYPE a>", b"/>", b"<v>1</v>", b'"null"', b"null", b"[]"),
    ]
)


@st.composite
def damaged(draw: st.DrawFn, reader: str) -> bytes:
    """Bytes, or a good input in which pieces are taken out, put in, or taken twice."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    data = draw(st.sampled_from(seeds(reader)))
    for _ in range(draw(st.integers(1, 4))):
        at, gone = draw(st.integers(0, len(data))), draw(st.integers(0, 40))
        piece = draw(st.one_of(PIECES, st.binary(max_size=8), st.just(data[at : at + 60])))
        data = data[:at] + piece + data[at + gone :]
    return data


@pytest.mark.parametrize("reader", READERS)
def test_no_bytes_make_a_reader_raise(reader: str) -> None:
    count = examples(*((15, 80) if reader == "xlsx" else (60, 500)))
    limits: dict[str, Any] = {"suppress_health_check": list(HealthCheck), "deadline": None}

    @settings(max_examples=count, derandomize=count < 100, **limits)
    @given(damaged(reader))
    def attack(data: bytes) -> None:
        READERS[reader](data)

    attack()


@pytest.mark.parametrize("reader", READERS)
def test_good_inputs_are_read(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeds of the attack reach the depth of the readers: nothing is said of the good ones."""
    from benchmarks.fuzzing import readers

    said: list[str] = []
    monkeypatch.setattr(readers, "told", lambda found: said.extend(p.code for p in found))
    for seed in seeds(reader):
        READERS[reader](seed)
    assert said == []
