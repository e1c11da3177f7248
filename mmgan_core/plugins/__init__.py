"""How plugins are found, isolated from one another, asked and notified."""
