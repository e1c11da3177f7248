"""The zoo: models as checked directories, the index of their names, and pulling from the Hub."""
