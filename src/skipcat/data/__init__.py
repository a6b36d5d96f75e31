"""Images and labels, from whatever the user has to arrays."""
