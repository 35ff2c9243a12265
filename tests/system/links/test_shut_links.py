"""Links with a peer that has not confirmed the record wait; all other links go on."""

import json
from typing import Any

import pytest

from skontro.model import InvariantBroken
from skontro.system.links.link_batch import LinkInputs, readiness_changed
from skontro.system.links.phases import Phase
from skontro.system.links.shut_links import ShutLinks, have_work
from skontro.system.links.terms import LinkTerms
from skontro.system.mirror.own_orders import orders_due
from skontro.system.mirror.payment_table import Stage
from tests.service.systems import MINUTE
from tests.system.links.linked_systems import Linked, leg_order
from tests.system.mirror.mirrored_systems import Mirrored
from tests.system.mirror.mirrored_systems import leg_order as payers_order

KZ, KG, UZ = "KZ-RTGS", "KG-RTGS", "UZ-RTGS"


def between(linked: Linked, *places: int, amount: int = 50) -> LinkTerms:
    """Terms between some of the countries; the first decides."""
    everyone, linked.countries = linked.countries, [linked.countries[one] for one in places]
    try:
        return linked.terms(*[amount] * len(places))
    finally:
        linked.countries = everyone


def works(linked: Linked, place: int, *shut: str) -> bool:
    country = linked[place]
    return have_work(country.system, country.now, frozenset(shut))


def step_to(linked: Linked, terms: LinkTerms, place: int, phase: Phase) -> None:
    """Deliver one statement at a time until the link has come so far in one country."""
    at = [one.id for one in linked.countries]
    while linked.phases(terms)[place] != phase:
        addressee, proof = linked.waiting.pop(0)
        linked.turn(at.index(addressee), proofs=(proof,))


def queued_decision() -> tuple[Linked, LinkTerms]:
    """A link that the decider may commit; its own leg waits in the queue for cover."""
    linked = Linked(balance=1_000)
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    step_to(linked, terms, 0, Phase.ASKED)
    linked[0].pay(400)
    step_to(linked, terms, 0, Phase.PERMITTED)
    assert linked[0].balances == [600, 1_400, 0]
    return linked, terms


def test_a_permitted_leg_settles_while_links_are_shut_and_its_commit_is_stated_afterwards() -> None:
    linked, terms = queued_decision()
    linked[0].pay(100, payer=1, payee=0)
    assert linked[0].balances == [0, 2_000, 0], "the leg is final"
    assert not works(linked, 0, KG)
    batch = linked.turn(0, shut=(KG,))
    assert batch.statement_texts == ()
    assert linked.phases(terms) == [Phase.PERMITTED, Phase.PREPARED]
    linked[0].go_to(linked[0].now + 10 * MINUTE)
    assert not works(linked, 0, KG), "after decide-by too"
    assert works(linked, 0)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert not linked.refused
    linked.check_replay()


def test_a_permitted_leg_that_does_not_settle_by_decide_by_is_returned_while_links_are_shut() -> (
    None
):
    linked, terms = queued_decision()
    state = linked[0].system.links.get(terms.link)
    assert state is not None
    assert state.decide_by is not None
    linked[0].go_to(state.decide_by)
    linked[0].pay(100, payer=1, payee=0)
    assert linked[0].balances == [700, 1_300, 0], "it is too late for the leg"
    linked.turn(0, shut=(KG,))
    assert linked.phases(terms) == [Phase.PERMITTED, Phase.PREPARED]
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.RELEASED]
    linked.check_replay()


def test_links_with_other_peers_go_on_and_one_with_both_waits() -> None:
    linked = Linked(3)
    both, other, waits = linked.terms(10, 20, 30), between(linked, 0, 2), between(linked, 0, 1)
    for terms in (both, waits, other):
        for place, country in enumerate(linked.countries):
            if country.id in terms.systems:
                linked.instruct(terms, place)
    waiting, linked.waiting = linked.waiting, []
    for addressee, proof in waiting:
        sender = json.loads(proof["statements"][0]["content"])["sender"]
        if addressee == KZ and sender == UZ:
            linked.turn(0, proofs=(proof,), shut=(KG,))
        elif addressee == UZ:
            linked.turn(2, proofs=(proof,))
    assert linked.refused == [[both.link, "match", "LINKS_SHUT"]]
    for _ in range(9):
        waiting, linked.waiting = linked.waiting, []
        for addressee, proof in waiting:
            if addressee == KZ:
                linked.turn(0, proofs=(proof,), shut=(KG,))
            elif addressee == UZ:
                linked.turn(2, proofs=(proof,))
        linked.turn(0, shut=(KG,))
    assert linked.phases(other) == [Phase.COMMITTED, Phase.UNKNOWN, Phase.COMPLETED]
    assert linked.phases(both)[0] == linked.phases(waits)[0] == Phase.INSTRUCTED
    for place in range(3):
        linked.turn(place, repeated=(both.link,))
    linked.turn(0, repeated=(waits.link,))
    linked.turn(1, repeated=(waits.link,))
    linked.deliver()
    assert linked.phases(both) == [Phase.COMMITTED, Phase.COMPLETED, Phase.COMPLETED]
    assert linked.phases(waits) == [Phase.COMMITTED, Phase.COMPLETED, Phase.UNKNOWN]
    linked.check_replay()


def test_terms_wait_on_for_their_order_or_their_end() -> None:
    linked = Linked(3)
    shut, free = between(linked, 0, 1), between(linked, 0, 2)
    linked.turn(0, terms=(shut, free))
    for terms in (shut, free):
        linked[0].submit(leg_order(linked[0], terms))
    assert works(linked, 0, KG)
    linked.turn(0, shut=(KG,))
    assert [one.terms.link for one in linked[0].system.links] == [free.link]
    assert not works(linked, 0, KG)
    linked.turn(0)
    assert [one.terms.link for one in linked[0].system.links] == [free.link, shut.link]


