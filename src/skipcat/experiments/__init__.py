"""What the papers claim, shown on the reader's own machine: one file for each experiment.

A file here that holds an `EXPERIMENT` is one; `lab/` is what they measure with.
"""
