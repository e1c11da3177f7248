"""Using a trained GAN: generating samples, repair, interpolation and inversion."""
