"""Targets put to the test: alone, left out, together; and the tables of it."""
