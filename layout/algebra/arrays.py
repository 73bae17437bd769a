"""Arrays that are kept for long: no copy is made of what nobody can change."""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

_EVERY: WeakValueDictionary[int, npt.NDArray[np.int32]] = WeakValueDictionary()


def kept(numbers: Any, dtype: Any) -> npt.NDArray[Any]:
    """The numbers as an array of this type that stays as it is.

    A copy, unless they are an array of the type which was closed for writing
    (``array.setflags(write=False)``), as is what it is a view of: that is kept itself.
    """
    array = np.asarray(numbers)
    return array if array.dtype == dtype and _closed(array) else array.astype(dtype)


def _closed(array: Any) -> bool:
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return array is None


def every(size: int) -> npt.NDArray[np.int32]:
    """All positions from 0 to size - 1; one array, closed for writing, for all who ask."""
    found = _EVERY.get(size)
    if found is None:
        found = np.arange(size, dtype=np.int32)
        found.setflags(write=False)
        _EVERY[size] = found
    return found
