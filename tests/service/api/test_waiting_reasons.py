"""How often the engine is asked why orders wait, and who sees which proposals."""

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from skontro.engine import WHY
from skontro.ledger.order_records import ORDER, STATUSES
from skontro.model import ReasonCode
from skontro.service.api import waiting_reasons
from skontro.service.api.order_schemas import WaitingForOut
from skontro.service.api.problems import Problem
from skontro.service.api.proposals import _visible
from skontro.service.api.waiting_reasons import ask, explain
from skontro.service.auth.credentials import Identity
from skontro.system import OPERATOR

BANK = Identity("Person", "AAAAKZK0", 0, "participant")
COVER, RUN = int(ReasonCode.INSUFFICIENT_LIQUIDITY), int(ReasonCode.AWAITS_RUN)


def orders(*statuses: str) -> Any:
    """Orders with these statuses, numbered from 0 on."""
    rows = np.zeros(len(statuses), ORDER)
    rows["status"] = [STATUSES.index(status) for status in statuses]  # type: ignore[arg-type]
    rows["number"] = np.arange(len(statuses))
    return rows


class Context:
    """An order index, and an engine that answers with the reasons that it is given, one a time."""

    def __init__(self, rows: Any, *answers: Any) -> None:
        self.rows, self.answers, self.asked = rows, [*answers], list[list[int]]()
        self.mapper = SimpleNamespace(
            order_index=SimpleNamespace(at=lambda at: self.rows[at].copy())
        )

    async def ask(self, query: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return query(SimpleNamespace(engine=SimpleNamespace(why_waiting=self._why(answer))))

    def _why(self, reasons: list[Any]) -> Any:
        def why_waiting(numbers: list[int]) -> Any:
            self.asked.append(numbers)
            whys = np.zeros(len(numbers), WHY)
            for why, reason in zip(whys, reasons, strict=True):
                why["reason"], why["is_held"] = reason if isinstance(reason, tuple) else (reason, 0)
            return whys

        return why_waiting


def explained(context: Any, count: int) -> list[int]:
    found = asyncio.run(explain(context, np.arange(count)))
    assert len(found.orders) == len(found.whys) == count
    return [int(reason) for reason in found.whys["reason"]]


def test_only_orders_that_wait_in_settlement_are_asked_about() -> None:
    rows = orders("queued", "settled", "queued", "held", "warehoused")
    rows["number"][2] = -1
    context = Context(rows, [COVER, (RUN, True)])
    assert explained(context, 5) == [COVER, 0, 0, RUN, 0]
    assert context.asked == [[0, 3]]
    settled = Context(orders("settled"))
    assert explained(settled, 1) == [0]
    assert settled.asked == []


def test_an_earmarked_order_waits_for_its_link() -> None:
    link = int(ReasonCode.LINK_AWAITED)
    context = Context(orders("earmarked", "returned", "held"), [link, (link, True)])
    assert explained(context, 3) == [link, 0, link]
    assert context.asked == [[0, 2]]
    assert waiting_reasons.KINDS[ReasonCode.LINK_AWAITED] == "link"
    assert [STATUSES[status] for status in waiting_reasons._WAITING] == [
        "held",
        "queued",
        "earmarked",
    ]


def test_every_kind_of_obstacle_is_in_the_schema() -> None:
    [kinds] = [WaitingForOut.model_fields["kind"].annotation.__args__]  # type: ignore[union-attr]
    assert {*waiting_reasons.KINDS.values()} == {*kinds}


def test_it_is_asked_three_times_at_most_and_not_again_where_it_is_known() -> None:
    context = Context(orders("queued", "queued"), [COVER, 0], [0], [0], [COVER])
    assert explained(context, 2) == [COVER, 0]
    assert context.asked == [[0, 1], [1], [1]]
    known = Context(orders("queued"), [COVER], [COVER])
    assert explained(known, 1) == [COVER]
    assert known.asked == [[0]]


def test_an_order_that_is_held_or_queued_since_is_asked_about_again() -> None:
    context = Context(orders("held", "queued"), [COVER, (RUN, True)], [(RUN, True), COVER])
    assert explained(context, 2) == [RUN, COVER]
    assert context.asked == [[0, 1], [0, 1]]


def test_orders_are_as_they_stand_after_the_answer() -> None:
    context: Any = Context(orders("queued"), [0], [0])

    def at(where: Any) -> Any:
        rows = context.rows[where].copy()
        context.rows = orders("settled")
        return rows

    context.mapper.order_index.at = at
    found = asyncio.run(explain(context, np.arange(1)))
    assert [STATUSES[int(status)] for status in found.orders["status"]] == ["settled"]
    assert context.asked == [[0]]


@pytest.mark.parametrize("error", [TimeoutError(), Problem(503, "a", "b")])
def test_what_cannot_be_found_out_is_not_said(error: Exception) -> None:
    context: Any = Context(orders("queued"), error)
    assert explained(context, 1) == [0]
    context.answers = [error]
    assert asyncio.run(ask(context, [0])) is None


def test_an_engine_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_reasons, "_PATIENCE", 0.001)

    async def never(_question: Any) -> Any:
        await asyncio.sleep(30)

    context: Any = SimpleNamespace(ask=never)
    assert asyncio.run(ask(context, [0])) is None


def test_proposals_are_seen_by_their_side_and_the_operator_until_they_lapse() -> None:
    def proposal(number: int, side: str, lapses_at: int) -> Any:
        person = SimpleNamespace(side=side)
        return SimpleNamespace(number=number, person=person, lapses_at=lapses_at)

    view = SimpleNamespace(
        time=100,
        proposals=[
            proposal(1, BANK.side, 100),
            proposal(2, BANK.side, 101),
            proposal(3, OPERATOR, 101),
        ],
        agreed=[proposal(4, BANK.side, 7), proposal(5, "OTHERKZK", 7)],
    )
    context: Any = SimpleNamespace(sequencer=SimpleNamespace(view=view))

    def seen(identity: Identity) -> list[tuple[int, str]]:
        return [(one.number, status) for one, status in _visible(context, identity)]

    assert seen(BANK) == [(2, "open"), (4, "agreed")]
    assert seen(Identity("Vera", OPERATOR, -1, "viewer")) == [
        (2, "open"),
        (3, "open"),
        (4, "agreed"),
        (5, "agreed"),
    ]
