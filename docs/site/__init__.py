"""The documentation as a site: pages made from declarations, and links that hold there."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
