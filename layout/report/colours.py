"""The colours of maps, charts and pictures, chosen once.

Kinds and classes are Okabe and Ito's, which readers who see fewer colours tell apart; shades of
provinces stay light, so that marks stand out on them.
"""

from __future__ import annotations

KIND_COLOURS = ("#0072B2", "#D55E00", "#CC79A7", "#009E73", "#56B4E9", "#8C6D00")
"""Kinds of compute, in their order in the model."""

CLASS_COLOURS = ("#0072B2", "#D55E00", "#CC79A7", "#00805E", "#1B2733", "#8C6D00")
"""Classes of sites, dark enough to stand out on the shades of the provinces."""

SEQUENTIAL = ("#f6f4e8", "#e4ecd0", "#c9dfb9", "#a8cfa3", "#83bb8d", "#5fa479")
"""Shades of a quantity, from little to much."""

DIVERGING = ("#dba04f", "#efc994", "#f9e8cf", "#e6e5f1", "#c4bfdf", "#9a91c6")
"""Shades of a quantity below and above zero."""

ZERO = "#fbfaf5"
"""The shade of exactly nothing."""

INK, MUTE, LINE, SEA = "#1b2733", "#566572", "#d5dce3", "#e8eff4"
"""Text, lesser text, rules, water."""

GOOD, BAD = "#0a6b4b", "#a8201a"
"""Words of verdicts; never the only sign of them."""
