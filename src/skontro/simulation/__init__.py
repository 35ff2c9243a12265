"""Scenarios, generated payment days and their settlement by the engine."""
