"""A trained run becomes a model that others can check and pull."""
