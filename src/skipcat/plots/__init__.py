"""Figures from numbers and names: matplotlib without pyplot, so no global state is touched."""
