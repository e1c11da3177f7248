"""What every other room may use: files, randomness, progress bars, boxes."""
