"""Text for people: numbers, widths, wrapping, translation."""
