"""One file for each paper: its table, then the lines that build it."""
