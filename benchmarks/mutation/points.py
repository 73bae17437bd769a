"""Where a module can be changed, and how: the operators of cosmic-ray less what means nothing.

Left out are type annotations (never evaluated), `strict=` of `zip`, `frozen=`, `slots=` and
`kw_only=` of records (guards against slips of the programmer, not part of an answer), and
decorators that only keep results.
"""

from __future__ import annotations

import ast
import difflib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_ARITHMETIC = (
    "Add_Sub Sub_Add Add_Mul Mul_Add Mul_Div Div_Mul Pow_Mul FloorDiv_Mul Mod_Mul "
    "BitOr_BitAnd BitAnd_BitOr"
).split()
_COMPARISONS = (
    "Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is"
).split()
_OTHERS = (
    "ReplaceUnaryOperator_Delete_USub ReplaceUnaryOperator_Delete_Not "
    "ReplaceUnaryOperator_Delete_Invert AddNot ReplaceTrueWithFalse ReplaceFalseWithTrue "
    "ReplaceAndWithOr ReplaceOrWithAnd ReplaceBreakWithContinue ReplaceContinueWithBreak "
    "ExceptionReplacer NumberReplacer RemoveDecorator ZeroIterationForLoop"
).split()
OPERATORS = (
    *(f"ReplaceBinaryOperator_{pair}" for pair in _ARITHMETIC),
    *(f"ReplaceComparisonOperator_{pair}" for pair in _COMPARISONS),
    *_OTHERS,
)
"""Names of cosmic-ray: of its pairs of operators those that run on floats, arrays and sets."""

GUARDS = frozenset({"strict", "frozen", "slots", "kw_only"})
SIGNATURES = frozenset({"parameters", "dictorsetmaker", "arglist"})
KEEPERS = frozenset({"cache", "lru_cache", "once"})

Place = tuple[int, int]


@dataclass(frozen=True)
class Mutant:
    """One change: an operator at its n-th place in a module.

    `function` is the name of the outermost function that holds it, with its class; empty where
    the line runs when the module is imported.
    """

    module: str
    operator: str
    occurrence: int
    line: int
    column: int
    function: str

    @property
    def key(self) -> str:
        """A short name, such as `layout/formulation/heat.py:31:12 NumberReplacer#4`."""
        return f"{self.module}:{self.line}:{self.column} {self.operator}#{self.occurrence}"


def mutants(root: Path, module: str) -> list[Mutant]:
    """All changes of a module, `module` being its path under `root`, in the order of places."""
    from cosmic_ray.ast import ast_nodes, get_ast

    source = (root / module).read_text("utf-8")
    tree = ast.parse(source)
    left_out, functions = list(_left_out(tree)), list(_functions(tree))
    counts = dict.fromkeys(OPERATORS, 0)
    found = []
    for node in ast_nodes(get_ast(source)):
        if getattr(node.parent, "type", "") in SIGNATURES and node.type == "operator":
            continue  # the star of `def f(*, a)` and of `{**a}`
        for name in OPERATORS:
            for start, end in _operator(name).mutation_positions(node):
                occurrence = counts[name]
                counts[name] += 1
                if not any(a <= start and end <= b for a, b in left_out):
                    inside = next((f for a, b, f in functions if a <= start and end <= b), "")
                    found.append(Mutant(module, name, occurrence, start[0], start[1], inside))
    return sorted(found, key=lambda one: (one.line, one.column, one.operator, one.occurrence))


def mutated(root: Path, mutant: Mutant) -> str:
    """The source of the module with the change made."""
    from cosmic_ray.mutating import mutate_code

    source = (root / mutant.module).read_text("utf-8")
    changed = mutate_code(source, _operator(mutant.operator), mutant.occurrence)
    return source if changed is None else str(changed)


def difference(root: Path, mutant: Mutant) -> tuple[str, str]:
    """The changed lines before and after, each on one line without indentation."""
    old = (root / mutant.module).read_text("utf-8").splitlines()
    new = mutated(root, mutant).splitlines()
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            return _one_line(old[a:b]), _one_line(new[c:d])
    return "", ""


def sample(root: Path, modules: Sequence[str], count: int | None, seed: int) -> list[Mutant]:
    """A random choice of places, `count` in all, shared over the modules by their number of places.

    At each place one of its changes is drawn; every module has at least one. None: all places.
    """
    places = {module: _places(mutants(root, module)) for module in modules}
    shares = _shares({module: len(found) for module, found in places.items()}, count)
    drawn = []
    for module, found in places.items():
        chance = random.Random(f"{seed} {module}")
        chosen = sorted(chance.sample(sorted(found), shares[module]))
        drawn += [chance.choice(found[place]) for place in chosen]
    return drawn


def places(root: Path, modules: Sequence[str]) -> int:
    """The number of places in the modules where something can be changed."""
    return sum(len(_places(mutants(root, module))) for module in modules)


def _places(found: Sequence[Mutant]) -> dict[Place, list[Mutant]]:
    result: dict[Place, list[Mutant]] = {}
    for mutant in found:
        result.setdefault((mutant.line, mutant.column), []).append(mutant)
    return result


def _shares(sizes: dict[str, int], count: int | None) -> dict[str, int]:
    """Whole numbers in proportion to the sizes, at least one each, by largest remainders."""
    total = sum(sizes.values())
    if count is None or count >= total:
        return sizes
    exact = {module: count * size / total for module, size in sizes.items()}
    shares = {module: max(min(1, sizes[module]), int(exact[module])) for module in sizes}
    rest = sorted(sizes, key=lambda module: (shares[module] - exact[module], module))
    for module in rest[: max(0, count - sum(shares.values()))]:
        shares[module] += 1
    return shares


def _one_line(lines: Sequence[str]) -> str:
    return " ⏎ ".join(line.strip() for line in lines)


@cache
def _operator(name: str) -> Any:
    from cosmic_ray.operators.provider import OperatorProvider

    return OperatorProvider()[name]()


def _left_out(tree: ast.Module) -> Iterator[tuple[Place, Place]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if ast.unparse(called).rpartition(".")[2] in KEEPERS:
                    start, end = _range(decorator)
                    yield (start[0], 0), (end[0] + 1, 0)
        annotations = [
            getattr(node, "annotation", None),
            getattr(node, "returns", None),
            node.value if isinstance(node, ast.keyword) and node.arg in GUARDS else None,
        ]
        yield from (_range(part) for part in annotations if isinstance(part, ast.expr))


def _functions(tree: ast.Module) -> Iterator[tuple[Place, Place, str]]:
    """First and last place of the body of each outermost function, and its name."""
    for top in tree.body:
        inner = top.body if isinstance(top, ast.ClassDef) else [top]
        before = f"{top.name}." if isinstance(top, ast.ClassDef) else ""
        for node in inner:
            if isinstance(node, ast.FunctionDef):
                yield _range(node.body[0])[0], _range(node)[1], before + node.name


def _range(node: Any) -> tuple[Place, Place]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
