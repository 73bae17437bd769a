"""Weighted criteria: the weights file, values on their scales, points that add up, steady ranks."""
