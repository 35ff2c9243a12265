"""The durable record: journal, postings, recovery and verification, on PostgreSQL."""

from skontro.ledger.address import DatabaseUnavailable, checked_url, is_url, shown_url
from skontro.ledger.answers import Answer
from skontro.ledger.connection import connect, database_url, open_record
from skontro.ledger.embedded import DatabaseLost, Embedded
from skontro.ledger.entry import Entry, genesis, make_entry, own_request, request_rows
from skontro.ledger.head_file import HeadRefused, KeptHead
from skontro.ledger.journal import Fenced, Head, InDoubt, Journal
from skontro.ledger.lease import RecordInUse
from skontro.ledger.reading import read_entries, read_headers
from skontro.ledger.recovery import (
    Progress,
    Recovered,
    genesis_body,
    read_rules,
    recover,
    writer_body,
)
from skontro.ledger.register import Register
from skontro.ledger.verification import Verified, verify

__all__ = [
    "Answer",
    "DatabaseLost",
    "DatabaseUnavailable",
    "Embedded",
    "Entry",
    "Fenced",
    "Head",
    "HeadRefused",
    "InDoubt",
    "Journal",
    "KeptHead",
    "Progress",
    "RecordInUse",
    "Recovered",
    "Register",
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
