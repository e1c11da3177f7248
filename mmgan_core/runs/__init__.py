"""What a run keeps on disk: its directory, checkpoints, measurements and report."""
