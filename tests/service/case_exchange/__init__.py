"""Cases and messages."""
