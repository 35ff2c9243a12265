"""Scenarios, generated payment days and their settlement by the engine."""

from skontro.simulation.progress import Progress
from skontro.simulation.settling import settle

__all__ = ["Progress", "settle"]
