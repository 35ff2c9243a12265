"""Skontro: an open settlement system for payments between countries in their own currencies."""

__version__ = "0.1.0"
