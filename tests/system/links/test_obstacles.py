"""Obstacles to a link, each at its exact limit, in a real system."""

import uuid
from typing import Any

import attrs
import pytest

from skontro.model import Phase, ReasonCode
from skontro.system.links.contract import LinkContract, LinkedCurrency, LinkTimers
from skontro.system.links.link_state import LinkState
from skontro.system.links.obstacles import Obstacles, earmark_account, refusal_of_terms
from skontro.system.links.phases import Occurrence
from skontro.system.links.protocol_table import UNFIT_ACCOUNT
from skontro.system.links.statements import Step as Statement
from skontro.system.links.terms import LinkLeg, LinkTerms
from skontro.system.steps import Step, StepKind
from tests.service.systems import NOON
from tests.system.links.linked_systems import SECOND, Country, Linked, order_of

NONE, NEAR = ReasonCode.NONE, ReasonCode.LINK_CUT_OFF_NEAR
ENDINGS = (Statement.COMMITTED, Statement.NOT_COMMITTED, Occurrence.CERTIFICATE)
#: When the day of the timetable below ends, and the margin of a contract.
DUE, MARGIN = NOON + 3_600 * SECOND, 300 * SECOND


def agree(linked: Linked, one: int, other: int, contract: LinkContract) -> None:
    """Put a contract between two countries in force on both sides."""
    for own, peer in ((one, other), (other, one)):
        linked[own].system.link_contracts.put(linked[peer].id, contract)
        linked.contracts[linked[own].id, linked[peer].id] = contract


def agree_on_currencies(linked: Linked, number: int, *currencies: LinkedCurrency) -> None:
    """Give one country's side of the contract of the first two other currencies."""
    sides = [
        attrs.evolve(linked[place].side, currencies=list(currencies))
        if place == number
        else linked[place].side
        for place in (0, 1)
    ]
    agree(linked, 0, 1, LinkContract(1, sides))


def of_country(linked: Linked, number: int, terms: LinkTerms) -> LinkState:
    """The link of these terms in one country, whose engine does not know it."""
    return LinkState(terms, linked[number].id)


def asked(country: Country, state: LinkState, **fields: Any) -> ReasonCode:
    """The obstacle, if the leg is ready at noon."""
    given = {"cause": Occurrence.LEG_READY, "time": NOON} | fields
    return Obstacles(country.system, given["time"]).to(state, given["cause"])


def second_leg(linked: Linked, number: int, terms: LinkTerms, **changed: Any) -> LinkTerms:
    """Terms with one more leg of a country, like its first but for the changes."""
    [leg] = terms.legs_of(linked[number].id)
    other, at = attrs.evolve(leg, uetr=str(uuid.uuid4()), **changed), terms.legs.index(leg) + 1
    return attrs.evolve(terms, legs=(*terms.legs[:at], other, *terms.legs[at:]))


def set_aside(linked: Linked, terms: LinkTerms) -> LinkState:
    """The link in the second country, after the orders of its legs."""
    country = linked[1]
    for leg in terms.legs_of(country.id):
        country.submit(order_of(country, leg, terms.valid_until))
    linked.turn(1, terms=(terms,))
    state = country.system.links.get(terms.link)
    assert state is not None, linked.refused
    return state


@pytest.mark.parametrize("phase", [one for one in Phase if one != Phase.OPEN])
def test_a_closed_day_delays_every_input(phase: Phase) -> None:
    linked = Linked()
    state = of_country(linked, 0, linked.terms(700, 90))
    linked[0].system.clock.phase = phase
    for cause in (*Statement, *Occurrence):
        assert asked(linked[0], state, cause=cause) == ReasonCode.DAY_NOT_OPEN


@pytest.mark.parametrize("cause", [*Statement, *Occurrence])
def test_only_a_closed_day_delays_the_end_of_an_earmark(cause: Statement | Occurrence) -> None:
    linked = Linked()
    state = of_country(linked, 1, linked.terms(700, 90))
    linked[1].system.link_contracts.set_suspended(linked[0].id, suspended=True)
    expected = NONE if cause in ENDINGS else ReasonCode.LINK_SUSPENDED
    assert asked(linked[1], state, cause=cause) == expected


