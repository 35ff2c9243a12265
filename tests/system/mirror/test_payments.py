"""One-way payments between real settlement systems, without a network between them."""

import json
from typing import Any

import attrs
import pytest

from skontro.engine import CommandKind, command
from skontro.model import (
    InputError,
    Party,
    PaymentDetails,
    PaymentType,
    ReasonCode,
    ScreeningOutcome,
    derived_uetr,
)
from skontro.system import Action, ScreeningPolicy
from skontro.system.links import link_batch
from skontro.system.links.terms import LinkLeg, LinkTerms
from skontro.system.mirror.payment_table import Stage
from skontro.system.mirror.payment_terms import PaymentTerms
from tests.service.systems import DAY, MINUTE, NOON
from tests.system.links.linked_systems import HEADER
from tests.system.mirror.mirrored_systems import CREDIT, Mirrored, leg_order

DETAILS = PaymentDetails(
    end_to_end_id="INV-7",
    remittance=("invoice 7",),
    parties=[("debtor", Party(name="Анна Ким")), ("creditor", Party(name="Асан Усен"))],
)


@pytest.mark.parametrize("origin", [0, 1])
@pytest.mark.parametrize("currency", ["KZT", "KGS"])
def test_a_payment_in_either_direction_and_currency(origin: int, currency: str) -> None:
    both = Mirrored()
    home = ("KZT", "KGS").index(currency)
    if origin != home:
        # Banks abroad have money only after a payment to them.
        both.pay(both.terms(home, 5_000, currency))
        both.deliver()
    before = 0 if origin == home else 5_000
    terms = both.terms(origin, 700, currency)
    both.pay(terms)
    payer, payee = terms.payer, terms.payee
    opening = 1_000_000 if origin == home else 5_000
    assert both.stages(terms) == [Stage.SENT, Stage.UNKNOWN]
    assert both[origin].balance(payer, currency) == opening - 700
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]
    at_home = 0 if origin == home else 1_000_000 - 5_000
    assert both[1 - origin].balance(payee, currency) == at_home + 700
    held_abroad = before + (700 if origin == home else -700)
    central = ("NBKZKZKX", "NBKGKG22")
    assert both[home].balance(central[1 - home], currency) == held_abroad
    assert both[1 - home].balance(central[1 - home], currency) == -held_abroad
    assert not both.refused
    both.check_replay()


def test_statements_may_come_twice_and_late() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    [credited] = both.waiting
    both.waiting = [credited, credited]
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]
    # A late repetition is answered again, from the same batch.
    both.turn(1, proofs=(credited[1],))
    [(place, answer)] = both.waiting
    paid = json.loads(answer["statements"][0]["content"])
    assert (place, paid["step"], paid["uetr"]) == (0, "paid", terms.uetr)
    both.deliver()
    assert both[1].balance("AAAAKG22", "KZT") == 700
    assert not both.refused
    both.check_replay()


def test_a_lost_statement_is_repeated() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    both.waiting.clear()
    payments = both[0].system.payments
    assert payments.open_with("KG-RTGS") == (terms.uetr,)
    assert payments.open_with("UZ-RTGS") == ()
    both.turn(0, repeated=(terms.uetr,))
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]
    assert payments.open_with("KG-RTGS") == ()
    both.turn(0, repeated=(terms.uetr, "8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01"))
    assert both.refused == [
        ["8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01", "repeat", "LINK_UNKNOWN"],
        [terms.uetr, "repeat", "LINK_ENDED"],
    ]


def returned(both: Mirrored, terms: PaymentTerms, reason: str) -> None:
    """The payment has come back, with its reason."""
    assert both.stages(terms) == [Stage.RETURNED, Stage.RETURNED]
    for country in both.countries:
        state = country.system.payments.get(terms.key)
        assert state is not None
        assert state.reason.name == reason
    assert both[0].balance("AAAAKZKA", "KZT") == 1_000_000
    assert both[0].balance("NBKGKG22", "KZT") == both[1].balance("NBKGKG22", "KZT") == 0
    both.check_replay()


