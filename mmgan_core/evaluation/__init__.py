"""Measuring a model with evaluators: classifiers that had no part in its training."""
