"""Tiny fake components for fast tests of tools."""
