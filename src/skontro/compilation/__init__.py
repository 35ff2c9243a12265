"""The first compilation of the engine after an installation."""

from skontro.compilation.two_processes import prepare

__all__ = ["prepare"]
