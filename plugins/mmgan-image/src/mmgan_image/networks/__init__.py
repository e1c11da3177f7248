"""Generators, discriminators and encoders of pictures."""
