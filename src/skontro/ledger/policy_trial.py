"""Policy rules tried on recorded days: the record is replayed, and they judge its orders."""

import datetime
from typing import Any

from skontro.ledger.keys import public_key, refuse_other_key
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.reader import last_batch, read_entries
from skontro.ledger.recovery import Progress, read_rules, replay_and_compare
from skontro.ledger.snapshots import restore_before
from skontro.model import InputError
from skontro.system import BatchKind
from skontro.system.policy.rules import PolicyRules
from skontro.system.policy.trial import ReplayedTrial, Trial
from skontro.system.policy_actions import lacks_rates


def try_on_record(
    connection: Connection,
    rules: PolicyRules,
    first: datetime.date,
    last: datetime.date,
    key: str | None = None,
    progress: Progress | None = None,
) -> tuple[Trial, str]:
    """Try rules on the orders of recorded business days.

    Customers and purposes are those of the record. Counters begin with the first day.

    Args:
        connection: for the exclusive use of this call.
        rules: to try.
        first, last: days, both included; the last one may be running.
        key: public key of the system from a trusted source; None takes the record's own.
        progress: called after every batch.

    Returns:
        The trial, and the public key that signed the record.

    Raises:
        InputError: there is no such day, or the rules have no rate for a currency of the system.
        InvariantBroken: the record contradicts itself, or was signed with another key.
    """
    system_rules, settings = read_rules(connection)
    refuse_other_key(settings["public_key"], key)
    begin, end = _batches_of(connection, first, last)
    signer = public_key(settings["public_key"])
    system, start = restore_before(connection, system_rules, begin, signer)
    trial, head = ReplayedTrial(rules, first, last), ""
    for entry in read_entries(connection, start + 1, end):
        trial.before(system, entry.batch)
        replay_and_compare(system, entry)
        trial.after(system)
        head = entry.hash.hex()
        if progress is not None:
            progress("replaying", entry.number - start, end - start)
    if lacking := lacks_rates(rules, system.directory.currencies):
        raise InputError(f"the rules have no rate for {', '.join(lacking)}: add rates to them")
    return trial.result({"head": head}), settings["public_key"]


def _batches_of(
    connection: Connection, first: datetime.date, last: datetime.date
) -> tuple[int, int]:
    """The batch that starts the first of these days, and the last batch of the last one."""
    rows: Any = connection.execute(
        "SELECT batch, body::json->>'date' FROM journal WHERE kind = %s "
        "AND body::json->>'kind' = 'start' ORDER BY batch",
        [int(BatchKind.STEP)],
    ).fetchall()
    days = [(int(batch), datetime.date.fromisoformat(date)) for batch, date in rows]
    tried = [batch for batch, date in days if first <= date <= last]
    if not tried:
        raise InputError(f"the record has no business day from {first} to {last}")
    after = [batch for batch, date in days if date > last]
    return tried[0], min([last_batch(connection), *(batch - 1 for batch in after)])
