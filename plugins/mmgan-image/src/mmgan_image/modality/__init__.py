"""Pictures as a modality, and masks of them."""
