"""A network drawn as its paper draws it."""
