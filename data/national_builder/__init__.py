"""Makes the national tables of `data/national` from the facts of `data/facts`, by stated rules."""
