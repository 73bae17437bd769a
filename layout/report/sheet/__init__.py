"""Printable sheets of one place: a province of a plan, a site and what speaks for it."""
