"""One file per paper: its table, then the few lines that build it."""
