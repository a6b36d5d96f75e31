"""Which parts of a network matter, and why it answered so."""
