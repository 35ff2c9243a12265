"""Members of the enumerations as plain integers, for kernels.

Compiled code takes a plain integer in the globals of a module as a constant. A member of an
enumeration would have a type of its own there, and each kernel would be compiled again for it.

Reason codes and commands keep the names of their members. Events and algorithms end in their word:
`SETTLED_EVENT`, `BILATERAL_PASS_ALGORITHM`. `ReasonCode.NONE` is `NO_REASON`. An unknown name is an
error at import.

Example:
    >>> from skontro.engine.constants import CANCEL, NO_REASON, SETTLED_EVENT
    >>> CANCEL == CommandKind.CANCEL, NO_REASON, type(SETTLED_EVENT)
    (True, 0, <class 'int'>)
"""

from typing import TYPE_CHECKING

from skontro.engine.command_columns import CommandKind
from skontro.engine.events import EventKind
from skontro.model import Algorithm, ReasonCode

if TYPE_CHECKING:

    def __getattr__(name: str) -> int: ...


def plain_integers() -> list[tuple[str, int]]:
    """Name and number of each constant."""
    reasons = [(member.name, int(member)) for member in ReasonCode if member != ReasonCode.NONE]
    return [
        ("NO_REASON", int(ReasonCode.NONE)),
        *reasons,
        *((member.name, int(member)) for member in CommandKind),
        *((f"{member.name}_EVENT", int(member)) for member in EventKind),
        *((f"{member.name}_ALGORITHM", int(member)) for member in Algorithm),
    ]


globals().update(plain_integers())
