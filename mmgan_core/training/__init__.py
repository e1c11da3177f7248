"""Training: both networks, phase by phase; it can be interrupted and resumes bit for bit."""