@pytest.mark.parametrize("kind", [StepKind.INTERBANK_CUT_OFF, StepKind.END_OF_DAY])
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    ("after", "expected"), [(-1, NONE), (0, NONE), (1, NEAR), (MARGIN, NEAR), (MARGIN + 1, NEAR)]
)
def test_links_stop_a_margin_before_a_cut_off(
    kind: StepKind, number: int, after: int, expected: ReasonCode
) -> None:
    linked = Linked()
    state = of_country(linked, number, linked.terms(700, 90))
    currency = linked[number].currency if kind == StepKind.INTERBANK_CUT_OFF else ""
    linked[number].system.clock.steps = [Step(DUE, kind, "2026-11-25", currency)]
    assert asked(linked[number], state, time=DUE - MARGIN + after) == expected


@pytest.mark.parametrize("timer", [31, 300, 301])
def test_the_margin_is_that_of_the_contract(timer: int) -> None:
    linked = Linked(stop_before_cut_off=timer)
    state = of_country(linked, 0, linked.terms(700, 90))
    linked[0].system.clock.steps = [Step(DUE, StepKind.END_OF_DAY, "2026-11-25")]
    last = DUE - timer * SECOND
    assert [asked(linked[0], state, time=last + after) for after in (0, 1)] == [NONE, NEAR]


def _three(first: int, second: int) -> tuple[Linked, LinkState]:
    """A decider with other margins in its contracts with two followers."""
    linked = Linked(3)
    for place, margin in ((1, first), (2, second)):
        sides = [linked[0].side, linked[place].side]
        agree(linked, 0, place, LinkContract(1, sides, timers=LinkTimers(30, margin)))
    linked[0].system.clock.steps = [Step(DUE, StepKind.END_OF_DAY, "2026-11-25")]
    return linked, of_country(linked, 0, linked.terms(700, 90, 12_000))


@pytest.mark.parametrize("margins", [(200, 400), (400, 200)])
def test_of_several_contracts_the_longest_margin_counts(margins: tuple[int, int]) -> None:
    linked, state = _three(*margins)
    last = DUE - 400 * SECOND
    assert [asked(linked[0], state, time=last + after) for after in (0, 1)] == [NONE, NEAR]


def test_a_contract_with_a_stranger_to_the_link_has_no_margin_in_it() -> None:
    linked, state = _three(200, 400)
    terms = attrs.evolve(state.terms, legs=state.terms.legs[:2])
    last = DUE - 200 * SECOND
    found = [asked(linked[0], of_country(linked, 0, terms), time=last + after) for after in (0, 1)]
    assert found == [NONE, NEAR]


def test_a_follower_needs_no_contract_with_another_follower() -> None:
    linked = Linked(3)
    state = of_country(linked, 1, linked.terms(700, 90, 12_000))
    del linked[1].system.link_contracts._by_peer[linked[2].id]
    assert asked(linked[1], state) == NONE
    assert asked(linked[1], state, time=NOON + 360 * 60 * SECOND) == NEAR


@pytest.mark.parametrize(
    ("kind", "currency"),
    [
        (StepKind.INTERBANK_CUT_OFF, "KGS"),
        (StepKind.CUSTOMER_CUT_OFF, "KZT"),
        (StepKind.OFFSET, ""),
        (StepKind.SEAL, ""),
    ],
)
def test_other_steps_of_the_day_do_not_stop_links(kind: StepKind, currency: str) -> None:
    linked = Linked()
    state = of_country(linked, 0, linked.terms(700, 90))
    linked[0].system.clock.steps = [Step(DUE, kind, "2026-11-25", currency)]
    assert asked(linked[0], state, time=DUE) == NONE
    # The first of the steps that do counts, wherever it stands.
    end = Step(DUE + SECOND, StepKind.END_OF_DAY, "2026-11-25")
    later = Step(DUE + 2 * SECOND, StepKind.INTERBANK_CUT_OFF, "2026-11-25", "KZT")
    for steps in ([end, later], [later, end]):
        linked[0].system.clock.steps = [linked[0].system.clock.steps[0], *steps]
        last = DUE + SECOND - MARGIN
        assert [asked(linked[0], state, time=last + after) for after in (0, 1)] == [NONE, NEAR]


def test_a_day_without_steps_to_come_has_no_cut_off_near() -> None:
    linked = Linked()
    linked[0].system.clock.steps = []
    assert asked(linked[0], of_country(linked, 0, linked.terms(700, 90))) == NONE


