"""Training: two networks, phase by phase, resumable to the bit."""
