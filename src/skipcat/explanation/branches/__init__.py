"""Branches: what each contributes to a network's accuracy."""
