"""Questions that take many solves: alternatives, trade-offs, sweeps, uncertainty, comparison."""
