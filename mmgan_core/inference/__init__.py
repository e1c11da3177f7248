"""Using a trained GAN: samples, repair, interpolation, inversion."""