@pytest.mark.parametrize(
    ("payee", "reason"),
    [
        ("ZZZZKG22", "UNKNOWN_PARTICIPANT"),
        ("NBKZKZKX", "NO_SETTLEMENT_ACCOUNT"),
        ("NBKGKG22", "MIRROR_ACCOUNT"),
    ],
)
def test_a_payee_without_an_account_returns_the_payment(payee: str, reason: str) -> None:
    both = Mirrored()
    terms = both.terms(0, 700, payee=payee)
    both.pay(terms)
    both.deliver()
    returned(both, terms, reason)


def test_the_return_is_an_order_that_names_the_payment_and_why() -> None:
    both = Mirrored()
    both[1].system.set_suspended("AAAAKG22", suspended=True)
    terms = both.terms(0, 700, details=DETAILS)
    both.pay(terms)
    [(_, proof)] = both.waiting
    both.turn(1, proofs=(proof,))
    both.submit_due(1)
    both.turn(1)
    [(_, proof)] = both.waiting[1:]
    both.turn(0, proofs=(proof,))
    [due] = both[0].due()
    assert due.key == terms.key
    assert due.order.uetr[0].tobytes().hex() == derived_uetr("return", terms.uetr, "1").replace(
        "-", ""
    )
    assert due.details.remittance == (
        "invoice 7",
        f"OrgnlUETR={terms.uetr}",
        "RtrRsnInf=PARTICIPANT_SUSPENDED",
    )
    assert due.details.parties == DETAILS.parties
    assert due.order.column("details")[0].tobytes() == due.details.digest
    assert int(due.order.column("payment_type")[0]) == int(PaymentType.INTERBANK)


def test_the_order_in_the_destination_is_that_of_the_origin() -> None:
    both = Mirrored()
    terms = both.terms(0, 700, details=DETAILS, payment_type=PaymentType.CUSTOMER)
    both.pay(terms)
    [(_, proof)] = both.waiting
    both.turn(1, proofs=(proof,))
    [due] = both[1].due()
    assert due.order.uetr[0].tobytes().hex() == terms.uetr.replace("-", "")
    assert due.details == DETAILS
    assert int(due.order.column("payment_type")[0]) == int(PaymentType.CUSTOMER)
    assert due.order.column("customer")[0].tobytes() != bytes(32)
    # It is due until it is submitted, and not again.
    assert len(both[1].due()) == 1
    both.submit_due(1)
    assert both[1].due() == []


def test_screening_in_the_destination_rejects_and_the_payment_returns() -> None:
    both = Mirrored(screening=ScreeningPolicy(travel_rule="off"))
    terms = both.terms(0, 700)
    both.pay(terms)
    [(_, proof)] = both.waiting
    both.turn(1, proofs=(proof,))
    both.screened = ScreeningOutcome.REJECTED
    both.submit_due(1)
    both.screened = ScreeningOutcome.PASSED
    both.deliver()
    returned(both, terms, "SCREENING_REJECTED")


@pytest.mark.parametrize("releases", [True, False])
def test_an_order_that_was_not_screened_is_held_until_two_people_decide(releases: bool) -> None:
    both = Mirrored(screening=ScreeningPolicy(travel_rule="off"))
    terms = both.terms(0, 700)
    both.pay(terms)
    both.screened = ScreeningOutcome.NOT_SCREENED
    both.deliver()
    assert both.stages(terms) == [Stage.SENT, Stage.RECEIVED]
    assert both[1].due() == []
    kind = "release_held_order" if releases else "reject_held_order"
    assert both[1].agree(Action(kind, uetr=terms.uetr)) == ReasonCode.NONE
    both.screened = ScreeningOutcome.PASSED
    both.deliver()
    if releases:
        assert both.stages(terms) == [Stage.PAID, Stage.PAID]
        both.check_replay()
    else:
        returned(both, terms, "HELD_ORDER_REJECTED")


def test_an_order_that_is_held_at_the_close_returns_the_payment() -> None:
    both = Mirrored(screening=ScreeningPolicy(travel_rule="off"))
    terms = both.terms(0, 700)
    both.pay(terms)
    both.screened = ScreeningOutcome.NOT_SCREENED
    both.deliver()
    both.screened = ScreeningOutcome.PASSED
    both[1].go_to(NOON + DAY)
    both.deliver()
    returned(both, terms, "RETURNED_WHILE_HELD")


