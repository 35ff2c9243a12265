"""Of tests that change records."""

from collections.abc import Iterator

import pytest

from skontro.ledger import connect
from skontro.ledger.postgres.connection import Connection
from tests.service.systems import drop_copies


@pytest.fixture(autouse=True)
def _no_copies_left() -> Iterator[None]:
    yield
    drop_copies()


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    """To the record of the module's `url`; what is changed is taken back at the end."""
    with connect(url) as connection:
        connection.execute("BEGIN")
        yield connection
        connection.execute("ROLLBACK")
