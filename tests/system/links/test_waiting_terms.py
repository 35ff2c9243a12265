"""Terms that wait for the orders of their own legs."""

import json

import attrs

from skontro.system.links.terms import LinkTerms
from skontro.system.links.waiting_terms import WaitingTerms
from tests.system.links.instructed import VALID_UNTIL, terms, uetr

BEFORE, AFTER = VALID_UNTIL, VALID_UNTIL + 1


def link(number: int, until: int = VALID_UNTIL) -> LinkTerms:
    return terms(link=uetr(0x100 + number), valid_until=until)


def waiting_for(*uetrs: int) -> tuple[WaitingTerms[LinkTerms], list[LinkTerms]]:
    """Terms that each wait for an order with one of these UETRs."""
    waiting, made = WaitingTerms(), [link(place) for place in range(len(uetrs))]
    for one, number in zip(made, uetrs, strict=True):
        waiting.put(one, uetr(number))
    return waiting, made


def test_terms_are_due_when_their_order_comes_in_the_order_of_waiting() -> None:
    waiting, made = waiting_for(1, 2, 3)
    assert not waiting.have_orders
    assert waiting.due(BEFORE) == ()
    for number in (3, 9, 1):
        waiting.order_came(uetr(number))
    assert waiting.have_orders
    assert waiting.due(BEFORE) == (made[0], made[2])
    # They go on waiting until they are dropped.
    waiting.drop(made[0].link)
    assert waiting.due(BEFORE) == (made[2],)
    assert [*waiting] == [made[1].link, made[2].link]


def test_an_order_that_leaves_again_is_none() -> None:
    waiting, made = waiting_for(1, 2)
    waiting.order_came(uetr(1))
    waiting.order_left(uetr(2))
    assert waiting.have_orders
    waiting.order_left(uetr(1))
    assert not waiting.have_orders
    assert waiting.due(BEFORE) == ()
    waiting.order_came(uetr(1))
    assert waiting.due(BEFORE) == (made[0],)


def test_several_terms_wait_for_one_order() -> None:
    waiting, made = waiting_for(1, 1, 2)
    waiting.order_came(uetr(1))
    assert waiting.due(BEFORE) == (made[0], made[1])
    waiting.drop(made[0].link)
    waiting.order_left(uetr(1))
    waiting.order_came(uetr(1))
    assert waiting.due(BEFORE) == (made[1],)


def test_terms_are_due_once_after_their_latest_time() -> None:
    waiting = WaitingTerms()
    late, early = link(0, VALID_UNTIL + 5), link(1)
    waiting.put(late, uetr(1))
    waiting.put(early, uetr(2))
    assert waiting.due(VALID_UNTIL) == ()
    assert waiting.due(AFTER) == (early,)
    waiting.drop(early.link)
    assert waiting.due(VALID_UNTIL + 5) == ()
    assert waiting.due(VALID_UNTIL + 6) == (late,)


def test_other_terms_of_a_link_take_the_place_of_the_first() -> None:
    waiting, (first, second) = waiting_for(1, 2)
    waiting.put(first, uetr(1))
    assert [*waiting] == [first.link, second.link]
    other = attrs.evolve(first, valid_until=VALID_UNTIL + 5)
    waiting.put(other, uetr(3))
    assert [*waiting] == [second.link, first.link]
    assert len(waiting) == 2
    waiting.order_came(uetr(1))
    assert not waiting.have_orders
    assert waiting.due(AFTER) == (second,)
    waiting.order_came(uetr(3))
    assert waiting.due(AFTER) == (other,)


def test_the_same_terms_for_another_order_wait_for_that_one() -> None:
    waiting, (first,) = waiting_for(1)
    waiting.put(first, uetr(2))
    waiting.order_came(uetr(1))
    assert not waiting.have_orders
    waiting.order_came(uetr(2))
    assert waiting.due(BEFORE) == (first,)


def test_terms_that_are_replaced_leave_nothing_behind() -> None:
    waiting = WaitingTerms()
    for number in range(100):
        waiting.put(link(0, VALID_UNTIL + number), uetr(number))
    assert (len(waiting._until), len(waiting._by_uetr)) == (2, 1)
    assert waiting.due(VALID_UNTIL + 99) == ()
    assert waiting.due(VALID_UNTIL + 100) == (link(0, VALID_UNTIL + 99),)


def test_a_snapshot_keeps_terms_and_their_order() -> None:
    waiting, made = waiting_for(3, 1, 2)
    waiting.put(attrs.evolve(made[0], valid_until=7), uetr(3))
    again = WaitingTerms.from_document(
        json.loads(json.dumps(waiting.to_document())), LinkTerms.from_document
    )
    assert [*again] == [*waiting] == [made[1].link, made[2].link, made[0].link]
    assert again.to_document() == waiting.to_document()
    assert not again.have_orders
    again.order_came(uetr(2))
    assert [one.link for one in again.due(8)] == [made[2].link, made[0].link]


def test_terms_that_wait_no_longer_are_forgotten_when_they_are_the_greater_part() -> None:
    waiting, made = waiting_for(1, 2, 3, 4)
    waiting.drop(made[0].link)
    waiting.put(link(4), uetr(5))
    assert (len(waiting), len(waiting._until)) == (4, 5)  # not put in order anew each time
    for one in made[1:]:
        waiting.drop(one.link)
    waiting.put(link(5), uetr(6))
    assert (len(waiting), len(waiting._until)) == (2, 2)
