"""Compensation for payments that settled late, by schemes that are data."""
