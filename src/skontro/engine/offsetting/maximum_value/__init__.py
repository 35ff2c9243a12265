"""Offsetting of maximum value: which queued orders, if overtaking is allowed (R24)."""
