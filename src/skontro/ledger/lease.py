"""The lease on a record: who writes it now, and since when nothing was heard of them.

The lease keeps two services from taking a record over from each other; that two writers never both
commit is the epoch's work, not the lease's. All times in it are the database's own.
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

#: So often, in seconds, the writer renews its lease.
RENEW_SECONDS: Final = 0.5
#: A lease that is not renewed for so many seconds, while somebody looks, has expired.
LEASE_SECONDS: Final = 5.0
#: Seconds between looks at somebody else's lease.
_LOOK: Final = 0.25

Connection = psycopg.Connection[tuple[object, ...]]


class RecordInUse(Exception):  # noqa: N818  the fact is the name
    """Another writer lives: this one may not take the record over unasked."""


@attrs.frozen
class Holder:
    """A process that writes, or wants to.

    Attributes:
        name: host and process, for people.
        process: which process it is, as far as another on the same machine can find out; or "".
    """

    name: str
    process: str

    @classmethod
    def this_process(cls) -> "Holder":
        """The one that runs this."""
        return cls(f"process {os.getpid()} on {socket.gethostname()}", _identity(os.getpid()))

    @property
    def is_gone(self) -> bool:
        """Whether the process is known to have ended; false where that cannot be found out."""
        parts, here = self.process.split(), _identity(os.getpid()).split()
        if len(parts) != len(here) or parts[:2] != here[:2]:
            return False
        return _identity(int(parts[2])) != self.process


@attrs.frozen
class Lease:
    """What the database says about the writer.

    Attributes:
        holder: the writer.
        epoch: with which it claimed the record.
        renewed: when it last said that it lives, as text of the database; None when it gave up the
            lease, or there never was one.
        age: seconds since then by the database's clock.
    """

    holder: Holder
    epoch: int
    renewed: str | None
    age: float

    @property
    def is_free(self) -> bool:
        """Whether nobody can be using it."""
        return self.renewed is None or self.holder.is_gone


_READ: Final = """
SELECT holder, process, epoch, renewed::text,
    extract(epoch FROM clock_timestamp() - renewed)::float8
FROM lease
"""


def read_lease(connection: Connection, *, lock: bool = False) -> Lease:
    """The lease as it stands; with `lock` nobody can renew it until the transaction has ended."""
    row: Any = connection.execute((_READ + "FOR UPDATE" * lock).encode()).fetchone()
    if row is None:
        return Lease(Holder("nobody", ""), 0, None, 0.0)
    return Lease(Holder(row[0], row[1]), row[2], row[3], row[4] or 0.0)


def take_lease(connection: Connection, holder: Holder, epoch: int) -> None:
    """Write oneself in, within the transaction that claims the record."""
    connection.execute(
        "INSERT INTO lease VALUES (true, %s, %s, %s, clock_timestamp()) ON CONFLICT (singleton) "
        "DO UPDATE SET (holder, process, epoch, renewed) = "
        "(excluded.holder, excluded.process, excluded.epoch, excluded.renewed)",
        [holder.name, holder.process, epoch],
    )


def renew_lease(connection: Connection, epoch: int) -> bool:
    """Say that the writer lives; False if another has taken over."""
    return (
        connection.execute(
            "UPDATE lease SET renewed = clock_timestamp() WHERE epoch = %s", [epoch]
        ).rowcount
        == 1
    )


def release_lease(connection: Connection, epoch: int) -> None:
    """Give the lease up at the end, so that the next writer need not wait."""
    connection.execute("UPDATE lease SET renewed = NULL WHERE epoch = %s", [epoch])


def wait_until_free(
    connection: Connection, told: Callable[[Lease], None], stopping: threading.Event
) -> Lease:
    """Watch the lease until it is free, or was not renewed for `LEASE_SECONDS`.

    The time is this process's own, from the first look: the clocks of two database nodes may
    differ, and after a change of the primary the writer needs a moment to find the new one.

    Args:
        connection: to the record.
        told: called once, if there is something to wait for.
        stopping: ends the wait.

    Returns:
        The lease that nobody uses any more; see `refuse_renewed`.

    Raises:
        RecordInUse: the holder renewed it.
    """
    first = read_lease(connection)
    if first.is_free:
        return first
    told(first)
    deadline = time.monotonic() + LEASE_SECONDS
    while time.monotonic() < deadline and not stopping.wait(_LOOK):
        now = read_lease(connection)
        refuse_renewed(first, now)
        if now.is_free:
            return now
    return first


def refuse_renewed(before: Lease, now: Lease) -> None:
    """A lease that was renewed since one looked has a living holder.

    Raises:
        RecordInUse: it was; names the holder.
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
    # A process that was killed and not yet waited for does nothing any more.
    return "" if state in "ZX" else f"{boot} {space} {process} {fields[18]}"
