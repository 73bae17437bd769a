"""Ordered keys of a family of variables or constraints, held as integer codes per dimension."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from layout.algebra.arrays import kept

Label: TypeAlias = str | int
Key: TypeAlias = Label | tuple[Label, ...]
Codes: TypeAlias = npt.NDArray[np.int32]

_NEEDS_QUOTES = re.compile(r"""[()\[\],.'":\\\s]|^$""")
_LARGEST_CODE = 2**62


class Index:
    """The keys of one family: one label per position and dimension, in the order given.

    The labels of a dimension are all text or all whole numbers.  A key is a tuple of labels, or
    the label itself when there is one dimension.  Keys are unique.

    >>> index = Index(("site", "year"), (["GUIAN", "ZW"], [2025, 2025]))
    >>> index.position(("ZW", 2025)), index.key(0)
    (1, ('GUIAN', 2025))
    """

    def __init__(
        self, names: Sequence[str], labels: Sequence[npt.ArrayLike | Sequence[Label]]
    ) -> None:
        names = _dimension_names(names, len(labels))
        pairs = [_encode(name, column) for name, column in zip(names, labels, strict=True)]
        self._set(names, [levels for levels, _ in pairs], [codes for _, codes in pairs])
        self._refuse_duplicates()

    def _set(
        self, names: tuple[str, ...], levels: Sequence[list[Label]], codes: Sequence[Codes]
    ) -> None:
        lengths = {name: len(column) for name, column in zip(names, codes, strict=True)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"the dimensions of an index have unequal lengths: {lengths}")
        self._names = names
        self._levels = tuple(levels)
        self._codes = tuple(codes)
        self._length = len(codes[0])

    @classmethod
    def coded(
        cls,
        names: Sequence[str],
        levels: Sequence[npt.ArrayLike | Sequence[Label]],
        codes: Sequence[npt.ArrayLike],
    ) -> Index:
        """An index from the labels of each dimension and the number of the label per position.

        The fastest way to make a large index: no label is touched.
        """
        names = _dimension_names(names, len(levels))
        self = cls.__new__(cls)
        level_lists = [_levels(name, level) for name, level in zip(names, levels, strict=True)]
        self._set(
            names,
            level_lists,
            [
                _codes(name, column, len(level))
                for name, column, level in zip(names, codes, level_lists, strict=True)
            ],
        )
        self._refuse_duplicates()
        return self

    @classmethod
    def product(cls, names: Sequence[str], *labels: npt.ArrayLike | Sequence[Label]) -> Index:
        """Every combination of the labels, the last dimension running fastest."""
        names = _dimension_names(names, len(labels))
        levels = [_levels(name, column) for name, column in zip(names, labels, strict=True)]
        grids = np.indices([len(level) for level in levels], dtype=np.int32)
        self = cls.__new__(cls)
        self._set(names, levels, [grid.reshape(-1) for grid in grids])
        return self

    @classmethod
    def joined(cls, parts: Sequence[Index]) -> Index:
        """The keys of several indices with the same dimensions, one after the other."""
        first = parts[0]
        if len(parts) == 1:
            return first
        levels: list[list[Label]] = []
        codes: list[Codes] = []
        for dimension, name in enumerate(first._names):
            if any(part._names != first._names for part in parts):
                raise ValueError(f"dimensions differ: {[part._names for part in parts]}")
            number: dict[Label, int] = {}
            columns = []
            for part in parts:
                own = part._levels[dimension]
                place = [number.setdefault(label, len(number)) for label in own]
                columns.append(np.array(place, dtype=np.int32)[part._codes[dimension]])
            levels.append(list(number))
            codes.append(_codes(name, np.concatenate(columns), len(number)))
        self = cls.__new__(cls)
        self._set(first._names, levels, codes)
        self._refuse_duplicates()
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the dimensions."""
        return self._names

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"Index({', '.join(self._names)}; {self._length} keys)"

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """The labels of one dimension, one per position."""
        dimension = self._dimension(name)
        return self._level_arrays[dimension][self._codes[dimension]]

    def codes(self, name: str) -> Codes:
        """The numbers of the labels of one dimension, one per position (see `levels`)."""
        return self._codes[self._dimension(name)]

    def levels(self, name: str) -> list[Label]:
        """The different labels of one dimension."""
        return list(self._levels[self._dimension(name)])

    def _dimension(self, name: str) -> int:
        try:
            return self._names.index(name)
        except ValueError:
            raise KeyError(f"no dimension {name!r}; there are {', '.join(self._names)}") from None

    def position(self, key: Any) -> int:
        """The position of a key; KeyError says which dimension does not have its label."""
        labels = key if isinstance(key, tuple) else (key,)
        if len(labels) != len(self._names):
            raise KeyError(
                f"{key!r} has {len(labels)} labels; expected {len(self._names)} "
                f"({', '.join(self._names)})"
            )
        found = tuple(self._code(dimension, label) for dimension, label in enumerate(labels))
        position = self._find(found)
        if position is None:
            raise KeyError(f"no key {key!r}: its labels are known but not together")
        return position

    def __contains__(self, key: Any) -> bool:
        try:
            self.position(key)
        except (KeyError, TypeError):
            return False
        return True

    def key(self, position: int) -> Key:
        """The key at a position."""
        pairs = zip(self._levels, self._codes, strict=True)
        labels = tuple(levels[codes[position]] for levels, codes in pairs)
        return labels if len(labels) > 1 else labels[0]

    def keys(self) -> list[Key]:
        """All keys in order."""
        columns = [
            array[codes].tolist()
            for array, codes in zip(self._level_arrays, self._codes, strict=True)
        ]
        return list(zip(*columns, strict=True)) if len(columns) > 1 else columns[0]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys())

    def suffix(self, position: int) -> str:
        """The key as it stands in names: ``[ZW,520000,inference,2025]``."""
        pairs = zip(self._level_texts, self._codes, strict=True)
        return f"[{','.join(texts[codes[position]] for texts, codes in pairs)}]"

    def suffixes(self) -> list[str]:
        """All keys as they stand in names."""
        columns = [
            np.array(texts, dtype=object)[codes].tolist()
            for texts, codes in zip(self._level_texts, self._codes, strict=True)
        ]
        return [f"[{','.join(parts)}]" for parts in zip(*columns, strict=True)]

    def __deepcopy__(self, memo: dict[int, Any]) -> Index:
        return self

    # --- looking up -------------------------------------------------------------------------

    @cached_property
    def _level_arrays(self) -> tuple[npt.NDArray[Any], ...]:
        return tuple(np.array(levels) if levels else np.array([], "U1") for levels in self._levels)

    @cached_property
    def _level_texts(self) -> tuple[list[str], ...]:
        return tuple([_text(label) for label in levels] for levels in self._levels)

    @cached_property
    def _lookups(self) -> tuple[Mapping[Label, int], ...]:
        return tuple({label: code for code, label in enumerate(one)} for one in self._levels)

    def _code(self, dimension: int, label: Any) -> int:
        lookup = self._lookups[dimension]
        code = lookup.get(label)
        if code is None and isinstance(label, int | np.integer):
            code = lookup.get(str(label))  # administrative codes: 520000 is '520000'
        if code is None:
            raise KeyError(self._unknown(dimension, label))
        return code

    def _unknown(self, dimension: int, label: Any) -> str:
        from difflib import get_close_matches

        known = [str(one) for one in self._levels[dimension]]
        close = get_close_matches(str(label), known, n=3, cutoff=0.5) or known[:3]
        more = f"; did you mean {' or '.join(close)}?" if close else "; the index is empty"
        return f"no {self._names[dimension]} {label!r}{more}"

    @cached_property
    def _radices(self) -> tuple[int, ...] | None:
        """Sizes of the dimensions, or None when a combined code would not fit in an integer."""
        sizes = tuple(max(len(levels), 1) for levels in self._levels)
        total = 1
        for size in sizes:
            total *= size
        return sizes if total < _LARGEST_CODE else None

    def _combined(self, radices: tuple[int, ...]) -> npt.NDArray[np.int64]:
        combined = np.zeros(self._length, dtype=np.int64)
        for codes, radix in zip(self._codes, radices, strict=True):
            combined *= radix
            combined += codes
        return combined

    @cached_property
    def _sorted(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64] | None]:
        """Combined codes in increasing order and, unless they already were, that order."""
        assert self._radices is not None
        combined = self._combined(self._radices)
        if bool(np.all(combined[1:] > combined[:-1])):
            return combined, None
        order = np.argsort(combined, kind="stable")
        return combined[order], order

    @cached_property
    def _table(self) -> Mapping[tuple[int, ...], int]:
        columns = [codes.tolist() for codes in self._codes]
        return {row: position for position, row in enumerate(zip(*columns, strict=True))}

    def _find(self, codes: tuple[int, ...]) -> int | None:
        if self._radices is None:
            return self._table.get(codes)
        wanted = 0
        for code, radix in zip(codes, self._radices, strict=True):
            wanted = wanted * radix + code
        combined, order = self._sorted
        place = int(np.searchsorted(combined, wanted))
        if place == self._length or combined[place] != wanted:
            return None
        return place if order is None else int(order[place])

    def _refuse_duplicates(self) -> None:
        if self._radices is None:
            if len(self._table) < self._length:
                last = self._table  # a repeated key has the position of its last occurrence
                columns = zip(*(codes.tolist() for codes in self._codes), strict=True)
                raise _duplicate(
                    next(self.key(here) for here, row in enumerate(columns) if last[row] != here)
                )
            return
        combined = self._combined(self._radices)
        if bool(np.all(combined[1:] > combined[:-1])):
            return
        ordered = np.sort(combined)
        repeated = np.flatnonzero(ordered[1:] == ordered[:-1])
        if len(repeated):
            first = int(np.flatnonzero(combined == ordered[repeated[0]])[0])
            raise _duplicate(self.key(first))


def _duplicate(key: Key) -> ValueError:
    return ValueError(f"the key {key!r} occurs more than once in the index")


def _dimension_names(names: Sequence[str], count: int) -> tuple[str, ...]:
    result = tuple(names)
    if isinstance(names, str) or not result or len(set(result)) < len(result):
        raise ValueError(f"an index needs distinct dimension names; found {names!r}")
    if len(result) != count:
        raise ValueError(f"{len(result)} dimension names {result} for {count} lists of labels")
    return result


def _plain(labels: npt.ArrayLike | Sequence[Label]) -> list[Any]:
    if isinstance(labels, str):
        raise TypeError(f"labels are a list or an array; found the text {labels!r}")
    listed = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)  # type: ignore[arg-type]
    return listed if isinstance(listed, list) else [listed]


def _check_kind(name: str, distinct: Sequence[Any]) -> list[Label]:
    """Distinct labels as plain text or plain whole numbers, one kind per dimension."""
    if all(isinstance(label, str) for label in distinct):
        return [str(label) for label in distinct]
    for label in distinct:
        if isinstance(label, bool | np.bool_) or not isinstance(label, int | np.integer):
            raise TypeError(
                f"the labels of dimension {name!r} must be all text or all whole numbers; "
                f"found {label!r} among them"
            )
    return [int(label) for label in distinct]


def _levels(name: str, labels: npt.ArrayLike | Sequence[Label]) -> list[Label]:
    levels = _check_kind(name, _plain(labels))
    if len(set(levels)) < len(levels):
        repeated = next(label for label in levels if levels.count(label) > 1)
        raise ValueError(f"label {repeated!r} occurs more than once in dimension {name!r}")
    return levels


def _encode(name: str, labels: npt.ArrayLike | Sequence[Label]) -> tuple[list[Label], Codes]:
    """The distinct labels of a column in order of appearance, and their numbers per position."""
    listed = _plain(labels)
    distinct = list(dict.fromkeys(listed))
    lookup = {label: code for code, label in enumerate(distinct)}
    codes = np.fromiter(map(lookup.__getitem__, listed), np.int32, len(listed))
    return _check_kind(name, distinct), codes


def _codes(name: str, codes: npt.ArrayLike, size: int) -> Codes:
    array = np.asarray(codes)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise TypeError(f"the codes of dimension {name!r} must be a list of whole numbers")
    if array.size and (array.min() < 0 or array.max() >= size):
        raise ValueError(f"the codes of dimension {name!r} must be from 0 to {size - 1}")
    return kept(array, np.int32)


def _text(label: Label) -> str:
    """A label as it stands in a name; quoted as Pyomo does when it would be misread."""
    if isinstance(label, str) and _NEEDS_QUOTES.search(label):
        return repr(label)
    return str(label)
