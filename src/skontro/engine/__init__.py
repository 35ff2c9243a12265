"""The deterministic settlement machine: commands in, events out."""
