"""What array-backed variables and constraints have in common: keys, birth of data, no deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from weakref import ref

from pyomo.common.modeling import NOTSET
from pyomo.core.base.component import ComponentData
from pyomo.core.base.indexed_component import IndexedComponent, normalize_index
from pyomo.core.base.set import OrderedSetOf

from layout.algebra.index import Index, Key

Class = TypeVar("Class", bound=type)


class IndexSet(OrderedSetOf):
    """A Pyomo set that reads its members from an `Index`."""

    def get(self, value: Any, default: Any = None) -> Any:
        """The member equal to `value`, or the default."""
        try:
            return self._ref.key(self._ref.position(value))
        except (KeyError, TypeError):
            return default

    def at(self, index: int) -> Key:
        """The member at a place, counted from 1."""
        key: Key = self._ref.key(self._to_0_based_index(index))
        return key

    def ord(self, item: Any) -> int:
        """The place of a member, counted from 1."""
        position: int = self._ref.position(item)
        return position + 1

    @property
    def dimen(self) -> int:
        """The number of dimensions."""
        return len(self._ref.names)


class ArrayData(ComponentData):
    """Mixin of data objects: named like every row and column, by `Index.suffix`."""

    __slots__ = ()

    _position: int

    def _attach(self, family: Any, position: int) -> None:
        """Belong to a position of a family."""
        self._component = ref(family)  # type: ignore[misc]
        self._index = family.index.key(position)  # type: ignore[misc]
        self._position = position  # type: ignore[misc]

    @property
    def family(self) -> Any:
        """The array component that this is one of."""
        return self._component()

    @property
    def position(self) -> int:
        """The position in the index of the family."""
        return self._position

    def getname(
        self, fully_qualified: bool = False, name_buffer: Any = None, relative_to: Any = None
    ) -> str:
        """The name of the family followed by the key; see `Index.suffix`."""
        base: str = self.family.getname(fully_qualified, relative_to=relative_to)
        return base + self.family.index.suffix(self._position)


class ArrayComponent(IndexedComponent):
    """Mixin of components whose data objects are born when looked at.

    The arrays are the only store.  A data object holds its position and reads and writes the
    arrays, so that a change by name and a change by array are one and the same; whichever was
    written last holds.
    """

    index: Index
    _data: dict[Key, Any]

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, key: Any) -> bool:
        return key in self.index

    def _birth(self, position: int) -> Any:
        """A new data object for a position."""
        raise NotImplementedError

    def _validate_index(self, idx: Any) -> Any:
        try:
            return self.index.key(self.index.position(normalize_index(idx)))
        except (KeyError, TypeError) as error:
            if _is_slice(idx):
                return super()._validate_index(idx)
            raise KeyError(f"{self.name}: {error.args[0]}") from None

    def _getitem_when_not_present(self, index: Any) -> Any:
        data = self._data[index] = self._birth(self.index.position(index))
        return data

    def _setitem_when_not_present(self, index: Any, value: Any = NOTSET) -> Any:
        data = self._getitem_when_not_present(index)
        return data if value is NOTSET else self._setitem_impl(index, data, value)

    def materialise(self) -> None:
        """Let every data object be born, and hold them in the order of the index."""
        keys = self.index.keys()
        if list(self._data) != keys:
            self._data = {key: self[key] for key in keys}

    def _born(self) -> Iterator[Any]:
        """The data objects that somebody has looked at."""
        return iter(self._data.values())

    def display(self, *args: Any, **keywords: Any) -> None:
        """Print the values, in the order of the index."""
        self.materialise()
        super().display(*args, **keywords)

    def __delitem__(self, index: Any) -> None:
        raise TypeError(
            f"{self.name} keeps its entries in arrays, none can be deleted: "
            "fix a variable or deactivate a constraint instead"
        )

    def clear(self) -> None:
        """Not possible."""
        raise TypeError(f"{self.name} keeps its entries in arrays and cannot be cleared")


def stored_in_arrays(*attributes: str) -> Callable[[Class], Class]:
    """Decorate a class of which Pyomo's slots `attributes` are properties over arrays.

    They are left out of the state that cloning and pickling copy: the arrays are copied with
    the component.
    """

    def without(cls: Class) -> Class:
        info = cls.__auto_slots__  # type: ignore[attr-defined]
        slots = tuple(slot for slot in info.slots if slot not in attributes)
        mappers = {
            slots.index(info.slots[number]): mapper
            for number, mapper in info.slot_mappers.items()
            if info.slots[number] in slots
        }
        cls.__auto_slots__ = info._replace(slots=slots, slot_mappers=mappers)  # type: ignore[attr-defined]
        return cls

    return without


def _is_slice(idx: Any) -> bool:
    parts = idx if isinstance(idx, tuple) else (idx,)
    return any(isinstance(part, slice) or part is Ellipsis for part in parts)
