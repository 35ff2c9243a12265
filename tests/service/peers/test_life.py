"""Signs of life of a peer: when a probe is due, and what is under way meanwhile."""

import pytest

from skontro.service.peers.life import PROBES, PeerLife
from skontro.service.peers.pace import Pace
from skontro.service.peers.under_way import UnderWay, batch_of
from skontro.service.peers.waiting import WaitingProofs
from tests.service.peers.sending import proof


def heard(usual: float = 0.125) -> PeerLife:
    """A peer whose first answer came at second 10."""
    life = PeerLife()
    life.answered(10.0, usual)
    return life


def test_before_the_first_answer_no_probe_leaves() -> None:
    life = PeerLife()
    assert (life.is_silent, life.is_down, life.patience) == (True, False, 1.0)
    assert life.due_at(5.0) == 6.0
    life.failed()
    assert (life.is_silent, life.is_down, life.patience) == (True, True, 0.25)
    assert life.due_at(5.0) == 5.25


def test_a_probe_is_due_a_second_after_the_oldest_envelope() -> None:
    life = heard()
    assert (life.is_silent, life.is_down) == (False, False)
    assert (life.due_at(9.0), life.due_at(10.5)) == (10.0, 11.5)
    life.probed(11.5)
    assert life.due_at(10.5) == 11.75
    assert life.due_at(12.0) == 13.0, "another envelope is waited for as long"


@pytest.mark.parametrize(("usual", "pause"), [(0.2, 0.25), (0.25, 0.25), (0.5, 0.5)])
def test_a_distant_peer_has_longer_for_a_probe(usual: float, pause: float) -> None:
    life = heard(usual)
    assert life.pause == pause
    life.probed(20.0)
    assert life.due_at(10.0) == 20.0 + pause
    assert life.patience == max(1.0, 4 * usual)
    assert life.margin == max(0.5, 2 * usual)


@pytest.mark.parametrize(("left_at", "due"), [(12.0, 11.75), (12.125, 13.125)])
def test_probes_go_on_for_what_left_before_new_connections(left_at: float, due: float) -> None:
    life = heard()
    life.probed(11.5)
    life.renewed(12.0)
    assert life.due_at(left_at) == max(due, left_at)


def test_probes_without_an_answer_count_as_attempts_until_there_is_life() -> None:
    life = heard()
    for probe in range(PROBES):
        assert not life.is_silent
        life.probed(11.0 + probe / 4)
    assert life.is_silent
    life.lives(12.0)
    assert (life.is_silent, life.probes) == (False, 0)
    for _ in range(PROBES - 1):
        life.probed(13.0)
    life.failed()
    assert (life.failures, life.has_failed_often, life.probes) == (PROBES - 1, False, 0)
    life.failed()
    assert (life.failures, life.has_failed_often, life.hears) == (PROBES, True, False)
    life.answered(14.0, 0.1)
    assert (life.failures, life.hears) == (0, True)


def test_life_since_a_time_is_life_after_it() -> None:
    life = PeerLife()
    assert not life.has_lived_since(0.0)
    life.lives(3.0)
    assert life.has_lived_since(2.9)
    assert not life.has_lived_since(3.0)
    life.answered(4.0, 0.5)
    assert life.has_lived_since(3.0)
    assert life.times.usual == 0.5


def under_way(*batches: int) -> tuple[UnderWay, WaitingProofs]:
    waiting = WaitingProofs()
    made = UnderWay(waiting)
    for batch in batches:
        waiting.put(proof(batch))
        made.leave(batch / 8, 7)
    return made, waiting


def test_an_envelope_is_named_by_its_newest_batch() -> None:
    made, waiting = under_way()
    for batch in (3, 4, 5):
        waiting.put(proof(batch))
    attempt, proofs = made.leave(2.0, 7, 2)
    assert (attempt.numbers, attempt.left_at, attempt.generation) == ((0, 1), 2.0, 7)
    assert (attempt.batch, len(proofs), waiting.has_news) == (4, 2, True)
    assert made.leave(2.5, 7)[0].batch == 5
    beat, none = made.leave(3.0, 8)
    assert (beat.numbers, beat.batch, none, waiting.has_news) == ((), -1, [], False)
    assert (len(made), made.oldest, len(waiting)) == (3, attempt, 3)
    assert (batch_of(None), batch_of(proof(9))) == (-1, 9)


def test_envelopes_that_arrived_count_no_longer_until_there_is_doubt() -> None:
    made, waiting = under_way(1, 2, 3)
    assert made.judge(2, 0.25) == 0
    assert [one.batch for one in made.attempts] == [3]
    made.judge(2, 0.25)
    assert [one.batch for one in made.arrived] == [1, 2]
    made.give_up()
    assert (len(made), waiting.next()) == (0, [2]), "those that arrived do not leave again"
    made.doubt()
    assert ([one.batch for one in made.attempts], made.arrived) == ([1, 2], [])
    made.give_up()
    assert waiting.next() == [0, 1, 2]


@pytest.mark.parametrize(
    ("sure_at", "lost", "left"), [(0.249, 0, [2, 3]), (0.25, 2, []), (0.375, 2, [])]
)
def test_envelopes_that_the_peer_lacks_are_lost(sure_at: float, lost: int, left: list[int]) -> None:
    made, waiting = under_way(1, 2, 3)
    assert made.judge(1, sure_at) == lost
    assert [one.batch for one in made.attempts] == left
    assert [one.batch for one in made.arrived] == [1]
    assert waiting.next() == [1, 2][:lost]


def test_the_end_of_an_envelope_lets_its_proofs_leave_again_only_if_it_was_waited_for() -> None:
    made, waiting = under_way(1, 2, 3)
    first, second, third = made.attempts
    made.judge(1, 0.0)
    made.end(first)
    made.end(second)
    assert (made.arrived, made.attempts, waiting.next()) == ([], [third], [0, 1])
    waiting.leave([0, 1])
    made.end(first)
    assert waiting.next() == []
    waiting.confirmed([2])
    made.end(third)
    assert (len(waiting), waiting.next()) == (2, [])


def test_pace_of_the_first_envelopes() -> None:
    pace = Pace()
    for _ in range(3):
        assert pace.wait(5.0) <= 0.0
        pace.spend(5.0)
    assert pace.wait(5.0) == pytest.approx(0.0)
    pace.spend(5.0)
    assert pace.wait(5.0) == pytest.approx(0.0125)
