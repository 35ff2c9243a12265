"""The lease on a record: its current writer, and the time of the last renewal.

The lease keeps two services from taking a record over from each other. The epoch, and not the
lease, ensures that two writers never both commit. All times in the lease are the database's own.
"""

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import psycopg

#: Seconds between renewals of the lease by the writer.
RENEW_SECONDS: Final = 0.5
#: Seconds without renewal, under observation, after which a lease has expired.
LEASE_SECONDS: Final = 5.0
#: Seconds between checks of another writer's lease.
_LOOK: Final = 0.25

Connection = psycopg.Connection[tuple[object, ...]]


class RecordInUse(Exception):  # noqa: N818  the fact is the name
    """Another writer is alive: a takeover needs the operator's request."""


@attrs.frozen
class Holder:
    """A process that writes the record, or is about to.

    Attributes:
        name: host and process, for people.
        process: identity of the process for others on the same machine; "" if unknown.
    """

    name: str
    process: str

    @classmethod
    def this_process(cls) -> "Holder":
        """The running process."""
        return cls(f"process {os.getpid()} on {socket.gethostname()}", _identity(os.getpid()))

    @property
    def is_gone(self) -> bool:
        """Whether the process is known to have ended; False if unknown."""
        parts, here = self.process.split(), _identity(os.getpid()).split()
        if len(parts) != len(here) or parts[:2] != here[:2]:
            return False
        return _identity(int(parts[2])) != self.process


@attrs.frozen
class Lease:
    """The lease as stored in the database.

    Attributes:
        holder: the writer.
        epoch: epoch of its claim of the record.
        renewed: time of the last renewal, as text of the database; None after a release, or where
            there never was a lease.
        age: seconds since then by the database's clock.
    """

    holder: Holder
    epoch: int
    renewed: str | None
    age: float

    @property
    def is_free(self) -> bool:
        """Whether no process can be using the lease."""
        return self.renewed is None or self.holder.is_gone


_READ: Final = """
SELECT holder, process, epoch, renewed::text,
    extract(epoch FROM clock_timestamp() - renewed)::float8
FROM lease
"""


def read_lease(connection: Connection, *, lock: bool = False) -> Lease:
    """The current lease; `lock` prevents renewals until the end of the transaction."""
    row: Any = connection.execute((_READ + "FOR UPDATE" * lock).encode()).fetchone()
    if row is None:
        return Lease(Holder("nobody", ""), 0, None, 0.0)
    return Lease(Holder(row[0], row[1]), row[2], row[3], row[4] or 0.0)


def take_lease(connection: Connection, holder: Holder, epoch: int) -> None:
    """Take the lease, within the transaction that claims the record."""
    connection.execute(
        "INSERT INTO lease VALUES (true, %s, %s, %s, clock_timestamp()) ON CONFLICT (singleton) "
        "DO UPDATE SET (holder, process, epoch, renewed) = "
        "(excluded.holder, excluded.process, excluded.epoch, excluded.renewed)",
        [holder.name, holder.process, epoch],
    )


def renew_lease(connection: Connection, epoch: int) -> bool:
    """Renew the lease; False if another writer has taken over."""
    return (
        connection.execute(
            "UPDATE lease SET renewed = clock_timestamp() WHERE epoch = %s", [epoch]
        ).rowcount
        == 1
    )


def release_lease(connection: Connection, epoch: int) -> None:
    """Release the lease at the end, so that the next writer need not wait."""
    connection.execute("UPDATE lease SET renewed = NULL WHERE epoch = %s", [epoch])


def wait_until_free(
    connection: Connection, notify: Callable[[Lease], None], stopping: threading.Event
) -> Lease:
    """Watch the lease until it is free, or has not been renewed for `LEASE_SECONDS`.

    The time is this process's own, from the first check: the clocks of two database nodes may
    differ, and after a change of the primary the writer needs time to find the new one.

    Args:
        connection: to the record.
        notify: called once if the lease is not free.
        stopping: ends the wait.

    Returns:
        The lease no longer in use; see `refuse_renewed`.

    Raises:
        RecordInUse: the holder renewed it.
    """
    first = read_lease(connection)
    if first.is_free:
        return first
    notify(first)
    deadline = time.monotonic() + LEASE_SECONDS
    while time.monotonic() < deadline and not stopping.wait(_LOOK):
        now = read_lease(connection)
        refuse_renewed(first, now)
        if now.is_free:
            return now
    return first


def refuse_renewed(before: Lease, now: Lease) -> None:
    """Check that the lease has not been renewed since it was read.

    Raises:
        RecordInUse: it was; the message names the holder.
    """
    if now.renewed is not None and (now.epoch, now.renewed) != (before.epoch, before.renewed):
        raise RecordInUse(
            f"{now.holder.name} writes this record and renewed its lease {max(now.age, 0):.1f} s "
            "ago; stop it first, or take the record over from it with --take-over"
        )


def _identity(process: int) -> str:
    """Machine, its start, process namespace, number and start of a process; "" where unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        space = Path("/proc/self/ns/pid").readlink().name
        state, *fields = (
            Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        )
    except (OSError, ValueError):
        return ""
    # A killed process that is not reaped yet has no further effect.
    return "" if state in "ZX" else f"{boot} {space} {process} {fields[18]}"
