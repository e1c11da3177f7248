"""Starting: a recipe for data that nobody has looked at yet."""
