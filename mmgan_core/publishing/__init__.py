"""Publishing: turns a trained run into a model that others can check and pull."""
