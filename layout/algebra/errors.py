"""The error of a model that cannot be turned into a linear or mixed-integer programme."""

from __future__ import annotations


class ModelError(ValueError):
    """A component of the model is wrong; the text names the component and the key."""
