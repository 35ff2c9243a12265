"""Statements to one peer: order, envelopes under way together, pauses, and what is sent again."""

import time

import attrs
import httpx
import pytest
import structlog

from skontro.ledger.link_proof import MAX_STATEMENT_BYTES, MAX_STATEMENTS
from skontro.service.api.peer_limits import ENVELOPES_PER_SECOND, MAX_ENVELOPES
from skontro.service.peers import pace as pace_module
from skontro.service.peers import sender as module
from skontro.service.peers import waiting as waiting_module
from skontro.service.peers.envelope import MAX_PROOFS
from skontro.service.peers.life import PATIENCE_SECONDS, PROBE_SECONDS
from skontro.service.peers.line import AnswerTimes, PeerLine
from skontro.service.peers.repeats import pause_after
from skontro.service.peers.sender import MAX_UNDER_WAY
from skontro.service.peers.under_way import Attempt
from tests.service.peers.sending import held_back, proof, sending


def test_before_the_first_answer_one_envelope_goes_out_with_the_oldest_proofs() -> None:
    with sending() as (sender, made):
        made.transport.held.clear()
        for batch in range(1, MAX_PROOFS + 3):
            sender.put(proof(batch))
        assert made.turn() == 0.0
        made.arrived(1)
        assert [made.turn(0.25) for _ in range(3)] == [0.75, 0.5, 0.25]
        assert made.transport.batches == [[*range(1, MAX_PROOFS + 1)]]
        assert sender.waiting == MAX_PROOFS + 2
        made.transport.held.set()
        made.settle()
        assert sender.waiting == 2
        made.turn()
        assert made.transport.batches[1] == [MAX_PROOFS + 1, MAX_PROOFS + 2]
        assert (sender.waiting, sender.trouble) == (0, "")


def test_a_peer_that_answers_gets_each_batch_at_once_while_others_are_under_way() -> None:
    with sending() as (sender, made):
        made.turn()
        made.transport.held.clear()
        for batch in range(1, MAX_UNDER_WAY + 2):
            sender.put(proof(batch))
            made.turn(1 / 64)
            made.arrived(min(batch, MAX_UNDER_WAY) + 1)
        assert made.transport.batches == [[0], *([one] for one in range(1, MAX_UNDER_WAY + 1))]
        assert made.turn(0.25) == PATIENCE_SECONDS - MAX_UNDER_WAY / 64 - 0.25
        made.transport.held.set()
        made.settle()
        made.turn()
        assert made.transport.batches[-1] == [MAX_UNDER_WAY + 1]
        assert sender.waiting == 0


def test_envelopes_keep_below_the_limit_of_a_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 / pace_module._PACE < ENVELOPES_PER_SECOND
    pace, at_once = 1 / 64, pace_module._AT_ONCE
    assert at_once < MAX_ENVELOPES
    monkeypatch.setattr(pace_module, "_PACE", pace)  # without rounding
    with sending() as (sender, made):
        made.turn()
        for batch in range(1, at_once):
            sender.put(proof(batch))
            made.turn(0)
        for batch in (at_once, at_once + 1):
            sender.put(proof(batch))
        assert made.turn(pace / 2) == pytest.approx(pace / 2)
        assert made.transport.batches == [[batch] for batch in range(at_once)]
        made.turn(pace / 2)
        assert made.transport.batches[at_once:] == [[at_once, at_once + 1]]
        sender.put(proof(at_once + 2))
        assert made.turn(0) == pytest.approx(pace)


def test_after_a_pause_no_more_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "_PACE", 1 / 64)
    with sending() as (sender, made):
        for batch in range(2 * pace_module._AT_ONCE):
            sender.put(proof(batch))
            made.turn(pace_module._PACE if batch < pace_module._AT_ONCE else 0)
        made.turn(100)
        before = len(made.transport.batches)
        for batch in range(2 * pace_module._AT_ONCE):
            sender.put(proof(batch + 20))
            made.turn(0)
        assert len(made.transport.batches) == before + pace_module._AT_ONCE - 1


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (MAX_STATEMENTS - 1, 1, True),
        (MAX_STATEMENTS, 1, False),
        (1, MAX_STATEMENTS, False),
    ],
)
def test_an_envelope_has_only_so_many_statements(first: int, second: int, together: bool) -> None:
    with sending() as (sender, _):
        for batch, statements in ((1, first), (2, second)):
            many = proof(batch, 1).statements * statements
            sender.put(attrs.evolve(proof(batch, 1), statements=many))
        assert sender._waiting.next() == ([0, 1] if together else [0])


