"""Figures of the mission: measured, published, implied, and unknown."""

from skontro.simulation.facts.fact import Fact, Kind
from skontro.simulation.facts.figures import facts

__all__ = ["Fact", "Kind", "facts"]
