"""Records for tests, made of given entries, and the views that each has."""

from collections.abc import Sequence

from skontro.ledger import Entry, Journal
from tests.service.systems import new_database

VIEWS = (
    "requests",
    "commands",
    "events",
    "runs",
    "postings",
    "closing_balances",
    "link_statements",
)


def record_of(entries: Sequence[Entry]) -> str:
    """The URL of a new database with a record that was claimed with these entries."""
    url = new_database()
    journal = Journal(url)
    journal.claim(lambda _head, _epoch: list(entries))
    journal.close()
    return url
