"""The same again, something else under the same id, and orders that are not taken after all."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from skontro.ledger.postgres.tables import Records
from skontro.model import InputError
from skontro.service.sequencer.requests import CommitGroupBuilder, Conflict
from skontro.service.sequencer.sequencer import Sequencer
from skontro.system import Batch
from tests.service.systems import as_work, live_system, order_rows, write_folder


@pytest.fixture
def sequencer(tmp_path: Path) -> Iterator[Sequencer]:
    write_folder(tmp_path)
    with live_system(tmp_path) as running:
        yield running.service.sequencer


def _apply(sequencer: Sequencer, *submitted: Records) -> list[object]:
    """What is answered to each, where all came at once."""
    answers: list[object] = [None] * len(submitted)
    works = [
        as_work(rows.copy(), partial(answers.__setitem__, place))
        for place, rows in enumerate(submitted)
    ]
    group = CommitGroupBuilder()
    sequencer._apply_orders(group, works)
    for answer in group.answers:
        answer()
    return answers


def test_orders_under_way_are_known_before_they_are_durable(sequencer: Sequencer) -> None:
    first, other = order_rows(3), order_rows(2)
    changed = first.copy()
    changed["amount"][1] = 2
    mixed = np.concatenate([other[:1], first[:1]])
    twice = np.concatenate([order_rows(1)] * 2)
    answers = _apply(sequencer, first, first, changed, mixed, other, twice)
    assert [*answers[0]] == [*answers[1]] == [0, 1, 2]  # type: ignore[misc]
    assert isinstance(answers[2], Conflict)
    assert answers[2].uetrs == tuple(first["uetr"].tolist())
    assert isinstance(answers[3], Conflict)
    assert answers[3].uetrs == (first["uetr"][0].tobytes(),)
    assert [*answers[4]] == [3, 4]  # type: ignore[misc]
    assert isinstance(answers[5], Conflict)
    assert answers[5].uetrs == (twice["uetr"][0].tobytes(),)


def test_what_repeats_orders_that_are_not_taken_fares_as_they_do(
    sequencer: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, refused, later = order_rows(2), order_rows(3), order_rows(1)
    assert [*_apply(sequencer, taken)[0]] == [0, 1]  # type: ignore[misc]

    def full(*_: object) -> Batch:
        raise InputError("too many wait")

    with monkeypatch.context() as changes:
        changes.setattr(sequencer.system, "orders", full)
        answers = _apply(sequencer, refused, taken, refused)
    assert isinstance(answers[0], InputError)
    assert [*answers[1]] == [0, 1]  # type: ignore[misc]
    assert isinstance(answers[2], InputError)
    # Nothing of them is left: they can come again, and others have their places.
    assert [*_apply(sequencer, later)[0]] == [2]  # type: ignore[misc]
    assert [*_apply(sequencer, refused)[0]] == [3, 4, 5]  # type: ignore[misc]
