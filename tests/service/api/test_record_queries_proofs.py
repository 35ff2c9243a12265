"""Which hash trees are kept for receipts: the last ones asked for, within two bounds."""

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from skontro.service.api import record_queries as module
from skontro.service.api.record_queries import History


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> History:
    """Over a record whose batch N has N units; at most three are kept, of twelve units."""

    @contextmanager
    def connected(self: History) -> Any:
        yield None

    made = History("postgresql://nowhere")
    monkeypatch.setattr(History, "_connection", connected)
    monkeypatch.setattr(module, "read_entries", lambda _connection, first, _last: [first])
    of = SimpleNamespace(of=lambda batch: SimpleNamespace(batch=batch, size=batch))
    monkeypatch.setattr(module, "BatchProof", of)
    monkeypatch.setattr(module, "_MAX_PROOFS", 3)
    monkeypatch.setattr(module, "_MAX_PROVED", 12)
    return made


def kept(history: History, *batches: int) -> list[int]:
    for batch in batches:
        history.read_proof(batch)
    return [batch for batch in range(1, 20) if batch in history._proofs]


def test_the_oldest_goes_first(history: History) -> None:
    assert kept(history, 1, 2, 3) == [1, 2, 3]
    assert kept(history, 4) == [2, 3, 4]


def test_one_that_is_asked_for_again_stays(history: History) -> None:
    kept(history, 1, 2, 3)
    found = history.proof(1)
    assert found is not None
    assert found.batch == 1
    assert history.proof(7) is None
    assert kept(history, 4) == [1, 3, 4]


def test_size_counts_to_the_last_unit_and_one_is_always_kept(history: History) -> None:
    assert kept(history, 5, 7) == [5, 7]
    assert kept(history, 1) == [1, 7]
    assert kept(history, 13) == [13]
