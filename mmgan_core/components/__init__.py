"""The core's own components, supplied by the hooks that every plugin uses."""
