"""Pages: what a run found, as one HTML file that a person can look at."""
