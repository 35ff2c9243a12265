"""The durable record: journal, postings, recovery and verification, on PostgreSQL.

Names load on first use: a command that only needs the index of UETRs does not load PostgreSQL.
"""

from typing import TYPE_CHECKING, Final

from skontro.lazy_names import lazy_names

if TYPE_CHECKING:
    from skontro.ledger.entry import Entry, genesis, make_entry, own_request, request_rows
    from skontro.ledger.head_file import HeadRefused, KeptHead
    from skontro.ledger.idempotency import Answer
    from skontro.ledger.journal import CommitUnknown, Fenced, Head, Journal
    from skontro.ledger.lease import RecordInUse
    from skontro.ledger.order_index import OrderIndex
    from skontro.ledger.postgres.address import DatabaseUnavailable, checked_url, is_url, shown_url
    from skontro.ledger.postgres.connection import connect, database_url, open_record
    from skontro.ledger.postgres.embedded import DatabaseLost, Embedded
    from skontro.ledger.reader import read_entries, read_headers
    from skontro.ledger.recovery import (
        Progress,
        Recovered,
        genesis_body,
        read_rules,
        recover,
        writer_body,
    )
    from skontro.ledger.verification import Verified, verify

__all__ = [
    "Answer",
    "CommitUnknown",
    "DatabaseLost",
    "DatabaseUnavailable",
    "Embedded",
    "Entry",
    "Fenced",
    "Head",
    "HeadRefused",
    "Journal",
    "KeptHead",
    "OrderIndex",
    "Progress",
    "RecordInUse",
    "Recovered",
    "Verified",
    "checked_url",
    "connect",
    "database_url",
    "genesis",
    "genesis_body",
    "is_url",
    "make_entry",
    "open_record",
    "own_request",
    "read_entries",
    "read_headers",
    "read_rules",
    "recover",
    "request_rows",
    "shown_url",
    "verify",
    "writer_body",
]

#: The module of each name.
_MODULES: Final = {
    "skontro.ledger.entry": ("Entry", "genesis", "make_entry", "own_request", "request_rows"),
    "skontro.ledger.head_file": ("HeadRefused", "KeptHead"),
    "skontro.ledger.idempotency": ("Answer",),
    "skontro.ledger.journal": ("CommitUnknown", "Fenced", "Head", "Journal"),
    "skontro.ledger.lease": ("RecordInUse",),
    "skontro.ledger.order_index": ("OrderIndex",),
    "skontro.ledger.postgres.address": (
        "DatabaseUnavailable",
        "checked_url",
        "is_url",
        "shown_url",
    ),
    "skontro.ledger.postgres.connection": ("connect", "database_url", "open_record"),
    "skontro.ledger.postgres.embedded": ("DatabaseLost", "Embedded"),
    "skontro.ledger.reader": ("read_entries", "read_headers"),
    "skontro.ledger.recovery": (
        "Progress",
        "Recovered",
        "genesis_body",
        "read_rules",
        "recover",
        "writer_body",
    ),
    "skontro.ledger.verification": ("Verified", "verify"),
}

__getattr__ = lazy_names(__name__, _MODULES)
