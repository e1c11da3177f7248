"""The optimisers of the core."""
