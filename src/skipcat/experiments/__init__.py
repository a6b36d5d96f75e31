"""Experiments: the papers' claims, tested on the reader's own machine, one file for each.

A file here that holds an `EXPERIMENT` is one; `lab/` is what they measure with.
"""
