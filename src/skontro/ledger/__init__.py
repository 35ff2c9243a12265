"""The durable record: journal, postings, recovery and verification, on PostgreSQL."""

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