def test_terms_whose_time_has_passed_end_when_links_are_open() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.turn(0, terms=(terms,))
    linked[0].go_to(terms.valid_until + 1)
    linked.turn(0, shut=(KG,))
    assert terms.link in linked[0].system.links.waiting_terms
    assert linked.refused == []
    linked.turn(0)
    assert terms.link not in linked[0].system.links.waiting_terms
    assert linked.refused == [[terms.link, "instruction", "ORDER_UNKNOWN"]]
    linked.turn(0)
    assert len(linked.refused) == 1


def test_readiness_deadlines_and_certificates_wait() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    system = linked[1].system
    linked.turn(1)
    linked[1].pay(1_000_000)
    assert readiness_changed(system)
    assert not readiness_changed(system, frozenset({KZ}))
    assert readiness_changed(system, frozenset({UZ}))
    linked.turn(1, shut=(KZ,))
    assert readiness_changed(system)
    linked.turn(1)
    assert not readiness_changed(system)
    system.links.certified = [terms.link]
    assert not works(linked, 1, KZ)
    assert works(linked, 1, UZ)
    linked.turn(1, shut=(KZ,))
    assert system.links.certified == [terms.link]
    assert linked.phases(terms)[1] == Phase.INSTRUCTED
    linked.turn(1)
    assert (system.links.certified, linked.phases(terms)[1]) == ([], Phase.REFUSED)


def test_a_link_whose_time_has_passed_ends_when_links_are_open() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    linked[1].go_to(terms.valid_until + 1)
    assert works(linked, 1, UZ)
    assert not works(linked, 1, KZ)
    batch = linked.turn(1, shut=(KZ,))
    assert len(batch.commands) == 0
    assert linked.phases(terms)[1] == Phase.INSTRUCTED
    linked.turn(1)
    linked.turn(1)
    assert linked.phases(terms)[1] == Phase.REFUSED
    linked.check_replay()


@pytest.mark.parametrize("what", ["terms", "cancelled", "proofs", "payments", "uetr_in_use"])
def test_inputs_of_such_a_peer_or_to_such_a_link_break_an_invariant(what: str) -> None:
    both = Mirrored()
    linked = Linked()
    terms, payment = linked.terms(700, 90), both.terms(0, 5)
    linked.instruct(terms)
    both.pay(payment)
    inputs: dict[str, Any] = {
        "terms": (terms,),
        "cancelled": (terms.link,),
        "proofs": (linked.waiting[1][1],),
        "payments": (payment,),
        "uetr_in_use": (payment.key,),
    }
    given = LinkInputs(**{what: inputs[what]})
    world = both if what in ("payments", "uetr_in_use") else linked
    system = world[0].system
    assert ShutLinks(system, frozenset({KG})).concern(given)
    assert not ShutLinks(system, frozenset({UZ})).concern(given)
    assert not ShutLinks(system).concern(given)
    with pytest.raises(InvariantBroken, match="while links are shut no input to them is taken"):
        world.turn(0, shut=(KG,), **{what: inputs[what]})


def test_claims_forks_and_repetitions_are_no_such_inputs() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    given = LinkInputs(claims=((KG, 1),), repeated=(terms.link,))
    assert not ShutLinks(linked[0].system, frozenset({KG})).concern(given)
    batch = linked.turn(0, repeated=(terms.link,), claims=((KG, 1),), shut=(KG,))
    assert (batch.statement_texts, linked.refused) == ((), [])
    assert linked.turn(0, repeated=(terms.link,), shut=(UZ,)).statement_texts != ()


def test_payments_with_such_a_peer_wait() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both.turn(0, payments=(terms,))
    both[0].submit(payers_order(both[0], terms))
    first = both[0].system
    shut = frozenset({KG})
    assert not have_work(first, both[0].now, shut)
    assert have_work(first, both[0].now, frozenset({UZ}))
    both.turn(0, shut=(KG,))
    assert both.stages(terms)[0] == Stage.UNKNOWN
    assert have_work(first, both[0].now)
    both.turn(0)
    assert both.stages(terms)[0] == Stage.SENT
    assert both.turn(0, repeated=(terms.uetr,), shut=(KG,)).statement_texts == ()
    assert both.turn(0, repeated=(terms.uetr,), shut=(UZ,)).statement_texts != ()
    (_, proof) = both.waiting[0]
    both.turn(1, proofs=(proof,))
    assert len(orders_due(both[1].system)) == len(orders_due(both[1].system, frozenset({KG}))) == 1
    assert orders_due(both[1].system, frozenset({KZ})) == []
    both.submit_due(1)
    assert both[1].system.payments.facts
    assert not have_work(both[1].system, both[1].now, frozenset({KZ}))
    assert have_work(both[1].system, both[1].now, shut)
    both.waiting.clear()
    both.turn(1, shut=(KZ,))
    assert (both.waiting, both.stages(terms)[1]) == ([], Stage.RECEIVED)
    both.turn(1)
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]
    both.check_replay()


def test_a_peer_without_links_shuts_none() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    shut = ShutLinks(linked[0].system, frozenset({KG}))
    assert not shut.has(terms.link), "it is unknown here"
    linked.instruct(terms)
    assert shut.has(terms.link)
    assert not shut.has_payment((KZ, terms.legs[0].uetr))
    assert shut.open([terms.link, "unknown"]) == ["unknown"]
    assert ShutLinks(linked[0].system).open([terms.link]) == [terms.link]
    state = linked[0].system.links.get(terms.link)
    assert state is not None
    assert shut.open_states([state]) == []
    assert ShutLinks(linked[0].system, frozenset({UZ})).open_states([state]) == [state]
