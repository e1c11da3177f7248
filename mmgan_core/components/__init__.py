"""The core's own components, supplied as any plugin supplies its own."""
