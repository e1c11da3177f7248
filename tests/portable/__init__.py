"""Models in formats of other engines."""
