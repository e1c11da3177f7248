"""The zoo: models as directories, their trust, the index, and the Hub."""
