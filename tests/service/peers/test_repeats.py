"""When links without an answer are stated again."""

import attrs

from skontro.service.peers.repeats import Repeats
from skontro.system.links.link_state import LinkState
from skontro.system.links.phases import Phase
from tests.system.links.instructed import terms

LINKS = [LinkState(terms(), "KZ-RTGS")]
LINK = LINKS[0].terms.link


def repeats(now: float = 0.0) -> Repeats:
    """Repeats that have seen the link at this time."""
    made = Repeats()
    made.due([], now)
    assert made.due(LINKS, now) == ()
    return made


def test_all_links_are_due_at_the_start_and_when_the_peer_is_heard_of_again() -> None:
    made = Repeats()
    assert made.due(LINKS, 0.0) == (LINK,)
    assert made.due(LINKS, 0.5) == ()
    made.all_again()
    assert made.due(LINKS, 0.6) == (LINK,)
    assert made.due(LINKS, 0.7) == ()


def test_pauses_begin_again_when_the_peer_is_heard_of_again() -> None:
    made = repeats()
    assert [now for now in range(1, 40) if made.due(LINKS, float(now))] == [1, 3, 7, 15, 31]
    made.all_again()
    assert made.due(LINKS, 40.0) == (LINK,)
    assert made.due(LINKS, 40.9) == ()
    assert made.due(LINKS, 41.0) == (LINK,)
    assert made.due(LINKS, 42.9) == ()
    assert made.due(LINKS, 43.0) == (LINK,)


def test_a_link_is_repeated_after_1_2_4_to_30_seconds() -> None:
    made = repeats()
    found = [tenth / 10 for tenth in range(1, 1_000) if made.due(LINKS, tenth / 10)]
    assert found == [1.0, 3.0, 7.0, 15.0, 31.0, 61.0, 91.0]


def test_a_change_is_an_answer_and_an_equal_state_is_none() -> None:
    made = repeats()
    equal = attrs.evolve(LINKS[0])
    assert made.due([equal], 0.9) == ()
    assert made.due([equal], 1.0) == (LINK,)
    changed = attrs.evolve(equal, phase=Phase.MATCHED)
    assert made.due([changed], 2.9) == ()
    assert made.due([changed], 3.8) == ()
    assert made.due([changed], 3.9) == (LINK,)


def test_links_that_have_ended_are_forgotten() -> None:
    made = repeats()
    assert made.due([], 5.0) == ()
    assert made.due(LINKS, 6.0) == ()
    assert made.due(LINKS, 7.0) == (LINK,)
