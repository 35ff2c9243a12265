"""Links with several legs of one system: all of them go together, in real settlement systems."""

import uuid
from collections.abc import Iterable
from typing import Any

import attrs
import pytest

from skontro.engine import CommandKind, command
from skontro.model import ReasonCode
from skontro.system.links.contract import LinkContract, LinkedCurrency
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkLeg, LinkTerms
from tests.service.systems import DAY, MINUTE, NOON
from tests.system.links.linked_systems import SECOND, Linked, order_of

#: Country, payer, payee and amount of each leg: two of the decider, and three of the follower.
LEGS = ((0, 0, 1, 700), (0, 1, 0, 50), (1, 0, 1, 90), (1, 0, 1, 30), (1, 1, 0, 5))
START = [1_000_000, 1_000_000, 0]
DECIDED = [999_350, 1_000_650, 0]
FOLLOWED = [999_885, 1_000_115, 0]
EARMARKED = [999_880, 999_995, 125]


def terms_of(linked: Linked, legs: Iterable[tuple[int, int, int, int]] = LEGS) -> LinkTerms:
    decider = linked[0].id
    made = []
    for number, payer, payee, amount in legs:
        country = linked[number]
        contract = linked.contracts[decider, country.id].digest.hex() if number else ""
        made.append(
            LinkLeg(
                country.id,
                str(uuid.uuid4()),
                country.banks[payer],
                country.banks[payee],
                country.currency,
                amount,
                contract,
            )
        )
    return LinkTerms(str(uuid.uuid4()), decider, tuple(made), NOON + 60 * MINUTE)


def instruct(linked: Linked, terms: LinkTerms) -> None:
    for number, country in enumerate(linked.countries):
        for leg in terms.legs_of(country.id):
            country.submit(order_of(country, leg, terms.valid_until))
        linked.turn(number, terms=(terms,))


def step(linked: Linked) -> None:
    """Deliver what waits, once."""
    waiting, linked.waiting = linked.waiting, []
    if not waiting:
        linked.poll()
    for addressee, proof in waiting:
        linked.turn([one.id for one in linked.countries].index(addressee), proofs=(proof,))


def until(linked: Linked, terms: LinkTerms, place: int, phase: Phase) -> None:
    for _ in range(30):
        if linked.phases(terms)[place] == phase:
            return
        step(linked)
    raise AssertionError(linked.phases(terms))


def cancel(linked: Linked, place: int, order: int) -> ReasonCode:
    """The outcome of a bank's request to cancel an order by itself."""
    country = linked[place]
    batch = country.system.request(country.now, command(CommandKind.CANCEL, 0, order=order))
    country.batches.append(batch)
    return ReasonCode(int(batch.commands.column("acceptance")[0]))


def test_all_legs_of_both_systems_settle_together() -> None:
    linked = Linked()
    terms = terms_of(linked)
    instruct(linked, terms)
    until(linked, terms, 1, Phase.PREPARED)
    assert linked[0].balances == START
    assert linked[1].balances == EARMARKED
    assert linked[1].system.links.value_in_doubt("KZ-RTGS", "KGS") == 125
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert [country.balances for country in linked.countries] == [DECIDED, FOLLOWED]
    assert linked[1].system.links.value_in_doubt("KZ-RTGS", "KGS") == 0
    assert not linked.refused
    linked.check_replay()


def test_three_systems_with_several_legs_settle_together() -> None:
    linked = Linked(3)
    terms = terms_of(linked, (*LEGS, (2, 0, 1, 12), (2, 1, 0, 13)))
    instruct(linked, terms)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED, Phase.COMPLETED]
    assert linked[2].balances == [1_000_001, 999_999, 0]
    linked.check_replay()


def test_a_link_begins_when_the_orders_of_all_own_legs_have_come() -> None:
    linked = Linked()
    terms = terms_of(linked)
    country = linked[1]
    orders = [order_of(country, leg, terms.valid_until) for leg in terms.legs_of(country.id)]
    country.submit(orders[1])
    linked.turn(1, terms=(terms,))
    for order in (orders[2], orders[0]):
        assert linked.phases(terms)[1] == Phase.UNKNOWN
        country.submit(order)
        if country.system.links.has_work(country.now):
            linked.turn(1)
    assert linked.phases(terms)[1] == Phase.INSTRUCTED
    assert country.system.links.orders_of(terms.link) == (2, 0, 1)
    linked.check_replay()


