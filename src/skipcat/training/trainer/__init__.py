"""The trainer: one network's steps, from its first batch to its averaged weights."""
