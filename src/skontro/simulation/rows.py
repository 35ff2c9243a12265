"""Single commands as rows, before they become columns."""

from collections.abc import Sequence
from typing import Any, Final

import attrs

from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE, CommandKind, Commands

#: In the place of an account or order number: none.
NO_ACCOUNT: Final = -1


@attrs.frozen
class Row:
    """One command; what it does not use has the value of nothing, as in `Commands`."""

    kind: CommandKind
    time: int
    payer: int = NO_ACCOUNT
    payee: int = NO_ACCOUNT
    amount: int = 0
    payment_class: int = -1
    order: int = NO_ACCOUNT


def as_commands(rows: Sequence[Row]) -> Commands:
    """The rows as columns, all of them there."""
    columns: dict[str, Any] = {
        name: [int(getattr(row, name)) for row in rows] for name in attrs.fields_dict(Row)
    }
    columns["earliest"] = [ANY_TIME_BEFORE] * len(rows)
    columns["latest"] = [ANY_TIME_AFTER] * len(rows)
    return Commands(**columns)
