"""A federation of linked systems on one machine, for a demonstration."""
