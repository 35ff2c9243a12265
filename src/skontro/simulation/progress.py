"""Progress of long work."""

from collections.abc import Callable

#: Called with the number of commands applied, and of all commands.
Progress = Callable[[int, int], None]
