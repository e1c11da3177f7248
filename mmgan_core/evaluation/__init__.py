"""Measuring a model with networks that never trained it."""
