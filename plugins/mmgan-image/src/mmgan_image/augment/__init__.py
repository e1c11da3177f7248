"""Augmentations of pictures."""
