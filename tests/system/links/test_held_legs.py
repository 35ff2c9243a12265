"""Legs of links held by screening or policy rules: nothing is locked, and a release goes on."""

import datetime

import pytest

from skontro.engine import CommandKind, command
from skontro.model import ReasonCode, ScreeningOutcome, find_currency
from skontro.system import Action, ScreeningPolicy
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms
from skontro.system.policy.document import policy_rules_to_document
from skontro.system.policy.rules import Cap, Period, PolicyAction, PolicyRules, Subject
from tests.service.systems import DAY, MINUTE, NOON
from tests.system.links.linked_systems import Country, Linked, leg_order

TOMORROW = datetime.date(2026, 11, 25)
UNTIL = NOON + DAY + 60 * MINUTE
BEGIN = [1_000_000, 1_000_000, 0]


def screened(outcome: ScreeningOutcome, country: int) -> tuple[Linked, LinkTerms, int]:
    """A link whose leg in this country has this outcome, the other passed; and its acceptance."""
    linked = Linked(screening=ScreeningPolicy(travel_rule="off"))
    terms = linked.terms(700, 90)
    accepted = 0
    for number, one in enumerate(linked.countries):
        found = outcome if number == country else ScreeningOutcome.PASSED
        order = leg_order(one, terms).evolve(screening=int(found))
        batch = one.submit(order)
        if number == country:
            accepted = int(batch.commands.column("acceptance")[0])
        linked.turn(number, terms=(terms,))
    return linked, terms, accepted


def capped(action: PolicyAction, country: int) -> tuple[Linked, LinkTerms, int]:
    """A link whose leg in this country exceeds a cap, and its acceptance."""
    linked = Linked()
    capped_one = linked[country]
    cap = Cap(
        "cap",
        action,
        50,
        find_currency(capped_one.currency),
        Period.QUARTER,
        Subject.PARTICIPANT,
    )
    rules = PolicyRules(1, TOMORROW, (cap,), find_currency(capped_one.currency), ())
    document = policy_rules_to_document(rules)
    wish = Action("set_policy_rules", policy_rules=document, effective_on=TOMORROW.isoformat())
    assert capped_one.agree(wish) == ReasonCode.NONE
    for one in linked.countries:
        one.go_to(NOON + DAY)
    terms = linked.terms(700, 90, until=UNTIL)
    linked.instruct(terms)
    acceptance = [
        int(batch.commands.column("acceptance")[0])
        for batch in capped_one.batches
        if len(batch.commands) and batch.commands.kind[0] == CommandKind.SUBMIT_LINKED
    ]
    return linked, terms, acceptance[0]


def decide(country: Country, kind: str, terms: LinkTerms, number: int) -> ReasonCode:
    return country.agree(Action(kind, uetr=terms.legs[number].uetr))


def check_that_it_waits(linked: Linked, terms: LinkTerms, number: int) -> None:
    """The link goes no further than its held leg, and no money is locked anywhere."""
    linked.deliver()
    assert linked.phases(terms)[number] in (Phase.UNKNOWN, Phase.INSTRUCTED, Phase.MATCHED)
    assert not {Phase.COMMITTED, Phase.COMPLETED, Phase.PREPARED} & {*linked.phases(terms)}
    assert [one.balances for one in linked.countries] == [BEGIN, BEGIN]
    assert [len(one.system.screening_holds) for one in linked.countries] == [
        int(place == number) for place in range(2)
    ]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (ScreeningOutcome.HELD, ReasonCode.SCREENING_HOLD),
        (ScreeningOutcome.NOT_SCREENED, ReasonCode.NOT_SCREENED),
    ],
)
def test_a_leg_held_by_screening_is_linked_when_it_is_released(
    outcome: ScreeningOutcome, reason: ReasonCode, number: int
) -> None:
    linked, terms, acceptance = screened(outcome, number)
    assert acceptance == -int(reason)
    check_that_it_waits(linked, terms, number)
    assert decide(linked[number], "release_held_order", terms, number) == ReasonCode.NONE
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert linked[0].balances == [999_300, 1_000_700, 0]
    assert linked[1].balances == [999_910, 1_000_090, 0]
    linked.check_replay()


@pytest.mark.parametrize("number", [0, 1])
def test_a_leg_held_by_policy_rules_is_linked_when_it_is_released(number: int) -> None:
    linked, terms, acceptance = capped(PolicyAction.HOLD, number)
    assert acceptance == -int(ReasonCode.CAP_EXCEEDED)
    check_that_it_waits(linked, terms, number)
    assert decide(linked[number], "release_held_order", terms, number) == ReasonCode.NONE
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert (
        linked[number]
        .system.policy.caps({Subject.PARTICIPANT: terms.legs[number].payer}, TOMORROW)[0]
        .paid
        == (700, 90)[number]
    )
    linked.check_replay()


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("end", ["reject", "cancel"])
def test_a_held_leg_that_is_rejected_or_cancelled_moves_no_money(number: int, end: str) -> None:
    linked, terms, _ = screened(ScreeningOutcome.HELD, number)
    check_that_it_waits(linked, terms, number)
    country = linked[number]
    if end == "reject":
        assert decide(country, "reject_held_order", terms, number) == ReasonCode.NONE
    else:
        uetr = bytes.fromhex(terms.legs[number].uetr.replace("-", ""))
        cancel = command(CommandKind.CANCEL, 0, uetr=uetr)
        country.batches.append(country.system.request(country.now, cancel))
    assert not len(country.system.screening_holds)
    linked.deliver()
    for one in linked.countries:
        one.go_to(NOON + 61 * MINUTE)
    linked.deliver()
    assert [one.balances for one in linked.countries] == [BEGIN, BEGIN]
    assert not {Phase.COMMITTED, Phase.COMPLETED, Phase.PREPARED} & {*linked.phases(terms)}
    linked.check_replay()


@pytest.mark.parametrize("number", [0, 1])
def test_a_leg_on_a_list_is_rejected_and_its_link_moves_no_money(number: int) -> None:
    linked, _, acceptance = screened(ScreeningOutcome.REJECTED, number)
    assert acceptance == int(ReasonCode.SCREENING_REJECTED)
    linked.deliver()
    assert [one.balances for one in linked.countries] == [BEGIN, BEGIN]
    assert not len(linked[number].system.screening_holds)
    linked.check_replay()