@pytest.mark.parametrize("phase", list(Phase))
def test_links_stop_with_the_interbank_cut_off_of_an_own_currency(phase: Phase) -> None:
    linked = Linked()
    clock = linked[0].system.clock
    agree_on_currencies(
        linked, 0, *(LinkedCurrency(code, "NBKZKZKX", 10**9) for code in ("KZT", "RUB"))
    )
    state = of_country(linked, 0, linked.terms(700, 90))
    both = of_country(linked, 0, second_leg(linked, 0, state.terms, currency="RUB"))
    clock.phases["RUB"] = phase
    passed = NEAR if phase >= Phase.INTERBANK_CUT_OFF_PASSED else NONE
    assert asked(linked[0], both) == passed
    assert asked(linked[0], state) == NONE
    clock.phases = {"KZT": phase, "RUB": Phase.OPEN}
    assert asked(linked[0], both) == asked(linked[0], state) == passed


def test_the_earliest_cut_off_of_several_own_currencies_counts() -> None:
    linked = Linked()
    clock = linked[0].system.clock
    agree_on_currencies(
        linked, 0, *(LinkedCurrency(code, "NBKZKZKX", 10**9) for code in ("KZT", "RUB"))
    )
    state = of_country(linked, 0, second_leg(linked, 0, linked.terms(700, 90), currency="RUB"))
    clock.phases["RUB"] = Phase.OPEN
    for first, second in (("KZT", "RUB"), ("RUB", "KZT")):
        clock.steps = [
            Step(DUE, StepKind.INTERBANK_CUT_OFF, "2026-11-25", first),
            Step(DUE + SECOND, StepKind.INTERBANK_CUT_OFF, "2026-11-25", second),
        ]
        last = DUE - MARGIN
        assert [asked(linked[0], state, time=last + after) for after in (0, 1)] == [NONE, NEAR]


@pytest.mark.parametrize("bank", [0, 1, 2])
@pytest.mark.parametrize("number", [0, 1])
def test_a_suspended_party_of_an_own_leg_stops_its_link(number: int, bank: int) -> None:
    linked = Linked()
    country = linked[number]
    state = of_country(linked, number, linked.terms(700, 90))
    country.system.set_suspended(country.banks[bank], suspended=True)
    assert asked(country, state) == (NONE if bank == 2 else ReasonCode.PARTICIPANT_SUSPENDED)


@pytest.mark.parametrize("peer", [0, 1, 2])
def test_the_suspension_of_any_system_of_a_link_stops_it(peer: int) -> None:
    linked = Linked(3)
    own = (peer + 1) % 3
    state = of_country(linked, own, linked.terms(700, 90, 12_000))
    assert asked(linked[own], state) == NONE
    linked[own].system.link_contracts.set_suspended(linked[peer].id, suspended=True)
    assert asked(linked[own], state) == ReasonCode.LINK_SUSPENDED


def test_a_suspended_stranger_to_a_link_does_not_stop_it() -> None:
    linked = Linked(3)
    terms = linked.terms(700, 90, 12_000)
    state = of_country(linked, 0, attrs.evolve(terms, legs=terms.legs[:2]))
    linked[0].system.link_contracts.set_suspended(linked[2].id, suspended=True)
    assert asked(linked[0], state) == NONE


