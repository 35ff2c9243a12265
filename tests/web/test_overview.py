"""The overview: the operator's of the whole system, a bank's of its own part; and its news."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from skontro.model import find_currency
from skontro.service.api.problems import Problem
from skontro.web import live
from skontro.web.live import LivePages, event_of
from skontro.web.overview_content import (
    MAX_ACCOUNTS,
    AccountRow,
    Corridor,
    alarms,
    overview_of,
)
from tests.service.systems import BANKS, TOKENS, LiveSystem, order
from tests.web.conftest import Pages


def test_the_operator_sees_all_and_a_bank_its_own(
    system: LiveSystem, operator: Pages, bank: Pages
) -> None:
    system.bank(0).submit(order(0, 1, "10.00", "KZT"))
    system.bank(1).submit(order(1, 2, "20.00", "RUB"))
    system.bank(0).submit(order(0, 1, "99999.00", "KZT", payment_class="urgent"))
    all_of_it, own = operator.text(), bank.text()
    assert "Settled orders 2 Queued orders 1 National-currency share 50.0 %" in all_of_it
    assert "KZT 1 10.00 99,999.00 1 0 0 30,000.00 0.00" in all_of_it
    assert "KAZ – 100.0 % –" in all_of_it
    for bic in BANKS:
        assert bic in all_of_it
    assert "Settled orders 1 Queued orders 1 Open proposals 0" in own
    assert "KZT 1 10.00 99,999.00 1 0 0 9,990.00 0.00" in own
    assert "RUB 0 0.00 0.00 0 0 0 10,000.00 0.00" in own
    for foreign in (BANKS[1], BANKS[2], "National-currency", "Alarms"):
        assert foreign not in own
    assert "Open Tuesday, 24 November 2026" in all_of_it
    assert "End of day" in own


def test_proposals_are_counted_for_their_side(
    system: LiveSystem, operator: Pages, bank: Pages
) -> None:
    limit = {"kind": "set_net_sender_limit", "participant": BANKS[1], "currency": "KZT"}
    assert system.bank(1).propose(limit | {"amount": "5.00"}).is_success
    assert system.operator().propose({"kind": "suspend", "participant": BANKS[2]}).is_success
    assert "Open proposals 2" in operator.text()
    assert "Open proposals 0" in bank.text()
    assert "Waiting for a second person Suspend a participant Asked by Anna" in operator.text()
    assert "Set a net sender limit" not in operator.text()
    assert "Waiting for a second person" not in bank.text()
    own = Pages(system)
    own.sign_in_with_code(1)
    assert "Set a net sender limit Asked by Person 1 of BBBBKGK0" in own.text()


def test_accounts_that_need_attention_come_first() -> None:
    tenge = find_currency("KZT")
    row = AccountRow("AAAAKZK0", tenge, -30, 100, 30, 2, 35)
    assert (row.cover, row.credit_part, row.queue_part) == (70, 30, 50)
    without = AccountRow("AAAAKZK0", tenge, 0, 0, 0, 1, 5)
    assert (without.cover, without.credit_part, without.queue_part) == (0, 0, 100)
    assert AccountRow("AAAAKZK0", tenge, 10, 3, 0, 9, 99).queue_part == 100
    assert AccountRow("AAAAKZK0", tenge, -1, 3, 1, 0, 0).credit_part == 34


@pytest.mark.parametrize(
    ("national", "shade"), [(0, 0), (9, 0), (10, 1), (55, 5), (99, 9), (100, 9)]
)
def test_shades_follow_the_share(national: int, shade: int) -> None:
    assert Corridor(100, national).shade == shade
    assert Corridor(0, 0).shade == 0


def test_alarms_name_what_is_wrong(system: LiveSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    context = system.service.context
    assert alarms(context) == []
    monkeypatch.setattr(context.sequencer.clock, "trouble", "the clock jumped")
    monkeypatch.setattr(context.sequencer.writer, "reachable", False)
    monkeypatch.setattr(context.screening, "_pool", SimpleNamespace(digest=""))
    found = alarms(context)
    assert [(one.title, one.detail, one.grave) for one in found] == [
        ("The service is not ready", "the database does not answer", True),
        ("The wall clock is not followed", "the clock jumped", True),
        ("No screening engine is ready: orders are held", "", True),
    ]


def test_suspended_participants_and_held_orders_are_alarms() -> None:
    view = SimpleNamespace(screening_holds=3, suspended=("AAAAKZK0", "BBBBKGK0"), in_doubt={})
    sequencer = SimpleNamespace(view=view, clock=SimpleNamespace(trouble=None))
    readiness = SimpleNamespace(why_not=lambda: None)
    screening = SimpleNamespace(lists=None)
    peers = SimpleNamespace(health=list)
    context: Any = SimpleNamespace(
        sequencer=sequencer, readiness=readiness, screening=screening, peers=peers
    )
    assert [(one.detail, one.grave) for one in alarms(context)] == [
        ("3", False),
        ("AAAAKZK0, BBBBKGK0", False),
    ]


def test_further_accounts_are_counted(system: LiveSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = system.service.context.authenticator.holder_of_token(TOKENS[0])
    monkeypatch.setattr("skontro.web.overview_content.MAX_ACCOUNTS", 4)
    monkeypatch.setattr("skontro.web.overview_content.MAX_COUNTRIES", 2)
    found = overview_of(system.service.context, identity)
    assert (len(found.accounts), found.more_accounts) == (4, 2)
    assert found.matrix is not None
    assert (len(found.matrix.countries), found.matrix.left_out) == (2, 1)
    assert MAX_ACCOUNTS == 12


def test_an_event_has_its_content_line_by_line() -> None:
    assert event_of("overview", "a\n\nb") == "event: overview\ndata: a\ndata: \ndata: b\n\n"
    assert event_of("ended", "") == "event: ended\ndata: \n\n"


class Follower:
    """A page that follows the news, without a browser."""

    def __init__(self, pages: LivePages, side: str = "operator") -> None:
        self.view = SimpleNamespace(batch=1)
        sequencer = SimpleNamespace(is_open=True, view=self.view)
        self.sequencer = sequencer
        identity = SimpleNamespace(credential="key:a", side=side, role="operator")
        self.viewer: Any = SimpleNamespace(
            context=SimpleNamespace(sequencer=sequencer), identity=identity, language="en"
        )
        self.made: list[int] = []
        self.pages = pages

    def make(self) -> str:
        self.made.append(self.view.batch)
        return f"batch {self.view.batch}"

    def events(self) -> Any:
        request: Any = None
        return self.pages.follow(request, self.viewer, "overview", self.make).body_iterator


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVENT_SECONDS", 0.001)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.001)


@pytest.mark.usefixtures("quick")
def test_a_page_hears_of_each_change_once_and_of_the_end() -> None:
    pages = LivePages()
    one, other = Follower(pages), Follower(pages)

    async def follow() -> list[str]:
        mine, theirs = one.events(), other.events()
        heard = [await anext(mine), await anext(theirs)]
        one.view.batch = other.view.batch = 5
        heard += [await anext(mine), await anext(theirs)]
        one.sequencer.is_open = other.sequencer.is_open = False
        heard += [event async for event in mine] + [event async for event in theirs]
        return heard

    heard = asyncio.run(follow())
    assert heard == [event_of("overview", f"batch {batch}") for batch in (1, 1, 5, 5)]
    assert one.made == [1, 5]
    assert other.made == []
    assert pages._open == {}


@pytest.mark.usefixtures("quick")
def test_a_page_hears_that_its_session_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ALIVE_SECONDS", 0.0)
    ends = iter([False, True])

    def viewer_of(_request: object, _context: object, *, use: bool) -> None:
        assert not use
        if next(ends):
            raise live.NotSignedIn

    monkeypatch.setattr(live, "viewer_of", viewer_of)
    one = Follower(LivePages())

    async def follow() -> list[str]:
        return [event async for event in one.events()]

    assert asyncio.run(follow()) == [
        event_of("overview", "batch 1"),
        ": alive\n\n",
        event_of("ended", ""),
    ]


@pytest.mark.parametrize("bound", ["MAX_PAGES", "MAX_PAGES_OF_ONE"])
@pytest.mark.usefixtures("quick")
def test_open_pages_are_bounded(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, bound, 2)
    pages = LivePages()

    async def follow() -> None:
        followed = [Follower(pages).events() for _ in range(2)]
        for events in followed:
            await anext(events)
        with pytest.raises(Problem) as refused:
            Follower(pages).events()
        assert refused.value.status == 429
        await followed[0].aclose()
        await anext(Follower(pages).events())

    asyncio.run(follow())
