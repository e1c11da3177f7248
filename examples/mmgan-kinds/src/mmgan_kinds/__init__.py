"""Kinds of GANs, each as a recipe for mmgan-zoo, and the few components that they need."""
