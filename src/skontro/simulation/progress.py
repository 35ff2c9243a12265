"""How long work tells how far it is."""

from collections.abc import Callable

#: Told how many of how many commands have been applied.
Progress = Callable[[int, int], None]
