"""The doctor: finds broken, odd, duplicate and suspicious images, and changes no file."""