def test_a_nostro_without_credit_makes_the_order_wait_until_the_close() -> None:
    both = Mirrored()
    first, second = both.terms(0, CREDIT), both.terms(0, 1)
    for terms in (first, second):
        both.pay(terms)
    both.deliver()
    assert both.stages(first) == [Stage.PAID, Stage.PAID]
    assert both.stages(second) == [Stage.SENT, Stage.RECEIVED]
    # Money comes back, and there is room again.
    back = both.terms(1, 10)
    both.pay(back)
    both.deliver()
    assert both.stages(second) == both.stages(back) == [Stage.PAID, Stage.PAID]
    third = both.terms(0, 10)
    both.pay(third)
    both.deliver()
    both[1].go_to(NOON + DAY)
    both.deliver()
    assert both.stages(third) == [Stage.RETURNED, Stage.RETURNED]
    assert both[0].balance("NBKGKG22", "KZT") == -both[1].balance("NBKGKG22", "KZT") == CREDIT - 9
    both.check_replay()


def test_a_queued_order_is_sent_when_cover_comes() -> None:
    both = Mirrored()
    both[0].pay_at_home(999_900)
    terms = both.terms(0, 700)
    both.pay(terms)
    both.deliver()
    assert both.stages(terms) == [Stage.INSTRUCTED, Stage.UNKNOWN]
    both[0].pay_at_home(5_000, payer=1, payee=0)
    assert both[0].system.payments.has_work
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]
    both.check_replay()


def test_an_order_that_never_settles_sends_nothing() -> None:
    both = Mirrored()
    both[0].pay_at_home(999_900)
    terms = both.terms(0, 700)
    both.pay(terms)
    assert both[0].system.payments.under_way("KG-RTGS", "KZT") == 700
    both[0].go_to(NOON + 61 * MINUTE)
    both[0].pay_at_home(1)
    both.deliver()
    assert both.stages(terms) == [Stage.NOT_SENT, Stage.UNKNOWN]
    assert both[0].system.payments.under_way("KG-RTGS", "KZT") == 0
    state = both[0].system.payments.get(terms.key)
    assert state is not None
    assert state.reason == ReasonCode.RETURNED_AT_LATEST_TIME
    both.check_replay()


def test_what_comes_after_the_close_is_paid_on_the_next_day() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    both[1].go_to(NOON + 7 * 60 * MINUTE)
    both.deliver()
    assert both.stages(terms) == [Stage.SENT, Stage.RECEIVED]
    both[1].go_to(NOON + DAY)
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]
    both.check_replay()


def test_a_return_that_cannot_be_paid_is_tried_on_the_next_day() -> None:
    both = Mirrored()
    terms = both.terms(0, 700, payee="ZZZZKG22")
    both.pay(terms)
    both[0].system.set_suspended("AAAAKZKA", suspended=True)
    both.deliver()
    assert both.stages(terms) == [Stage.RETURNING, Stage.RETURNED]
    assert both[0].due() == []
    assert both[0].system.payments.under_way("KG-RTGS", "KZT") == 700
    both[0].system.set_suspended("AAAAKZKA", suspended=False)
    both.deliver()
    assert both.stages(terms) == [Stage.RETURNING, Stage.RETURNED]
    both[0].go_to(NOON + DAY)
    [due] = both[0].due()
    second = derived_uetr("return", terms.uetr, "2").replace("-", "")
    assert due.order.uetr[0].tobytes().hex() == second
    payments = both[0].system.payments
    assert payments.needs_uetr(derived_uetr("return", terms.uetr, "2"))
    assert not payments.needs_uetr(derived_uetr("return", terms.uetr, "1"))
    both.deliver()
    assert not payments.needs_uetr(derived_uetr("return", terms.uetr, "2"))
    assert both.stages(terms) == [Stage.RETURNED, Stage.RETURNED]
    assert both[0].balance("AAAAKZKA", "KZT") == 1_000_000
    assert both[0].system.payments.under_way("KG-RTGS", "KZT") == 0


