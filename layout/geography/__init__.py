"""Places: distances, delays, boundaries."""
