"""Writes the package of a new plugin: `mmgan-zoo plugins new`."""
