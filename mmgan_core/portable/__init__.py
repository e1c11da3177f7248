"""Trained models in formats of other engines."""
