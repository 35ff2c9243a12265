"""Business days of cross-border payments, generated from real trade."""

from skontro.simulation.generator.period import Progress, generate
from skontro.simulation.generator.settings import CreditCurrencies, GeneratorSettings

__all__ = ["CreditCurrencies", "GeneratorSettings", "Progress", "generate"]
