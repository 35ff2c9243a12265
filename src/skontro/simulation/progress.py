"""Progress of long work."""

from collections.abc import Callable

#: Told how many of how many commands have been applied.
Progress = Callable[[int, int], None]
