"""Of tests that change records."""

from collections.abc import Iterator

import pytest

from tests.service.systems import drop_copies


@pytest.fixture(autouse=True)
def _no_copies_left() -> Iterator[None]:
    yield
    drop_copies()
