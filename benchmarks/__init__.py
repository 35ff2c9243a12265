"""Benchmarks: the engine beside a floor, beside a peer, and at growing sizes."""
