"""Sketches for mmgan-zoo: drawings as pen movements."""
