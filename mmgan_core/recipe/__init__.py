"""Recipes: their keys, and how their files are found and read."""
