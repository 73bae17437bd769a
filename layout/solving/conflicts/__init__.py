"""What cannot hold together in a model without a plan, and the cheapest ways out."""
