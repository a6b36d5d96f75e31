"""What the user can afford, and which network fits it."""
