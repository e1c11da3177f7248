"""A recipe and the catalogue become a GAN."""
