"""Putting a mutant in the place of the code it was made from."""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from benchmarks.mutation.points import Mutant

Functions = Mapping[tuple[str, str, int], list[FunctionType]]


def functions_of(
    root: Path, modules: Iterable[str]
) -> dict[tuple[str, str, int], list[FunctionType]]:
    """The live functions of the tool by file, name and first line.

    `modules` are imported before: some are first wanted while a test runs.
    """
    for module in sorted(set(modules)):
        import_module(name_of(module))
    found: dict[tuple[str, str, int], list[FunctionType]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(str(root)):
            code = thing.__code__
            key = (code.co_filename, code.co_qualname, code.co_firstlineno)
            found.setdefault(key, []).append(thing)
    return found


def swap(mutant: Mutant, source: str, functions: Functions, root: Path) -> None:
    """Give every live function of the mutant's name the mutant's code."""
    file = str(root / mutant.module)
    whole = compile(source, file, "exec", dont_inherit=True)
    swapped = 0
    for code in _codes(whole):
        if code.co_qualname == mutant.function:
            for function in functions.get((file, code.co_qualname, code.co_firstlineno), ()):
                function.__code__ = code
                swapped += 1
    if not swapped:
        raise RuntimeError(f"{mutant.key}: no function {mutant.function} to change")


def _codes(code: CodeType) -> Iterable[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def name_of(module: str) -> str:
    """What Python calls the module in a file, given as a path from the root."""
    return module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Replacing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from a given source and leaves all others alone."""

    def __init__(self, root: Path, module: str, source: str) -> None:
        self.file, self.source = root / module, source
        self.name = name_of(module)

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        """A specification for the one module, None for any other."""
        if fullname != self.name:
            return None
        inside = [str(self.file.parent)] if self.file.name == "__init__.py" else None
        spec = importlib.machinery.ModuleSpec(
            fullname, self, origin=str(self.file), is_package=inside is not None
        )
        spec.has_location = True
        if inside is not None:
            spec.submodule_search_locations = inside
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Run the given source as the module."""
        exec(compile(self.source, str(self.file), "exec", dont_inherit=True), module.__dict__)
