"""The mathematics: a planning model stated as a Pyomo model."""

from layout.formulation.build import Formulation, build

__all__ = ["Formulation", "build"]
