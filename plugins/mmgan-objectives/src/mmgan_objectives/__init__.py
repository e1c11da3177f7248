"""Adversarial losses, penalties, alignments and augmentations for any modality."""
