"""The public Python API: what ``import skontro`` offers, in simple functions."""