def test_a_uetr_in_use_returns_the_payment_and_renames_a_return() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    [(_, proof)] = both.waiting
    both.waiting.clear()
    both.turn(1, proofs=(proof,))
    both.turn(1, uetr_in_use=(terms.key,))
    assert both.stages(terms) == [Stage.SENT, Stage.RETURNED]
    [(_, proof)] = both.waiting
    both.turn(0, proofs=(proof,))
    both.turn(0, uetr_in_use=(terms.key,))
    [due] = both[0].due()
    second = derived_uetr("return", terms.uetr, "2").replace("-", "")
    assert due.order.uetr[0].tobytes().hex() == second
    both.waiting.clear()
    both.deliver()
    returned(both, terms, "DUPLICATE_ORDER")
    both.turn(0, uetr_in_use=(terms.key, ("KG-RTGS", terms.uetr)))
    assert both.refused == [[terms.uetr, "uetr_in_use", "LINK_STEP_NOT_EXPECTED"]] * 2


def test_the_cap_counts_all_that_has_not_ended() -> None:
    both = Mirrored(cap=1_000)
    first, second, third = both.terms(0, 700), both.terms(0, 300), both.terms(0, 1)
    for terms in (first, second, third):
        both.pay(terms)
    assert both.refused == [[third.uetr, "instruction", "LINK_CAP_REACHED"]]
    both.deliver()
    both.turn(0, payments=(third,))
    both.deliver()
    assert [both.stages(terms)[1] for terms in (first, second, third)] == [Stage.PAID] * 3


PAYER, VOSTRO = ("AAAAKZKA", "KZT"), ("NBKGKG22", "KZT")
ABROAD, NOSTRO = ("AAAAKZKA", "KGS"), ("NBKZKZKX", "KGS")
_ORDINARY, _LINKED = CommandKind.SUBMIT, CommandKind.SUBMIT_LINKED


@pytest.mark.parametrize(
    ("kind", "payer", "payee", "reason"),
    [
        (_ORDINARY, PAYER, VOSTRO, ReasonCode.MIRROR_ACCOUNT),
        (_ORDINARY, VOSTRO, PAYER, ReasonCode.MIRROR_ACCOUNT),
        (_ORDINARY, ABROAD, NOSTRO, ReasonCode.MIRROR_ACCOUNT),
        (_ORDINARY, PAYER, ("BBBBKZKB", "KZT"), ReasonCode.NONE),
        (CommandKind.SUBMIT_LEG, PAYER, VOSTRO, ReasonCode.MIRROR_ACCOUNT),
        (_LINKED, VOSTRO, PAYER, ReasonCode.MIRROR_ACCOUNT),
        (_LINKED, PAYER, VOSTRO, ReasonCode.NONE),
    ],
)
def test_no_other_order_passes_the_mirror(
    kind: CommandKind, payer: tuple[str, str], payee: tuple[str, str], reason: ReasonCode
) -> None:
    both = Mirrored()
    find = both[0].system.directory.account_number
    fields = {"amount": 5, "payment_class": 2, "latest": NOON + MINUTE}
    order = command(kind, 0, payer=find(*payer) or 0, payee=find(*payee) or 0, **fields)
    order = order.evolve(uetr=[bytes(15) + b"\1"])
    if kind == CommandKind.SUBMIT_LEG:
        order = order.evolve(counterleg=[bytes(15) + b"\2"])
    batch = both[0].submit(order)
    assert int(batch.commands.column("acceptance")[0]) == reason


@pytest.mark.parametrize(
    "change", [{"amount": [701]}, {"payee": [1]}, {"uetr": [bytes(16)]}, {"payer": [3]}]
)
def test_a_mirror_account_pays_exactly_what_is_needed(change: dict[str, Any]) -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    [(_, proof)] = both.waiting
    both.turn(1, proofs=(proof,))
    [due] = both[1].due()
    batch = both[1].submit(due.order.evolve(**change))
    assert int(batch.commands.column("acceptance")[0]) == ReasonCode.MIRROR_ACCOUNT
    # The right one may still come, once.
    for expected in (ReasonCode.NONE, ReasonCode.MIRROR_ACCOUNT):
        batch = both[1].submit(due.order)
        assert int(batch.commands.column("acceptance")[0]) == expected
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]
    assert both[1].balance("AAAAKG22", "KZT") == 700


