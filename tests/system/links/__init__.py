"""Links between systems."""
