"""Working something out once for each object that it follows from."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar


class Keeper(Protocol):
    """An object that does not change, with room for what was worked out from it."""

    @property
    def kept(self) -> dict[Any, Any]:
        """Function and further arguments → what it gave."""


Of = TypeVar("Of", bound=Keeper)
More = ParamSpec("More")
Found = TypeVar("Found")


def once(
    work: Callable[Concatenate[Of, More], Found],
) -> Callable[Concatenate[Of, More], Found]:
    """Let `work` run once for each object and further arguments; nobody may change what it gave."""

    @wraps(work)
    def found(of: Of, /, *args: More.args, **kwargs: More.kwargs) -> Found:
        key = (work, args, tuple(kwargs.items()))
        if key not in of.kept:
            of.kept[key] = work(of, *args, **kwargs)
        result: Found = of.kept[key]
        return result

    return found


def remember(of: Keeper, work: Callable[..., Found], value: Found) -> None:
    """Let `work`, which runs once for each object, give `value` for this one: it is known."""
    of.kept[(work.__wrapped__, (), ())] = value  # type: ignore[attr-defined]
