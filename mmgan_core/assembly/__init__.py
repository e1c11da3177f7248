"""Builds a GAN from a recipe and the catalogue of components."""
