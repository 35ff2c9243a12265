"""Actions of the operator that must wait for links: exits, cancellations, position limits."""

import json
from decimal import Decimal

import pytest

from skontro.engine import complete, earmark, join, submit_linked
from skontro.model import CurrencyPrice, PositionLimits, ReasonCode, Rulebook, find_currency
from skontro.system import Action, BatchKind
from skontro.system.rulebook_document import rulebook_to_document
from tests.service.systems import BANKS, DAY, NOON
from tests.system.test_membership_actions import ADMISSION, NEW, Running

PAYER, PAYEE, OTHER = BANKS[:3]
UETR = 16 * b"\x07"


def with_earmark(amount: int = 5) -> Running:
    """PAYER's order to PAYEE, earmarked on an account of NEW."""
    running = Running()
    running.agree("admit", **ADMISSION)
    system = running.system
    payer, payee, account = (
        system.directory.account_number(bic, "KZT") for bic in (PAYER, PAYEE, NEW)
    )
    assert payer is not None
    assert payee is not None
    assert account is not None
    time, number = running.now, system.engine.orders
    leg = submit_linked(time, payer, payee, amount, 2).evolve(uetr=UETR)
    system.apply_to_engine(BatchKind.LINKS, time, join([leg, earmark(time, number, account)]))
    assert system.engine.is_earmarked(number)
    return running


def reasons_of_agreed(running: Running, time: int) -> list[str]:
    running.steps.clear()
    running.go_to(time)
    started = next(batch for batch in running.steps if '"agreed"' in batch.body)
    return [ReasonCode(one["reason"]).name for one in json.loads(started.body)["agreed"]]


@pytest.mark.parametrize("leaver", [PAYER, PAYEE, NEW])
def test_no_participant_leaves_before_its_links_are_decided(leaver: str) -> None:
    running = with_earmark()
    system = running.system
    running.agree("exit", participant=leaver, effective_on="2026-11-25")
    assert reasons_of_agreed(running, NOON + DAY) == ["LINK_BEING_DECIDED"]
    assert system.suspended == [leaver]
    assert leaver not in system.membership.left
    batch = system.apply_to_engine(BatchKind.LINKS, running.now, complete(running.now, 0))
    assert batch.postings["amount"].tolist() == [5]
    running.agree("exit", participant=leaver, effective_on="2026-11-26")
    assert reasons_of_agreed(running, NOON + 2 * DAY) == ["NONE"]
    assert leaver in system.membership.left
    system.engine.check()


def test_another_participant_leaves_meanwhile() -> None:
    running = with_earmark()
    running.agree("exit", participant=OTHER, effective_on="2026-11-25")
    assert reasons_of_agreed(running, NOON + DAY) == ["NONE"]


def test_the_operator_cancels_no_earmarked_order() -> None:
    running = with_earmark()
    cancellation = Action("cancel", uetr=UETR.hex(), order=0)
    assert running.propose(cancellation) == "LINK_BEING_DECIDED"
    running.go_to(NOON + DAY)
    assert running.propose(cancellation) == "LINK_BEING_DECIDED"
    running.system.apply_to_engine(BatchKind.LINKS, running.now, complete(running.now, 0))
    assert running.propose(cancellation) == "ORDER_FINAL"
    assert [running.system.engine.is_earmarked(number) for number in (-1, 0, 1)] == [False] * 3


def test_position_limits_wait_for_links() -> None:
    running = with_earmark()
    codes = [currency.code for currency in running.system.directory.currencies]
    prices = tuple(CurrencyPrice(find_currency(code), Decimal(1)) for code in codes)
    limits = PositionLimits(find_currency("KZT"), prices, 10**9)
    document = rulebook_to_document(Rulebook(position_limits=limits))
    running.agree("set_rulebook", rulebook=document, effective_on="2026-11-25")
    assert reasons_of_agreed(running, NOON + DAY) == ["LINK_BEING_DECIDED"]
    running.system.apply_to_engine(BatchKind.LINKS, running.now, complete(running.now, 0))
    running.agree("set_rulebook", rulebook=document, effective_on="2026-11-26")
    assert reasons_of_agreed(running, NOON + 2 * DAY) == ["NONE"]
