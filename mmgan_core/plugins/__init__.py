"""How plugins are found, kept apart, asked and told."""
