"""The core's own data sources."""
