"""Outcomes of orders from those of their parties."""

import asyncio
import datetime
import json
from collections.abc import Sequence
from hashlib import sha256

from skontro.model.order import ScreeningOutcome
from skontro.model.party import Party
from skontro.model.payment_details import PaymentDetails
from skontro.model.text import MAX_NAME
from skontro.screening.order_screening import ScreenedOrder, parties_to_screen, screen_orders
from skontro.screening.screener import Screened, Screener
from tests.screening.cuts import DAY, small_list

#: By account.
PARTICIPANTS = {7: Party("Bank Seven"), 8: Party("Bank Eight"), 9: Party("Ana Kim")}
CLEAN, LISTED = ("debtor", Party(name="Peter Smith")), ("creditor", Party(name="Anna Kimm"))


class Pool:
    def __init__(self) -> None:
        self.asked: list[int] = []
        self.screener = Screener([small_list("Anna Kim")])

    @property
    def digest(self) -> str:
        return self.screener.digest

    async def screen(self, parties: Sequence[Party], today: datetime.date) -> list[Screened]:
        self.asked.append(len(parties))
        return self.screener.screen(parties, today)


def screened(
    pool: Pool,
    named: Sequence[Sequence[tuple[str, Party]]],
    *sides: tuple[int, int],
    today: datetime.date = DAY,
) -> list[ScreenedOrder]:
    used = {number: PARTICIPANTS[number] for pair in sides for number in pair}
    return asyncio.run(screen_orders(pool, named, sides, used, today))


def test_each_order_has_the_outcome_of_its_strictest_party() -> None:
    pool = Pool()
    named = [[CLEAN], [CLEAN, LISTED], [], [("creditor", CLEAN[1])], [CLEAN], [CLEAN]]
    found = screened(pool, named, (7, 8), (8, 7), (7, 7), (7, 8), (7, 9), (9, 8))
    passed, held = ScreeningOutcome.PASSED, ScreeningOutcome.HELD
    assert [one.outcome for one in found] == [passed, held, passed, passed, held, held]
    documents = [json.loads(one.evidence) for one in found]
    assert [one["outcome"] for one in documents] == [one.outcome.name.lower() for one in found]
    assert [one["screened"] for one in documents] == [
        ["debtor", "payer", "payee"],
        ["debtor", "creditor", "payer", "payee"],
        ["payer", "payee"],
        ["creditor", "payer", "payee"],
        ["debtor", "payer", "payee"],
        ["debtor", "payer", "payee"],
    ]
    assert [[*one.get("parties", {})] for one in documents] == [
        [],
        ["creditor"],
        [],
        [],
        ["payee"],
        ["payer"],
    ]
    assert documents[1]["parties"]["creditor"]["hits"][0]["matched"] == "Anna Kim"
    assert {one["lists"] for one in documents} == {pool.digest}
    assert [one.digest for one in found] == [sha256(one.evidence).digest() for one in found]
    assert pool.asked == [9]  # six that orders name, and each participant once


def test_a_request_without_orders_asks_about_nobody() -> None:
    assert screened(Pool(), []) == []


def test_a_stale_list_holds_each_order() -> None:
    later = DAY + datetime.timedelta(8)
    [found] = screened(Pool(), [[CLEAN]], (7, 8), today=later)
    assert found.outcome is ScreeningOutcome.HELD
    reason = "list Small is 8 days old; 7 is the most"
    held = {"outcome": "held", "reason": reason}
    assert json.loads(found.evidence)["parties"] == {"debtor": held, "payer": held, "payee": held}


def test_names_in_structured_remittance_are_screened_too() -> None:
    lines = (
        "Invoice 7 of Peter Smith/Nm",
        "RmtInf/Strd/Invcr/Nm= Anna Kim ",
        "RmtInf/Strd/RfrdDocInf/Nb=Anna Kim",
        "RmtInf/Strd/Invcee/Nm=",
        f"RmtInf/Strd/GrnshmtRmt/Grnshee/Nm={'A=b' * 88}",
    )
    details = PaymentDetails(remittance=lines, parties=(CLEAN,))
    parties = parties_to_screen(details)
    assert parties == [
        CLEAN,
        ("remittance_1", Party("Anna Kim")),
        ("remittance_2", Party(("A=b" * 88)[:MAX_NAME])),
    ]
    [found] = screened(Pool(), [parties[:2]], (7, 8))
    assert found.outcome is ScreeningOutcome.HELD
    assert [*json.loads(found.evidence)["parties"]] == ["remittance_1"]
    assert parties_to_screen(PaymentDetails(parties=(CLEAN,))) == [CLEAN]
    assert parties_to_screen(PaymentDetails()) == []
