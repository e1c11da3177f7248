"""Auxiliary losses of pictures."""
