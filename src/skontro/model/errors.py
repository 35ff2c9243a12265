"""The three kinds of no.

A *business outcome* is a value with a `ReasonCode` and is never raised. An *error at the edge* is
an `InputError`: the caller gave something unusable, and the message says what to do about it. A
*broken invariant* is an `InvariantBroken`: the state contradicts itself and the system must stop.
"""

from collections.abc import Callable


class SkontroError(Exception):
    """Base of every exception that Skontro raises on purpose."""


class InputError(SkontroError):
    """An input is unusable; the message names the place and says what to do."""


class ArgumentError(InputError):
    """An argument cannot be used; the message names it as Python does, or as the command line.

    Args:
        message: the text with the argument's name, as Python or the command line writes it.
        argument: its name in Python.
        option: its name as an option without dashes, if another.

    Example:
        >>> error = ArgumentError(lambda name: f"leave out {name}", "skip_invalid")
        >>> str(error), error.for_command_line
        ('leave out skip_invalid', 'leave out --skip-invalid')
    """

    def __init__(
        self, message: Callable[[str], str], argument: str, option: str | None = None
    ) -> None:
        super().__init__(message(argument))
        self.argument = argument
        self.for_command_line = message(f"--{option or argument.replace('_', '-')}")


class InvariantBroken(SkontroError):  # noqa: N818  the fact is the name
    """A named invariant does not hold; nothing more may be settled.

    Args:
        invariant: the name of the invariant.
        evidence: the figures that contradict it.
    """

    def __init__(self, invariant: str, evidence: str) -> None:
        super().__init__(f"invariant broken: {invariant}: {evidence}")
        self.invariant = invariant
        self.evidence = evidence

    def __reduce__(self) -> tuple[type["InvariantBroken"], tuple[str, str]]:
        """From another process it comes as it was raised there."""
        return type(self), (self.invariant, self.evidence)
