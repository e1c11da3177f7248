"""Images: the modality, encoders, generators, discriminators, augmentation."""
