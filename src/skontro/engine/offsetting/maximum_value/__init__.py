"""Offsetting of maximum value: the most valuable queued orders, if bypass is allowed (R24)."""
