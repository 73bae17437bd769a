"""Many cases of one model, here or on a cluster, stored as they finish."""
