"""Sampled inputs, sensitivity, regret, and plans in two stages."""
