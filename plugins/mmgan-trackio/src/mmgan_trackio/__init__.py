"""Tracks training with trackio, on this machine."""
