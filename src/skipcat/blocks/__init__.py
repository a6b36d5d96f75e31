"""The parts that several papers share: convolutions, residual units, branches, heads."""
