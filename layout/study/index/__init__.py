"""A composite computing index of provinces by the user's weights, before and after a plan."""
