"""Payments, participants, rates and scenarios from files, and results into them."""
