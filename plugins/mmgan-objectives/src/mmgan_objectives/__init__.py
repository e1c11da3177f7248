"""Losses, penalties, auxiliary losses, alignments and augmentations for any modality."""
