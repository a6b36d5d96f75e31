"""A network as one program: simplified, without a change of what it computes."""
