"""The pages that show people runs."""
