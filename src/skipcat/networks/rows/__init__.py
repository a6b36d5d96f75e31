"""Rows of the papers' tables: plain values that know which module they stand for."""
