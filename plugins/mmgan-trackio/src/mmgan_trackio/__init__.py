"""Tracks trainings with trackio, on this machine."""
