"""Netting cycles of several systems without an operator, on their records."""
