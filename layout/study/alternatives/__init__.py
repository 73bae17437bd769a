"""Plans that cost about the same, and what less of one thing costs in another."""
