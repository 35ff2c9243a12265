"""A peer without an answer: probed while work continues, waited for, sent again, or silent."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import structlog

from skontro.service.peers.life import PROBES
from skontro.service.peers.line import AnswerTimes
from skontro.service.peers.sender import MAX_UNDER_WAY, PeerSender
from tests.service.peers.sending import Sending, held_back, proof, sending


@contextmanager
def probing(*batches: int) -> Iterator[tuple[PeerSender, Sending]]:
    """A peer that has named batch 0, gets these batches, and answers nothing but probes."""
    with sending() as (sender, made):
        made.transport.next_holds = proof(0)
        held_back(sender, made, *batches)
        made.transport.answers_probes = True
        yield sender, made


def probe_to_its_end(sender: PeerSender, made: Sending, later: float) -> None:
    """One turn in which a probe leaves, until its answer is taken."""
    carried, sent = sender._carried, len(made.transport.batches)
    assert made.turn(later) == 0.0
    made.arrived(sent + 1)
    assert made.transport.batches[-1] == [0], "a head that the peer has"
    made.until(lambda: sender._carried == carried)


def test_a_slow_peer_is_probed_and_gets_everything_once_and_at_once() -> None:
    with probing(1, 2) as (sender, made):
        made.transport.next_holds = proof(2)
        assert made.turn(0.75) == 0.125, "no probe yet"
        assert made.transport.batches == [[0], [1], [2]]
        line = sender._line._connections
        probe_to_its_end(sender, made, 0.125)
        assert (sender.trouble, sender._life.hears, sender._life.probes) == ("", True, 0)
        assert sender._line._connections is not line
        assert (len(sender._under_way), len(sender._under_way.arrived)) == (0, 2)
        for batch in range(3, MAX_UNDER_WAY + 3):
            sender.put(proof(batch))
            made.turn(1 / 64)
            made.arrived(batch + 2)
        assert made.transport.batches[4:] == [[one] for one in range(3, MAX_UNDER_WAY + 3)]
        made.transport.held.set()
        made.settle()
        assert (sender.waiting, sender.trouble) == (0, "")
        assert len(made.transport.batches) == MAX_UNDER_WAY + 4, "nothing is sent again"
        assert sender._repeats_all is False


def test_envelopes_leave_while_a_probe_has_no_answer() -> None:
    with probing(1) as (sender, made):
        made.transport.answers_probes = False
        made.turn(1.0)
        made.arrived(3)
        for batch in (2, 3):
            sender.put(proof(batch))
            made.turn(0.0625)
            made.arrived(batch + 2)
        assert made.transport.batches == [[0], [1], [0], [2], [3]]
        assert made.turn(0.0625) == 0.0625, "the next probe"


@pytest.mark.parametrize("held", [None, 0])
def test_on_dead_connections_all_leave_again_at_once_over_new_ones(held: int | None) -> None:
    with probing(1, 2, 3) as (sender, made):
        made.transport.next_holds = None if held is None else proof(held)
        line = sender._line._connections
        with structlog.testing.capture_logs() as logs:
            probe_to_its_end(sender, made, 0.75)
        assert [(one["event"], one["count"]) for one in logs] == [("envelopes lost", 3)]
        assert (len(sender._under_way), len(sender._waiting._sent)) == (0, 0)
        assert sender._line._connections is not line
        assert made.turn(0) == 0.0
        made.arrived(6)
        assert made.transport.batches[-1] == [1, 2, 3]
        assert (sender.trouble, sender._life.hears) == ("", True)
        made.transport.held.set()
        made.settle()
        assert sender.waiting == 0


def test_a_peer_that_names_no_head_counts_as_one_that_has_nothing() -> None:
    with sending() as (sender, made):
        held_back(sender, made, 1)
        assert sender._held is None
        made.transport.next_holds = proof(1)
        sender._lives(made.time + 1.0, -1)
        assert (len(sender._under_way), sender._waiting.has_news) == (0, True)


def test_envelopes_that_arrived_wait_and_lost_ones_leave_again() -> None:
    with probing(1, 2) as (sender, made):
        made.transport.next_holds = proof(1)
        made.turn(0.25)
        sender.put(proof(3))
        made.turn(0.25)
        made.arrived(4)
        generation = sender._generation
        with structlog.testing.capture_logs() as logs:
            probe_to_its_end(sender, made, 0.375)
        assert [(one["event"], one["count"]) for one in logs] == [("envelopes lost", 2)]
        assert len(sender._under_way) == 0
        assert [one.batch for one in sender._under_way.arrived] == [1]
        assert sender._generation > generation, "their end is no failure"
        made.turn(0)
        made.arrived(6)
        assert made.transport.batches == [[0], [1], [2], [3], [0], [2, 3]]


def test_probes_continue_until_what_the_peer_lacks_is_surely_lost() -> None:
    with probing(1) as (sender, made):
        made.transport.next_holds = proof(1)
        made.turn(0.5)
        sender.put(proof(2))
        made.turn(0.25)
        made.arrived(3)
        probe_to_its_end(sender, made, 0.25)
        assert [one.batch for one in sender._under_way.attempts] == [2], "left just now"
        assert made.turn(0.125) == 0.125, "a quarter second between probes"
        probe_to_its_end(sender, made, 0.125)
        assert len(sender._under_way) == 0
        made.turn(0)
        made.arrived(6)
        assert made.transport.batches == [[0], [1], [2], [0], [0], [2]]


def test_an_answer_to_another_envelope_does_not_hide_a_lost_one() -> None:
    with probing(1, 2) as (sender, made):
        made.time += 0.5
        second = sender._under_way.attempts[1]
        sender._confirmed(second)
        sender._under_way.end(second)
        sender._heard_of(second, proof(0))
        sender._life.times = AnswerTimes()
        assert made.turn(0.25) == 0.125
        probe_to_its_end(sender, made, 0.125)
        assert sender._waiting.next() == [0]


@pytest.mark.parametrize(("probes", "silent"), [(PROBES - 1, False), (PROBES, True)])
def test_only_probes_without_an_answer_make_a_peer_silent(probes: int, *, silent: bool) -> None:
    with probing(1, 2) as (sender, made):
        made.transport.answers_probes = False
        line = sender._line._connections
        made.turn(0.875)
        for _ in range(probes - 1):
            assert made.turn(0.125) == 0.125
            assert made.turn(0.125) == 0.0
        made.arrived(3 + probes)
        assert (sender._life.hears, sender.trouble) == (True, "")
        assert sender._line._connections is line
        assert made.turn(0.25) == 0.0
        made.arrived(4 + probes)
        assert made.transport.batches[-1] == ([1] if silent else [0]), "the oldest proof alone"
        assert (sender._line._connections is not line) is silent
        assert sender._life.hears is not silent
        assert sender._repeats_all is silent
        why = "no answer within 1 seconds, nor to 4 probes"
        assert sender.trouble == (why if silent else "")
        if silent:
            assert made.turn(0.125) == 0.125
            assert made.turn(0.125) == 0.0
            made.arrived(5 + probes)
            assert sender.trouble == "no answer within 0.25 seconds"
        made.transport.held.set()
        made.settle()
        made.turn(0)
        assert (sender.waiting, sender.trouble) == (0, ""), "late answers count too"


def test_a_pause_of_the_own_service_is_no_silence_of_the_peer() -> None:
    with probing(1) as (sender, made):
        made.transport.answers_probes = False
        for later in (1.0, 60.0, 60.0, 60.0):
            made.turn(later)
            assert (sender._life.hears, sender.trouble) == (True, "")
        made.turn(0.25)
        assert not sender._life.hears


def test_an_envelope_of_the_peer_is_life_and_probes_continue() -> None:
    with probing(1) as (sender, made):
        made.transport.answers_probes = False
        made.turn(1.0)
        for _ in range(PROBES + 2):
            sender.heard()
            assert sender._life.probes == 0
            assert made.turn(0.125) == 0.125
            assert made.turn(0.125) == 0.0
        assert sender._life.hears
        made.arrived(PROBES + 5)
        assert made.transport.batches[2:] == [[0]] * (PROBES + 3)


def test_an_answer_to_an_envelope_is_life() -> None:
    with probing(1, 2) as (sender, made):
        made.transport.answers_probes = False
        made.turn(0.875)
        assert sender._life.probes == 1
        sender._heard_of(sender._under_way.attempts[1], None)
        assert (sender._life.probes, sender._held) == (0, None)


@pytest.mark.parametrize(
    ("error", "hears"),
    [
        (httpx.ConnectTimeout("late"), True),
        (httpx.ReadTimeout("late"), True),
        (httpx.ConnectError("refused"), False),
        (503, False),
        (RuntimeError("a fault"), False),
    ],
)
def test_a_probe_that_fails_at_once_makes_a_peer_silent(
    error: int | Exception, *, hears: bool
) -> None:
    with probing(1) as (sender, made):
        carried = sender._carried
        made.transport.answers_probes = False
        made.transport.probe_statuses = [error]
        made.turn(1.0)
        made.until(lambda: sender._carried == carried)
        assert sender._life.hears is hears
        assert sender._life.probes == (1 if hears else 0)
        why = "it answers 503: why not" if error == 503 else str(error)
        assert sender.trouble == ("" if hears else why)
        assert sender._repeats_all is not hears
        lost = isinstance(error, httpx.ConnectError)
        assert len(sender._under_way) == (0 if lost else 1)


def test_without_a_contract_no_probe_leaves() -> None:
    with probing(1) as (sender, made):
        made.has_contract = False
        carried = sender._carried
        made.turn(1.0)
        made.until(lambda: sender._carried == carried)
        assert made.transport.batches == [[0], [1]]
        assert sender._life.probes == 1


def test_the_late_answer_to_a_probe_finds_a_silent_peer_again() -> None:
    with probing(1) as (sender, made):
        sender._failed("away", None)
        assert made.turn(0) == 0.25
        sender._lives(made.time, 0)
        assert made.turn(0) == 0.0
        made.arrived(3)
        assert made.transport.batches[-1] == [1]


@pytest.mark.parametrize(("later", "lives"), [(0.0, False), (0.001, True)])
def test_a_time_limit_ends_one_envelope_if_the_peer_has_lived_since(
    later: float, *, lives: bool
) -> None:
    with sending() as (sender, made):
        made.transport.statuses = [200, httpx.ReadTimeout("late")]
        held_back(sender, made, 1)
        sender._life.lives(sender._under_way.oldest.left_at + later)
        sender._under_way.judge(1, 0.0)
        made.transport.held.set()
        made.settle()
        assert (sender._life.hears, sender._repeats_all) == (lives, not lives)
        assert sender.trouble == ("" if lives else "late")
        assert (len(sender._under_way), sender._under_way.arrived, sender.waiting) == (0, [], 1)
        made.turn()
        assert made.transport.batches == [[0], [1], [1]]
        assert sender.waiting == 0
