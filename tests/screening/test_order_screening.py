"""Outcomes of orders from those of their parties."""

import asyncio
import datetime
import json
from collections.abc import Sequence

from skontro.model.order import ScreeningOutcome
from skontro.model.party import Party
from skontro.model.payment_details import PaymentDetails
from skontro.model.text import MAX_NAME
from skontro.screening.order_screening import parties_to_screen, screen_orders
from skontro.screening.screener import Screened, Screener
from tests.screening.cuts import DAY, small_list

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


def test_each_order_has_the_outcome_of_its_strictest_party() -> None:
    pool = Pool()
    orders = [[CLEAN], [CLEAN, LISTED], [], [("creditor", CLEAN[1])]]
    screened = asyncio.run(screen_orders(pool, orders, DAY))
    passed, held = ScreeningOutcome.PASSED, ScreeningOutcome.HELD
    assert [one.outcome for one in screened] == [passed, held, held, passed]
    documents = [json.loads(one.evidence) for one in screened]
    assert [one["outcome"] for one in documents] == ["passed", "held", "held", "passed"]
    assert [one["screened"] for one in documents] == [
        ["debtor"],
        ["debtor", "creditor"],
        [],
        ["creditor"],
    ]
    assert [*documents[1]["parties"]] == ["creditor"]
    assert {one["lists"] for one in documents} == {pool.digest}
    assert pool.asked == [4]


def test_a_stale_list_holds_each_order() -> None:
    later = DAY + datetime.timedelta(8)
    [screened] = asyncio.run(screen_orders(Pool(), [[CLEAN]], later))
    assert screened.outcome is ScreeningOutcome.HELD
    reason = "list Small is 8 days old; 7 is the most"
    assert json.loads(screened.evidence)["parties"]["debtor"] == {
        "outcome": "held",
        "reason": reason,
    }


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
    [screened] = asyncio.run(screen_orders(Pool(), [parties[:2]], DAY))
    assert screened.outcome is ScreeningOutcome.HELD
    assert [*json.loads(screened.evidence)["parties"]] == ["remittance_1"]
    assert parties_to_screen(PaymentDetails()) == []
