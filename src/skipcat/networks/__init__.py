"""The networks: papers' tables, the rows they are made of, their weights, the catalogue."""
