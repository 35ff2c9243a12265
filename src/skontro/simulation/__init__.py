"""Settlement of scenarios by the engine, generated payment days, and studies of both."""

from skontro.simulation.progress import Progress
from skontro.simulation.settling import settle

__all__ = ["Progress", "settle"]
