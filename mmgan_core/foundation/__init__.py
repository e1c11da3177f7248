"""What every other room stands on: files, randomness, progress, boxes."""
