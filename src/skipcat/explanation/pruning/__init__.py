"""A smaller network from a trained one: what can go, what it is worth, how it is cut."""
