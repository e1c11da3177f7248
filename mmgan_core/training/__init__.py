"""Training: two players, phase by phase, resumable to the bit."""
