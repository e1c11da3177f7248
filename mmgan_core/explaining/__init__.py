"""Saying which part of what is given makes a sample what it is, with numbers and their tests."""
