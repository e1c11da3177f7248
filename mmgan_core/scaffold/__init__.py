"""Writes a new plugin's package: `mmgan-zoo plugins new`."""