@pytest.mark.parametrize("first", [NONE, *UNFIT_ACCOUNT, ReasonCode.LEG_NOT_READY])
@pytest.mark.parametrize("second", [NONE, *UNFIT_ACCOUNT, ReasonCode.LEG_NOT_READY])
def test_one_leg_that_the_account_cannot_hold_is_an_obstacle(
    first: ReasonCode, second: ReasonCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = Linked()
    state = set_aside(linked, second_leg(linked, 1, linked.terms(700, 90)))
    answers = {(0, 2): first, (1, 2): second}
    engine = linked[1].system.engine
    monkeypatch.setattr(
        engine, "earmark_account_obstacle", lambda order, account: answers[order, account]
    )
    unfit = [one for one in (first, second) if one in UNFIT_ACCOUNT]
    assert asked(linked[1], state, cause=Statement.EARMARK) == (unfit[0] if unfit else NONE)
    # Nobody asks for the earmark now, so the account may still become fit.
    for cause in (*Statement, *Occurrence):
        if cause != Statement.EARMARK:
            assert asked(linked[1], state, cause=cause) == NONE


def test_an_account_in_another_use_and_no_account_are_told_apart() -> None:
    linked = Linked()
    state = set_aside(linked, linked.terms(700, 90))
    assert earmark_account(linked[1].system, state, "KGS") == 2
    assert earmark_account(linked[1].system, state, "RUB") == -1
    assert asked(linked[1], state, cause=Statement.EARMARK) == NONE
    linked[1].pay(1, payee=2)
    assert asked(linked[1], state, cause=Statement.EARMARK) == ReasonCode.EARMARK_ACCOUNT
    linked = Linked()
    agree_on_currencies(linked, 1, LinkedCurrency("KGS", "NONEKG22", 10**9))
    state = set_aside(linked, linked.terms(700, 90))
    assert earmark_account(linked[1].system, state, "KGS") == -1
    assert asked(linked[1], state, cause=Statement.EARMARK) == ReasonCode.NO_SETTLEMENT_ACCOUNT


def test_a_leg_that_is_no_longer_set_aside_is_no_obstacle_of_the_account() -> None:
    """The engine refuses the earmark by itself, with its own reason."""
    linked = Linked()
    state = set_aside(linked, linked.terms(700, 90))
    linked[1].go_to(state.terms.valid_until)
    linked[1].pay(1)
    assert linked[1].system.links.set_aside(state.legs[0].uetr) is None
    assert asked(linked[1], state, cause=Statement.EARMARK) == NONE


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(19, NONE), (20, NONE), (21, ReasonCode.LINK_CAP_REACHED), (999, ReasonCode.LINK_CAP_REACHED)],
)
@pytest.mark.parametrize("cause", [Statement.EARMARK, Occurrence.LEG_READY])
def test_legs_and_earmarks_asked_for_count_against_the_cap(
    cause: Statement | Occurrence, amount: int, expected: ReasonCode
) -> None:
    linked = Linked()
    agree_on_currencies(linked, 1, LinkedCurrency("KGS", "NBKGKG22", 100))
    before = set_aside(linked, linked.terms(700, 50))
    state = set_aside(linked, second_leg(linked, 1, linked.terms(1_000, 30), amount=amount))
    linked[1].system.links.ask_for_earmark(before)
    assert asked(linked[1], state, cause=cause) == expected
    # The earmark that was asked for did not come about.
    linked[1].system.links.earmarks_answered()
    assert asked(linked[1], state, cause=cause) == (NONE if amount <= 70 else expected)


@pytest.mark.parametrize(("kgs", "rub"), [(100, 99), (99, 100), (101, 1), (1, 101)])
def test_each_currency_has_its_own_cap(kgs: int, rub: int) -> None:
    linked = Linked()
    caps = [LinkedCurrency(code, "NBKGKG22", 100) for code in ("KGS", "RUB")]
    agree_on_currencies(linked, 1, *caps)
    linked[1].system.clock.phases["RUB"] = Phase.OPEN
    terms = second_leg(linked, 1, linked.terms(700, kgs), currency="RUB", amount=rub)
    expected = ReasonCode.LINK_CAP_REACHED if 101 in (kgs, rub) else NONE
    assert asked(linked[1], of_country(linked, 1, terms)) == expected


def test_the_decider_locks_nothing_and_has_no_cap_and_no_account() -> None:
    linked = Linked()
    agree_on_currencies(linked, 0, LinkedCurrency("KZT", "NONEKZ22", 1))
    state = of_country(linked, 0, linked.terms(700, 90))
    assert asked(linked[0], state) == asked(linked[0], state, cause=Statement.EARMARK) == NONE


def test_the_first_of_several_obstacles_is_told() -> None:
    linked = Linked()
    agree_on_currencies(linked, 1, LinkedCurrency("KGS", "NONEKG22", 1))
    state = set_aside(linked, linked.terms(700, 90))
    system, earmark = linked[1].system, Statement.EARMARK
    assert asked(linked[1], state, cause=earmark) == ReasonCode.NO_SETTLEMENT_ACCOUNT
    assert asked(linked[1], state) == ReasonCode.LINK_CAP_REACHED
    system.clock.phases["KGS"] = Phase.INTERBANK_CUT_OFF_PASSED
    assert asked(linked[1], state, cause=earmark) == NEAR
    system.set_suspended(linked[1].banks[0], suspended=True)
    assert asked(linked[1], state, cause=earmark) == ReasonCode.PARTICIPANT_SUSPENDED
    system.link_contracts.set_suspended(linked[0].id, suspended=True)
    assert asked(linked[1], state, cause=earmark) == ReasonCode.LINK_SUSPENDED
    del system.link_contracts._by_peer[linked[0].id]
    assert asked(linked[1], state, cause=earmark) == ReasonCode.LINK_CONTRACT_UNKNOWN