@pytest.mark.parametrize("place", [2, 3, 4])
def test_an_order_that_differs_from_any_own_leg_is_refused(place: int) -> None:
    linked = Linked()
    terms = terms_of(linked)
    country = linked[1]
    for number, leg in enumerate(terms.legs_of(country.id), 2):
        wrong = attrs.evolve(leg, amount=leg.amount + (number == place))
        country.submit(order_of(country, wrong, terms.valid_until))
    linked.turn(1, terms=(terms,))
    assert linked.refused == [[terms.link, "instruction", "LINK_TERMS_DIFFER"]]
    assert linked.phases(terms)[1] == Phase.UNKNOWN


@pytest.mark.parametrize("spent", [999_879, 999_880, 999_881])
def test_no_earmark_is_made_unless_all_are(spent: int) -> None:
    """The payer has cover for one leg of 90 and one of 30, or only for one of them."""
    linked = Linked()
    linked[1].pay(spent)
    terms = terms_of(linked)
    instruct(linked, terms)
    linked.deliver()
    settled = spent <= 999_880
    expected = [Phase.COMMITTED, Phase.COMPLETED] if settled else [Phase.MATCHED, Phase.MATCHED]
    assert linked.phases(terms) == expected
    assert linked[1].balances[2] == 0
    linked[1].pay(1, payer=1, payee=0)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    linked.check_replay()


def test_cover_that_is_gone_when_earmarks_are_asked_for_locks_nothing() -> None:
    linked = Linked()
    terms = terms_of(linked)
    instruct(linked, terms)
    until(linked, terms, 0, Phase.ASKED)
    linked[1].pay(999_881)
    step(linked)
    assert linked.phases(terms) == [Phase.ASKED, Phase.MATCHED]
    assert linked[1].balances == [119, 1_999_881, 0]
    linked[1].pay(1, payer=1, payee=0)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    linked.check_replay()


def _permitted_without_cover(**timers: int) -> tuple[Linked, LinkTerms]:
    """A link that the decider may commit, but one of its own payers has spent its cover."""
    linked = Linked(**timers)
    terms = terms_of(linked)
    instruct(linked, terms)
    until(linked, terms, 1, Phase.PREPARED)
    linked[0].pay(999_301)
    step(linked)
    assert linked.phases(terms) == [Phase.PERMITTED, Phase.PREPARED]
    # The other own leg has cover, and does not settle alone.
    assert linked[0].balances == [699, 1_999_301, 0]
    assert linked[0].system.engine.queued == 0
    return linked, terms


def test_the_deciders_legs_settle_together_once_all_can() -> None:
    linked, terms = _permitted_without_cover()
    linked.turn(0)
    assert linked.phases(terms) == [Phase.PERMITTED, Phase.PREPARED]
    linked[0].pay(1, payer=1, payee=0)
    linked.turn(0)
    assert linked.phases(terms)[0] == Phase.COMMITTED
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert linked[0].balances == [700 - 650, 1_999_300 + 650, 0]
    linked.check_replay()


@pytest.mark.parametrize("late", [0, 1])
def test_the_deciders_legs_settle_until_decide_by_and_not_later(late: int) -> None:
    linked, terms = _permitted_without_cover(decide_within=10)
    state = linked[0].system.links.get(terms.link)
    assert state is not None
    assert state.decide_by is not None
    linked[0].pay(1, payer=1, payee=0)
    linked[0].system.last_time = state.decide_by + late - 1
    linked.turn(0)
    linked.deliver()
    expected = [Phase.ABORTED, Phase.RELEASED] if late else [Phase.COMMITTED, Phase.COMPLETED]
    assert linked.phases(terms) == expected
    assert linked[1].balances == (START if late else FOLLOWED)
    assert linked[0].system.engine.held == 0
    linked.check_replay()