def test_liquidity_does_not_pass_the_mirror() -> None:
    both = Mirrored()
    for kind in ("transfer_in", "transfer_out"):
        for bic, currency, reason in (
            ("NBKGKG22", "KZT", ReasonCode.MIRROR_ACCOUNT),
            ("NBKZKZKX", "KGS", ReasonCode.MIRROR_ACCOUNT),
            ("AAAAKZKA", "KZT", ReasonCode.NONE),
        ):
            action = Action(kind, participant=bic, currency=currency, amount=5)
            assert both[0].propose(action) == reason
    line = Action("set_credit_line", participant="NBKZKZKX", currency="KGS", amount=5)
    assert both[0].propose(line) == ReasonCode.NONE


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"origin": "KG-RTGS", "destination": "KZ-RTGS"}, "LINK_CONTRACT_UNKNOWN"),
        ({"destination": "UZ-RTGS"}, "LINK_CONTRACT_UNKNOWN"),
        ({"contract": "ab" * 32}, "LINK_CONTRACT_MISMATCH"),
        ({"currency": "RUB"}, "MIRROR_NOT_AGREED"),
        ({"payer": "ZZZZKZ22"}, "NO_SETTLEMENT_ACCOUNT"),
        ({"payer": "BBBBKZKB"}, "LINK_TERMS_DIFFER"),
        ({"amount": 701}, "LINK_TERMS_DIFFER"),
        ({"valid_until": NOON + 61 * MINUTE}, "LINK_TERMS_DIFFER"),
        ({"payment_type": PaymentType.CUSTOMER}, "LINK_TERMS_DIFFER"),
        ({"details": DETAILS}, "LINK_TERMS_DIFFER"),
    ],
)
def test_terms_that_do_not_fit_are_refused(fields: dict[str, Any], reason: str) -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both[0].submit(leg_order(both[0], terms))
    both.turn(0, payments=(attrs.evolve(terms, **fields),))
    assert both.refused == [[terms.uetr, "instruction", reason]]
    assert both.stages(terms)[0] == Stage.UNKNOWN
    # The order is still set aside, for the right terms.
    both.turn(0, payments=(terms,))
    assert both.stages(terms)[0] == Stage.SENT
    both.turn(0, payments=(terms,))
    assert both.refused[1:] == []  # repeated
    both.turn(0, payments=(attrs.evolve(terms, amount=terms.amount + 1),))
    assert both.refused[1:] == [[terms.uetr, "instruction", "LINK_TERMS_DIFFER"]]


def test_an_order_before_its_earliest_time_is_not_permitted() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms, earliest=[NOON + MINUTE])
    assert both.refused == [[terms.uetr, "instruction", "AWAITS_EARLIEST_TIME"]]
    both[0].go_to(NOON + MINUTE)
    both.turn(0, payments=(terms,))
    assert both.stages(terms)[0] == Stage.SENT


def test_terms_wait_for_their_order_and_not_longer_than_their_time() -> None:
    both = Mirrored()
    first, second = both.terms(0, 700), both.terms(0, 80)
    both.turn(0, payments=(first, second))
    assert not both[0].system.payments.has_work
    both[0].submit(leg_order(both[0], first))
    assert both[0].system.payments.has_work
    both.deliver()
    assert both.stages(first) == [Stage.PAID, Stage.PAID]
    both.check_replay()
    both[0].go_to(second.valid_until - 1)
    both.turn(0)
    assert not both.refused
    both.turn(0)
    assert both.refused == [[second.uetr, "instruction", "ORDER_UNKNOWN"]]
    assert len(both[0].system.payments.waiting) == 0


def test_the_number_of_waiting_payments_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_batch, "MAX_WAITING_TERMS", 2)
    both = Mirrored()
    both.turn(0, payments=(both.terms(0, 1), both.terms(0, 2)))
    before = both[0].system.snapshot()
    with pytest.raises(InputError, match="more than 2 payments wait"):
        both.turn(0, payments=(both.terms(0, 3),))
    assert both[0].system.snapshot() == before


def test_an_order_without_terms_comes_back_at_its_latest_time() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both[0].submit(leg_order(both[0], terms))
    assert both[0].system.payments.leg(terms.uetr) is not None
    both[0].go_to(terms.valid_until)
    both[0].pay_at_home(1)
    assert both[0].system.payments.leg(terms.uetr) is None
    both.check_replay()


