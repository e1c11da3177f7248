"""Adversarial losses, penalties, terms, alignments and augmentations for any modality."""
