"""Text for mmgan-zoo."""