def test_nothing_is_sent_outside_the_day_or_under_a_suspended_contract() -> None:
    both = Mirrored()
    early = both.terms(0, 700, valid_until=NOON + 3 * DAY)
    both.turn(0, payments=(early,))
    both[0].go_to(NOON + 7 * 60 * MINUTE)
    both.turn(0, payments=(both.terms(0, 1),))
    assert both.refused[-1][2] == "DAY_NOT_OPEN"
    both = Mirrored()
    both[0].system.link_contracts.set_suspended("KG-RTGS", suspended=True)
    both.pay(both.terms(0, 700))
    assert both.refused[-1][2] == "LINK_SUSPENDED"


def test_a_destination_that_suspends_returns_what_comes_and_finishes_what_came() -> None:
    both = Mirrored()
    first, second = both.terms(0, 700), both.terms(0, 80)
    both.pay(first)
    [(_, proof)] = both.waiting
    both.waiting.clear()
    both.turn(1, proofs=(proof,))
    both[1].system.link_contracts.set_suspended("KZ-RTGS", suspended=True)
    both.pay(second)
    both.deliver()
    assert both.stages(first) == [Stage.PAID, Stage.PAID]
    assert both.stages(second) == [Stage.RETURNED, Stage.RETURNED]
    assert both[0].balance("NBKGKG22", "KZT") == 700


def test_another_contract_in_force_in_the_destination_returns_the_payment() -> None:
    both = Mirrored()
    newer = attrs.evolve(both.contract, version=2)
    both[1].system.link_contracts.put("KZ-RTGS", newer)
    terms = both.terms(0, 700)
    both.pay(terms)
    both.deliver()
    assert both.stages(terms) == [Stage.RETURNED, Stage.RETURNED]


def test_a_cancelled_order_of_the_destination_returns_the_payment() -> None:
    both = Mirrored(screening=ScreeningPolicy(travel_rule="off"))
    terms = both.terms(0, 700)
    both.pay(terms)
    both.screened = ScreeningOutcome.NOT_SCREENED
    both.deliver()
    uetr = bytes.fromhex(terms.uetr.replace("-", ""))
    for _ in range(2):
        cancel = command(CommandKind.CANCEL, 0, order=0).evolve(uetr=[uetr])
        country = both[1]
        country.batches.append(country.system.request(country.now, cancel))
    both.screened = ScreeningOutcome.PASSED
    both.deliver()
    returned(both, terms, "CANCELLED_BY_PARTICIPANT")


def test_a_leg_of_a_link_does_not_pay_a_mirror_account() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both[0].submit(leg_order(both[0], terms))

    digest = both.contract.digest.hex()
    legs = (
        LinkLeg("KZ-RTGS", terms.uetr, terms.payer, "NBKGKG22", "KZT", 700),
        LinkLeg("KG-RTGS", terms.uetr, "AAAAKG22", "BBBBKG22", "KGS", 5, digest),
    )
    link = LinkTerms("8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01", "KZ-RTGS", legs, terms.valid_until)
    both.turn(0, terms=(link,))
    assert both.refused == [[link.link, "instruction", "MIRROR_ACCOUNT"]]


def test_statements_of_unknown_payments_and_for_others_are_refused() -> None:
    both = Mirrored()
    terms = both.terms(0, 700)
    both.pay(terms)
    [(_, proof)] = both.waiting
    statement = json.loads(proof["statements"][0]["content"])
    both.turn(0, proofs=(proof,))
    assert both.refused == [[terms.uetr, "credited", "LINK_UNKNOWN"]]
    statement |= {"step": "paid", "sender": "KG-RTGS", "addressee": "KZ-RTGS"}
    del statement["payment"]
    for fields, reason in (
        ({"uetr": "8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01"}, "LINK_UNKNOWN"),
        ({"sender": "UZ-RTGS"}, "LINK_STEP_NOT_EXPECTED"),
        ({"terms": "ab" * 32}, "LINK_TERMS_DIFFER"),
    ):
        text = json.dumps(statement | fields)
        both.turn(0, proofs=({"header": HEADER, "statements": [{"content": text}]},))
        assert both.refused[-1][1:] == ["paid", reason]
    assert both.stages(terms)[0] == Stage.SENT