def test_terms_need_the_contracts_that_they_name() -> None:
    linked = Linked(3)
    terms = linked.terms(700, 90, 12_000)
    systems = [country.system for country in linked.countries]
    assert [refusal_of_terms(system, terms) for system in systems] == [NONE] * 3
    two = attrs.evolve(terms, legs=terms.legs[:2])
    assert refusal_of_terms(systems[2], two) == ReasonCode.LINK_CONTRACT_UNKNOWN
    other = attrs.evolve(terms.legs[2], contract="ab" * 32)
    wrong = attrs.evolve(terms, legs=(*terms.legs[:2], other))
    # The second follower's contract is no matter of the first.
    assert [refusal_of_terms(system, wrong) for system in systems] == [
        ReasonCode.LINK_CONTRACT_MISMATCH,
        NONE,
        ReasonCode.LINK_CONTRACT_MISMATCH,
    ]
    del systems[0].link_contracts._by_peer[linked[2].id]
    assert refusal_of_terms(systems[0], terms) == ReasonCode.LINK_CONTRACT_UNKNOWN


@pytest.mark.parametrize(
    ("decider", "expected"),
    [
        ("closes_first", NONE),
        ("KZ-RTGS", NONE),
        ("KG-RTGS", ReasonCode.LINK_CONTRACT_MISMATCH),
    ],
)
def test_the_contract_says_who_decides(decider: str, expected: ReasonCode) -> None:
    linked = Linked()
    agree(linked, 0, 1, LinkContract(1, [linked[0].side, linked[1].side], decider))
    terms = linked.terms(700, 90)
    assert [refusal_of_terms(one.system, terms) for one in linked.countries] == [expected] * 2


@pytest.mark.parametrize("number", [0, 1])
def test_both_sides_have_all_currencies_of_their_legs(number: int) -> None:
    linked = Linked()
    terms = second_leg(linked, number, linked.terms(700, 90), currency="RUB")
    for one in linked.countries:
        assert refusal_of_terms(one.system, terms) == ReasonCode.LINK_CONTRACT_MISMATCH
    holder, code = linked[number].banks[2], linked[number].currency
    agree_on_currencies(
        linked, number, *(LinkedCurrency(one, holder, 10**9) for one in (code, "RUB"))
    )
    digest = linked.contracts[linked[0].id, linked[1].id].digest.hex()
    legs: tuple[LinkLeg, ...] = tuple(
        attrs.evolve(leg, contract=digest) if leg.contract else leg for leg in terms.legs
    )
    named = attrs.evolve(terms, legs=legs)
    assert [refusal_of_terms(one.system, named) for one in linked.countries] == [NONE, NONE]


def test_obstacles_found_once_are_those_of_links_of_the_same_kind_only() -> None:
    linked = Linked()
    country, terms = linked[0], linked.terms(700, 90)
    found = Obstacles(country.system, NOON)
    assert found.to_terms(terms) == NONE
    assert found.to(of_country(linked, 0, terms), Statement.READY) == NONE
    first, second = terms.legs
    other = attrs.evolve(terms, legs=(first, attrs.evolve(second, contract="ab" * 32)))
    assert found.to_terms(other) == ReasonCode.LINK_CONTRACT_MISMATCH
    state = of_country(linked, 0, other)
    assert found.to(state, Statement.READY) == ReasonCode.LINK_CONTRACT_MISMATCH
    for leg in (attrs.evolve(first, currency="USD"), attrs.evolve(first, system="GE-RTGS")):
        unlike = attrs.evolve(terms, decider=leg.system, legs=(leg, second))
        assert found.to_terms(unlike) == refusal_of_terms(country.system, unlike) != NONE
    assert found.to_terms(terms) == NONE
