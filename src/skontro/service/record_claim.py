"""Claim of the record at the start: its database, its keys, its lease and its first batches."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import psycopg
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger import (
    Embedded,
    Entry,
    Head,
    Journal,
    KeptHead,
    genesis,
    genesis_body,
    make_entry,
    own_request,
    read_rules,
    writer_body,
)
from skontro.ledger.head_file import compare_with_record
from skontro.ledger.keys import KEY_FILE, make_private_key, public_text, read_private_key
from skontro.ledger.lease import LEASE_SECONDS, Lease, wait_until_free
from skontro.ledger.recovery import refuse_other_rules
from skontro.model import InputError
from skontro.service.clock import WatchedClock
from skontro.service.settings import Settings
from skontro.system import Batch, BatchKind, Rules

RECORD_FOLDER: Final = "record"
#: Seconds in which the database must answer at the start; a change of its primary takes 20.
_REACH_SECONDS: Final = 120

_log = structlog.get_logger("skontro")


class NotStarted(Exception):  # noqa: N818  the fact is the name
    """The start was cancelled before the service was running; nothing was accepted."""


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The writer's key; a new one if the folder has none."""
    path = folder / KEY_FILE
    return read_private_key(path) if path.exists() else make_private_key(path)


def open_database(settings: Settings, folder: Path) -> tuple[str, Embedded | None]:
    """URL of the record, and the embedded server to supervise, if there is one."""
    if settings.database is not None:
        return settings.database, None
    embedded = Embedded(folder / RECORD_FOLDER)
    url = embedded.start()
    embedded.forget_dead_users()
    return url, embedded


def claim_record(
    url: str,
    rules: Rules,
    key: Ed25519PrivateKey,
    clock: WatchedClock,
    kept: KeptHead | None,
    settings: Settings,
    stopping: threading.Event,
) -> tuple[Journal, Rules]:
    """Claim the record as soon as its database answers and no other process writes it.

    Args:
        url: of the database.
        rules: of the system's folder; a new record begins with them.
        key: the writer's, with which the record began.
        clock: begins with the time of the record.
        kept: the newest head outside the database, if there is one.
        settings: settings of the service.
        stopping: when set, the start is called off.

    Returns:
        The journal, and the rules as recorded.

    Raises:
        InputError: the database does not answer, or the record began with other rules or keys.
        RecordInUse: another writer lives.
        HeadRefused: the record is behind the head that was kept outside of it.
        NotStarted: the start was called off.
    """
    deadline = time.monotonic() + _REACH_SECONDS
    while True:
        journal = _wait_for_database(url, deadline, stopping)
        try:
            return journal, _claim(journal, rules, key, clock, kept, settings, stopping)
        except psycopg.OperationalError as error:
            journal.close()
            _log.warning("database out of reach", error=str(error).strip())
        except BaseException:
            journal.close()
            raise


def _wait_for_database(url: str, deadline: float, stopping: threading.Event) -> Journal:
    """The record, as soon as its database answers; it may be changing its primary.

    Raises:
        InputError: it does not answer for long.
        NotStarted: the start was called off.
    """
    while True:
        refuse_if_called_off(stopping)
        try:
            return Journal(url)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise InputError(
                    f"the database has not answered for {_REACH_SECONDS} s: {str(error).strip()}"
                ) from None
            _log.warning("database out of reach", error=str(error).strip())
            stopping.wait(1)


def _claim(
    journal: Journal,
    rules: Rules,
    key: Ed25519PrivateKey,
    clock: WatchedClock,
    kept: KeptHead | None,
    settings: Settings,
    stopping: threading.Event,
) -> Rules:
    """Claim a record with these rules; returns the rules as recorded."""
    if journal.head().number >= 0:
        recorded, recorded_settings = read_rules(journal.connection)
        refuse_other_rules(rules, recorded)
        if recorded_settings.get("public_key") != public_text(key):
            raise InputError(
                f"{KEY_FILE} is not the key that the record began with; put that one back"
            )
        rules = recorded

    def first_entries(head: Head, epoch: int) -> Sequence[Entry]:
        more: dict[str, Any] | None = None
        if kept is not None:
            more = compare_with_record(journal.connection, kept, head, settings.accept_head)
        clock.begin(None if head.number < 0 else head.time, settings.clock_ahead_days)
        now, entries = clock(), []
        if head.number < 0:
            body = genesis_body(rules, {"public_key": public_text(key)})
            entries.append(_signed(genesis(body, now), key))
            head = Head(0, now, entries[0].hash)
        time_of_claim = max(now, head.time + 1)
        batch = Batch(BatchKind.WRITER, time_of_claim, body=writer_body(epoch, more))
        entry = make_entry(head.number + 1, batch, own_request(0), head.hash)
        return [*entries, _signed(entry, key)]

    lease = None
    if not settings.take_over:
        lease = wait_until_free(journal.connection, _log_wait, stopping)
        refuse_if_called_off(stopping)
    journal.claim(first_entries, free=lease)
    return rules


def _log_wait(lease: Lease) -> None:
    _log.warning(
        "waiting for another writer's lease to expire",
        holder=lease.holder.name,
        age=round(lease.age, 1),
        seconds=LEASE_SECONDS,
    )


def _signed(entry: Entry, key: Ed25519PrivateKey) -> Entry:
    return attrs.evolve(entry, signature=key.sign(entry.hash))


def refuse_if_called_off(stopping: threading.Event) -> None:
    """Raise `NotStarted` once the start is called off."""
    if stopping.is_set():
        raise NotStarted("stopped before the record was recovered")
