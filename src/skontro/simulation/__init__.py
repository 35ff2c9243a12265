"""Scenarios, generated payment days and their settlement by the engine."""

from skontro.simulation.settling import Progress, settle

__all__ = ["Progress", "settle"]
