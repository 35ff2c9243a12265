"""Records for tests, made of given entries."""

from collections.abc import Sequence

from skontro.ledger import Entry, Journal
from tests.service.systems import new_database


def record_of(entries: Sequence[Entry]) -> str:
    """The URL of a new database with a record that was claimed with these entries."""
    url = new_database()
    journal = Journal(url)
    journal.claim(lambda _head, _epoch: list(entries))
    journal.close()
    return url