def test_a_link_whose_legs_wait_at_decide_by_ends_by_itself() -> None:
    linked, terms = _permitted_without_cover(decide_within=10)
    linked[0].go_to(NOON + 11 * SECOND)
    assert linked[0].system.links.has_work(linked[0].now)
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.RELEASED]
    state = linked[1].system.links.get(terms.link)
    assert state is not None
    assert state.reason == ReasonCode.LINK_LAPSED
    assert linked[0].balances == [699, 1_999_301, 0]
    assert linked[1].balances == START
    linked.check_replay()


@pytest.mark.parametrize("place", [0, 1])
def test_a_leg_that_ends_before_the_match_ends_the_link_and_the_other_legs(place: int) -> None:
    linked = Linked()
    terms = terms_of(linked)
    country = linked[place]
    for leg in terms.legs_of(country.id):
        country.submit(order_of(country, leg, terms.valid_until))
    linked.turn(place, terms=(terms,))
    orders = country.system.links.orders_of(terms.link)
    assert cancel(linked, place, orders[1]) == ReasonCode.NONE
    linked.turn(place)
    ended = Phase.REFUSED if place else Phase.ABORTED
    assert linked.phases(terms)[place] == ended
    assert country.system.engine.held == 0
    assert country.system.links.open_orders_of(terms.link) == ()
    assert not linked.refused
    linked.check_replay()


def test_the_close_of_the_day_returns_all_legs_and_ends_the_link_once() -> None:
    linked = Linked()
    terms = terms_of(linked)
    linked[0].pay(1_000_000)
    instruct(linked, terms)
    for country in linked.countries:
        country.go_to(NOON + DAY)
    linked.deliver()
    assert linked.phases(terms) == [Phase.ABORTED, Phase.REFUSED]
    # The decider may hear of the follower's end after its own.
    assert all(refused[2] == "LINK_ENDED" for refused in linked.refused)
    linked.check_replay()


def test_the_cap_counts_all_own_legs() -> None:
    for cap, phases in (
        (125, [Phase.COMMITTED, Phase.COMPLETED]),
        (124, [Phase.ASKED, Phase.MATCHED]),
    ):
        linked = Linked()
        capped = LinkedCurrency("KGS", linked[1].banks[2], cap)
        side = attrs.evolve(linked[1].side, currencies=[capped])
        contract = LinkContract(1, [linked[0].side, side])
        for one, other in ((0, 1), (1, 0)):
            linked[one].system.link_contracts.put(linked[other].id, contract)
            linked.contracts[linked[one].id, linked[other].id] = contract
        terms = terms_of(linked)
        instruct(linked, terms)
        linked.deliver()
        assert linked.phases(terms) == phases


@pytest.mark.parametrize("phase", [Phase.ASKED, Phase.PERMITTED])
def test_no_bank_ends_a_leg_while_the_link_is_being_decided(phase: Phase) -> None:
    if phase == Phase.PERMITTED:
        linked, terms = _permitted_without_cover()
    else:
        linked = Linked()
        terms = terms_of(linked)
        instruct(linked, terms)
        until(linked, terms, 0, phase)
    for place in (0, 1):
        for order in linked[place].system.links.orders_of(terms.link):
            prepared = linked.phases(terms)[place] == Phase.PREPARED
            found = cancel(linked, place, order)
            # The engine refuses a request about an earmarked leg.
            assert found == (ReasonCode.NONE if prepared else ReasonCode.LINK_BEING_DECIDED)
    linked[0].pay(1, payer=1, payee=0)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    linked.check_replay()


def test_a_single_leg_of_a_link_that_is_being_decided_stays_too() -> None:
    linked = Linked()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    orders: list[Any] = [one.system.links.orders_of(terms.link)[0] for one in linked.countries]
    assert [one.system.links.refusal_of_request(orders[0]) for one in linked.countries] == [
        ReasonCode.NONE
    ] * 2
    until(linked, terms, 0, Phase.ASKED)
    assert cancel(linked, 0, orders[0]) == ReasonCode.LINK_BEING_DECIDED
    assert cancel(linked, 1, orders[1]) == ReasonCode.LINK_BEING_DECIDED
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert linked[0].system.links.refusal_of_request(orders[0]) == ReasonCode.NONE
    linked.check_replay()
