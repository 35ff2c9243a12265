"""How much may wait: no participant takes the place of others, and operators keep theirs."""

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.engine import from_records
from skontro.ledger import Journal
from skontro.ledger.entry import NOBODY
from skontro.service.api.problems import Problem
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.intake_queue import Backlog, by_side
from skontro.service.sequencer.requests import NO_KEY, Caller, Orders, Overloaded, Query
from skontro.system import OPERATOR
from tests.service.systems import BANKS, live_system, order, order_rows, write_folder


def of(side: int, size: int = 1, done: Any = None) -> Orders:
    caller = Caller(side, bytes(32), NO_KEY, bytes(32))
    return Orders(caller, from_records(order_rows(size)), done or (lambda _: None))


def test_a_participant_has_a_quarter_and_the_operator_a_tenth_of_its_own() -> None:
    backlog = Backlog(1_000)
    for side in range(4):
        backlog.take_in(of(side, 220))
        with pytest.raises(Overloaded, match="220 orders and requests of this participant wait"):
            backlog.take_in(of(side, 31))
    with pytest.raises(Overloaded, match="880 orders and requests wait, of 900 that may"):
        backlog.take_in(of(4, 21))
    for _ in range(100):
        backlog.take_in(Query(lambda _: None, lambda _: None))
    backlog.take_in(of(NOBODY, 20))
    with pytest.raises(Overloaded, match="of 1000 that may"):
        backlog.take_in(of(NOBODY))
    backlog.release({0: 220})
    assert backlog.waiting == 780
    backlog.take_in(of(0, 100))


def test_a_batch_above_the_share_is_taken_where_nothing_of_the_side_waits() -> None:
    backlog = Backlog(1_000)
    backlog.take_in(of(0, 600))
    with pytest.raises(Overloaded):
        backlog.take_in(of(0))
    backlog.take_in(of(1, 300))
    backlog.release(by_side([of(0, 600), of(1, 300)]))
    assert backlog.waiting == 0


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(1, 40), st.booleans()), max_size=60))
def test_what_is_taken_in_and_released_adds_up(steps: list[tuple[int, int, bool]]) -> None:
    backlog, taken = Backlog(100), []
    for side, size, releases in steps:
        work = of(side, size)
        try:
            backlog.take_in(work)
            taken.append(work)
        except Overloaded:
            waits = sum(len(one.commands) for one in taken)
            assert waits, "the first is always taken in"
            assert size + waits > 25, "nobody is refused while all shares are free"
        if releases and taken:
            backlog.release(by_side([taken.pop(0)]))
        assert backlog.waiting == sum(by_side(taken).values())


def test_a_participant_that_floods_takes_nobody_elses_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Journal.append

    flooded = threading.Event()

    def slowly(journal: Journal, entries: object) -> None:
        flooded.wait(60)
        append(journal, entries)  # type: ignore[arg-type]

    write_folder(tmp_path)
    with live_system(tmp_path, max_waiting=1_000) as system:
        monkeypatch.setattr(Journal, "append", slowly)
        answers: list[object] = []
        refused = 0
        for _ in range(40):
            try:
                system.service.sequencer.submit(of(0, 100, answers.append))
            except Overloaded:
                refused += 1
        assert refused >= 30
        system.service.sequencer.submit(of(1, 1, answers.append))
        flooded.set()
        assert system.bank(1).submit(order(1, 0)).status_code == 201
        assert system.operator().propose({"kind": "suspend", "participant": BANKS[2]}).is_success
        flooding = system.service.sequencer.waiting
    assert flooding <= 1_000
    assert len(answers) + refused == 41


def test_all_persons_of_a_participant_together_have_twice_the_rate_of_one(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path, requests_per_second=10) as system:
        authenticator = system.service.context.authenticator

        refusals = set()

        def admitted(side: str, person: str, count: int) -> int:
            identity, taken = Identity(person, side, 0, "participant"), 0
            for _ in range(count):
                try:
                    authenticator.slow_down(identity)
                    taken += 1
                except Problem as problem:
                    refusals.add((problem.status, problem.detail.partition(" of ")[2]))
            return taken

        taken = [admitted(BANKS[0], f"Person {number}", 30) for number in range(6)]
        assert 10 <= taken[0] <= 15
        assert 20 <= sum(taken) <= 30, "six people have no more than two"
        assert refusals == {
            (429, "one person; send batches"),
            (429, "all people of a participant; send batches"),
        }
        assert admitted(BANKS[1], "Other", 9) == 9
        assert sum(admitted(OPERATOR, f"Operator {number}", 9) for number in range(6)) == 54
