"""Data that are read while training."""
