"""The liquidity forecast of the running day, from its record."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from skontro.ledger.postgres.connection import Connection
from skontro.simulation.forecast.documents import forecast_document
from skontro.simulation.forecast.liquidity import PastDay, forecast_liquidity
from skontro.simulation.forecast.settling_amount import amounts_that_settle
from skontro.simulation.what_if.recorded import earlier_days, fork_of_record


def forecast_of_record(
    connection: Connection, *, key: str | None, now: int, days: int, percent: int
) -> tuple[dict[str, Any], str]:
    """The forecast as JSON values, and the public key that signed the record.

    Args:
        connection: reads, and writes nothing.
        key: public key of the system from a trusted source; None takes the record's own.
        now: time of the clock, microseconds since 1970.
        days: most earlier business days to expect from.
        percent: share of the value for which the liquidity is found; 0 for none.

    Raises:
        InputError: there is no record.
        InvariantBroken: the record contradicts itself, or was signed with another key.
    """
    day = fork_of_record(connection, key=key, now=now, expect=bool(days))
    past = [PastDay(*one) for one in earlier_days(connection, day, days)]
    accounts = forecast_liquidity(day.system, day.date, day.fork.now, day.ends_at, past)
    lacks = {(one.participant, one.currency): one.lack.median for one in accounts}
    share = Fraction(percent, 100)
    settling = amounts_that_settle(day.fork, day.orders, day.due, lacks, share) if percent else ()
    document = forecast_document(accounts, [one.date for one in past], settling)
    return {"date": day.date.isoformat(), "share": percent, **document}, day.public_key
