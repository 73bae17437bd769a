"""Array-backed Pyomo components, compiled to HiGHS as one sparse matrix.

Families of variables and constraints keep their bounds and coefficients in numpy arrays.  Pyomo's
own data objects (`m.serve["ZW", "520000", "inference", 2025]`) are born when somebody looks at
them and are views of those arrays, so the arrays and the objects cannot disagree.
"""

from layout.algebra.affine import Affine
from layout.algebra.compilation import compile_model
from layout.algebra.compiled import Compiled
from layout.algebra.conflict import Conflict, irreducible
from layout.algebra.constraint import ArrayConstraint
from layout.algebra.elastic import Elastic, Shortfall, elastic
from layout.algebra.errors import ModelError
from layout.algebra.index import Index
from layout.algebra.objective import ArrayObjective
from layout.algebra.variable import ArrayVar

__all__ = [
    "Affine",
    "ArrayConstraint",
    "ArrayObjective",
    "ArrayVar",
    "Compiled",
    "Conflict",
    "Elastic",
    "Index",
    "ModelError",
    "Shortfall",
    "compile_model",
    "elastic",
    "irreducible",
]
