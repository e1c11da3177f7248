"""Makes batches of tensors from the data of a recipe."""
