"""From a recipe's data section to batches of tensors."""
