"""Algorithms that settle queued transfer orders together: offsetting."""