@pytest.mark.parametrize(("more", "together"), [(0, True), (1, False)])
def test_an_envelope_has_only_so_many_bytes(more: int, together: bool) -> None:
    with sending() as (sender, _):
        for batch in (1, 2):
            sender.put(proof(batch, 1, MAX_STATEMENT_BYTES // 2))
        sender.put(proof(3, 1, 1 + more))
        sender._waiting._proofs[1] = proof(2, 1, MAX_STATEMENT_BYTES // 2 - 1)
        assert sender._waiting.next() == ([0, 1, 2] if together else [0, 1])


def test_one_proof_that_is_too_large_goes_alone() -> None:
    with sending() as (sender, _):
        sender.put(proof(1, 1, MAX_STATEMENT_BYTES + 1))
        sender.put(proof(2))
        assert sender._waiting.next() == [0]


def test_each_second_without_news_the_head_goes_out() -> None:
    with sending() as (_, made):
        made.turn()
        assert made.turn(0.25) == 0.75
        assert made.transport.batches == [[0]]
        made.turn(0.75)
        assert made.transport.batches == [[0], [0]]


@pytest.mark.parametrize("heard_before", [False, True])
def test_pauses_without_an_answer_stay_short(heard_before: bool) -> None:
    with sending() as (sender, made):
        if heard_before:
            made.turn()
        sender.put(proof(1))
        pauses = []
        for _ in range(7):
            made.transport.statuses.append(httpx.ConnectError("away"))
            made.turn(max(1.0, made.due_in()) if pauses else 1.0)
            pauses.append(made.due_in())
        assert pauses == [PROBE_SECONDS] * 7
        assert sender.trouble == "away"
        assert sender.waiting == 1
        sent = len(made.transport.batches)
        assert made.turn(0.125) == 0.125
        assert len(made.transport.batches) == sent
        made.turn(0.125)
        assert made.transport.batches[-1] == [1]
        assert (sender.waiting, sender.trouble) == (0, "")
        made.transport.statuses.append(httpx.ConnectError("away"))
        made.turn()
        assert made.due_in() == PROBE_SECONDS


def test_envelopes_that_fail_together_are_one_failure_and_are_sent_again_in_order() -> None:
    with sending() as (sender, made):
        made.turn()
        made.transport.held.clear()
        made.transport.statuses = [httpx.ReadTimeout("late")] * 3
        for batch in (1, 2, 3):
            sender.put(proof(batch))
            made.turn(0.125)
            made.arrived(batch + 1)
        made.transport.held.set()
        made.settle()
        assert (made.due_in(), sender.waiting, sender.trouble) == (0.25, 3, "late")
        made.turn()
        made.turn()
        assert made.transport.batches[-2:] == [[1], [2, 3]]
        assert sender.waiting == 0


def test_the_end_of_an_attempt_that_was_given_up_is_no_failure() -> None:
    with sending() as (sender, made):
        made.transport.statuses = [200, httpx.ReadTimeout("late"), 503]
        held_back(sender, made, 1)
        sender._failed("silent", None)
        failures = sender._life.failures
        sender._failed("late", Attempt((0,), 0.0, sender._generation - 1))
        assert sender._life.failures == failures == 1
        assert sender.trouble == "silent"
        sender._failed("now", Attempt((0,), 0.0, sender._generation))
        assert (sender._life.failures, sender.trouble) == (2, "now")


def test_envelopes_under_way_are_waited_for_after_another_was_refused() -> None:
    with sending() as (sender, made):
        held_back(sender, made, 1, 2)
        line = sender._line._connections
        sender._failed("it answers 503", sender._under_way.attempts[0])
        assert (len(sender._under_way), sender._line._connections) == (2, line)
        sender._failed("broken", None, is_lost=True)
        assert sender._under_way.attempts == []
        assert sender._waiting._sent == set()
        assert sender._line._connections is not line


@pytest.mark.parametrize("usual", [0.2, 0.25, 0.5])
def test_patience_follows_the_usual_time_of_an_answer(usual: float) -> None:
    with sending() as (sender, made):
        made.turn()
        sender._life.times = AnswerTimes()
        for seconds in (usual, usual, 9.0):
            sender._life.times.add(seconds)
        assert sender._life.patience == max(1.0, 4 * usual)
        made.transport.statuses = [503]
        made.turn()
        assert sender._life.patience == max(0.25, usual)
        sender._life.failures = 0
        assert sender._life.patience == max(1.0, 4 * usual), "at the start"


def test_the_time_of_an_answer_is_from_when_its_envelope_left() -> None:
    with sending() as (sender, made):
        held_back(sender, made, 1)
        made.time += 0.5
        sender._life.times = AnswerTimes()
        made.transport.held.set()
        made.settle()
        assert sender._life.times.usual == 0.5


def test_what_is_under_way_is_given_up_when_a_silent_peer_sends_something() -> None:
    with sending() as (sender, made):
        made.transport.statuses = [httpx.ConnectError("away")]
        made.turn()
        sender.put(proof(1))
        made.transport.held.clear()
        made.turn(0.25)
        made.arrived(2)
        line = sender._line._connections
        sender.heard()
        assert made.turn(0.125) == 0.0
        made.arrived(3)
        assert made.transport.batches[1:] == [[1], [1]]
        assert sender._line._connections is not line


def test_a_silent_peer_that_sends_something_is_tried_at_once() -> None:
    with sending() as (sender, made):
        made.transport.statuses = [httpx.ConnectError("away")] * 3
        for _ in range(3):
            made.turn(max(1.0, made.due_in()))
        assert made.due_in() == PROBE_SECONDS
        sender.heard()
        assert made.turn(0.1) == 0.0
        assert made.transport.batches == [[0]] * 4
        due = made.due_in()
        sender.heard()
        assert made.due_in() == due == 1.0


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_statements_refused_for_ever_are_dropped_and_named(status: int) -> None:
    with sending() as (sender, made):
        made.turn()
        sender.put(proof(1, 1))
        made.transport.statuses = [status]
        with structlog.testing.capture_logs() as logs:
            made.turn()
        assert sender.waiting == 0
        assert sender.trouble == f"it answers {status}: why not"
        assert [one["event"] for one in logs] == ["statements refused for ever", "peer silent"]
        made.transport.statuses = [status]
        with structlog.testing.capture_logs() as logs:
            made.turn()
        assert logs == []  # a head is no statement


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_statements_with_another_answer_wait(status: int) -> None:
    with sending() as (sender, made):
        sender.put(proof(1, 1))
        made.transport.statuses = [status]
        made.turn()
        assert (sender.waiting, sender.trouble) == (1, f"it answers {status}: why not")
        made.turn()
        assert made.transport.batches == [[1], [1]]
        assert sender.waiting == 0


def test_an_answer_of_another_system_counts_as_none() -> None:
    with sending() as (sender, made):
        sender.put(proof(1))
        made.refused = "another system answers"
        made.turn()
        assert (sender.waiting, sender.trouble) == (1, "another system answers")
        assert made.answers == made.repeats == []


def test_without_a_contract_nothing_leaves() -> None:
    with sending() as (sender, made):
        made.has_contract = False
        sender.put(proof(1))
        made.turn()
        assert (made.transport.batches, sender.waiting, sender.trouble) == ([], 1, "not asked yet")
        assert made.due_in() == module.BEAT_SECONDS


def test_links_are_repeated_at_the_first_answer_and_then_at_most_each_quarter_second() -> None:
    with sending() as (sender, made):
        due: list[bool] = []
        sender._repeat = lambda repeats: due.append(repeats._all_due)
        made.turn()
        for batch, later in enumerate((0.1, 0.125, 0.025, 0.2), 1):
            sender.put(proof(batch))
            made.turn(later)
        assert len(made.transport.batches) == 5
        assert due == [True, True]
        sender._repeats._all_due = False
        made.transport.statuses = [503]
        made.turn()
        made.turn()
        assert due == [True, True, True]


def test_the_oldest_proofs_are_dropped_when_too_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_module, "_MAX_WAITING", 2)
    with sending() as (sender, made):
        for batch in (1, 2, 3):
            sender.put(proof(batch))
        assert sender.waiting == 2
        made.turn()
        assert made.transport.batches == [[2, 3]]


def test_a_fault_of_the_program_leaves_the_peer_with_statements() -> None:
    with sending() as (sender, made):
        sender.put(proof(1))
        made.transport.statuses = [RuntimeError("a fault")]
        made.turn()
        assert (sender.waiting, sender.trouble, made.due_in()) == (1, "a fault", 0.25)
        made.turn()
        assert sender.waiting == 0


@pytest.mark.parametrize("body", [b"no", b"[]", b"{}", b" " * (2**20 + 1)])
def test_other_answers_are_none(body: bytes) -> None:
    answers = httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    with sending() as (sender, made):
        sender._line = PeerLine(sender.url, answers)
        sender.put(proof(1))
        made.turn()
        assert sender.waiting == 1
        assert sender.trouble not in ("", "not asked yet")


def test_the_thread_sends_what_is_put_and_stops() -> None:
    with sending() as (sender, made):
        sender._now = time.monotonic
        sender.start()
        made.arrived(1)
        sender.put(proof(5))
        made.arrived(2)
        assert made.transport.batches[1] == [5]
        sender.stop()
        assert not sender._thread.is_alive()


def test_pauses() -> None:
    assert [pause_after(count) for count in (1, 2, 3, 5, 6, 7, 10**6)] == [1, 2, 4, 16, 30, 30, 30]
