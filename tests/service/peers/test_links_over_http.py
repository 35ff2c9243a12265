"""Links between two services that speak HTTP with each other."""

import uuid
from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest

from skontro.ledger.keys import read_private_key
from skontro.model import Rounding
from skontro.system.links.conversion import LinkQuote, QuoteSide
from skontro.system.links.phases import Phase
from skontro.system.links.signed_quote import SignedQuote
from skontro.system.links.terms import LinkTerms
from tests.service.linked_services import SYSTEMS
from tests.service.peers.wired import Wired, until, wired_services
from tests.service.systems import BANKS, CURRENCIES, MINUTE, NOON


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    with wired_services(tmp_path_factory.mktemp("wired")) as running:
        yield running


@pytest.mark.long
def test_two_banks_settle_payment_versus_payment(services: Wired) -> None:
    terms = services.terms()
    before = [services.balances(place) for place in range(2)]
    for place in range(2):
        answer = services.instruct(place, terms)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert body["order"]["status"] == "held"
        assert body["order"]["reason"] == "LINK_AWAITED"
        assert body["link"]["phase"] in ("instructed", "matched", "asked")
        assert body["link"]["role"] == ("decider", "follower")[place]
    until(lambda: services.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED])
    after = [services.balances(place) for place in range(2)]
    changes = [
        [now - then for now, then in zip(*pair, strict=True)]
        for pair in zip(after, before, strict=True)
    ]
    assert changes == [[-700, 700, 0], [-90, 90, 0]]
    shown = services.shown(1, terms)
    assert [one["phase"] for one in shown["phases"]] == [
        "instructed",
        "matched",
        "earmarking",
        "prepared",
        "completed",
    ]
    assert shown["in_doubt"] is None
    for live in services.live:
        verified = live.verified()
        assert verified.difference is None, verified.difference


def quoted(services: Wired, place: int, **changed: Any) -> dict[str, Any]:
    """The second bank's quote as its person at one system signs it."""
    fields: dict[str, Any] = {
        "quote": "6b0e2d52-6b6e-4c53-9a0b-00000000000a",
        "takes": QuoteSide(SYSTEMS[0], BANKS[1], CURRENCIES[0]),
        "gives": QuoteSide(SYSTEMS[1], BANKS[1], CURRENCIES[1]),
        "rate": "5.5",
        "rounding": Rounding.UP,
        "most": 1_000,
        "valid_from": NOON,
        "valid_until": NOON + 60 * MINUTE,
    }
    key = read_private_key(services.folders[place] / "keys" / f"{BANKS[1]}-1.pem")
    return SignedQuote.of(LinkQuote(**fields | changed), key).to_document()


@pytest.mark.long
def test_a_conversion_settles_at_the_rate_that_the_market_maker_signed(services: Wired) -> None:
    first, second = services.terms((550,), (100,)).legs
    legs = (first, attrs.evolve(second, payer=BANKS[1], payee=BANKS[0]))
    terms = LinkTerms(str(uuid.uuid4()), SYSTEMS[0], legs, NOON + 60 * MINUTE)

    def instruct(place: int, quote: object) -> httpx.Response:
        body = services.instruction(place, terms) | {"quote": quote}
        return services.live[place].bank(place).send("POST", "/v1/links", body)

    for quote, reason in (
        (quoted(services, 0, rate="5.4"), "AMOUNT_OFF_QUOTE"),
        (quoted(services, 0, most=99), "QUOTE_LIMIT_REACHED"),
        (quoted(services, 0, valid_until=NOON + 59 * MINUTE), "NO_QUOTE"),
        (quoted(services, 1), "NO_QUOTE"),  # signed with the key of its other person
    ):
        answer = instruct(0, quote)
        assert (answer.status_code, answer.json()["reason"]) == (422, reason)
    unread = instruct(0, {"quote": {}})
    assert (unread.status_code, unread.json()["errors"][0]["pointer"]) == (422, "/quote")
    for place in range(2):
        answer = instruct(place, quoted(services, place))
        assert answer.status_code == 201, answer.text
    until(lambda: services.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED])


@pytest.mark.long
@pytest.mark.parametrize("place", [0, 1])
def test_a_held_leg_is_linked_when_two_people_release_it(services: Wired, place: int) -> None:
    holding = services.live[place]
    assert holding.agree({"kind": "set_screening", "screening": "required"}).is_success
    before = [services.balances(number) for number in range(2)]
    terms = services.terms()
    for number in range(2):
        answer = services.instruct(number, terms)
        assert answer.status_code == 201, answer.text
        reason = answer.json()["order"]["reason"]
        assert reason == ("NOT_SCREENED" if number == place else "LINK_AWAITED")
    until(lambda: services.shown(1 - place, terms)["phase"] == "instructed")
    assert [services.balances(number) for number in range(2)] == before
    wish = {"kind": "release_held_order", "uetr": terms.legs[place].uetr}
    assert holding.agree(wish).is_success
    until(lambda: services.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED])
    amounts = (700, 90)
    for number in range(2):
        one = amounts[number]
        changes = [b - a for a, b in zip(before[number], services.balances(number), strict=True)]
        assert changes == [-one, one, 0]
    assert holding.agree({"kind": "set_screening", "screening": "off"}).is_success
    for live in services.live:
        assert live.verified().difference is None


@pytest.mark.long
def test_no_new_link_with_a_silent_peer_is_recorded(services: Wired) -> None:
    terms = services.terms()
    services.wires[1].cut = True
    until(lambda: services.peer(0)["silent"])
    before = services.live[0].service.sequencer.view
    answer = services.instruct(0, terms)
    assert answer.status_code == 503, answer.text
    assert "LINK_PEER_SILENT" in answer.text
    after = services.live[0].service.sequencer.view
    assert (after.open_links, after.held) == (before.open_links, before.held)
    services.wires[1].cut = False
    until(lambda: not services.peer(0)["silent"])
    for place in range(2):
        answer = services.instruct(place, terms)
        assert answer.status_code == 201, answer.text
    until(lambda: services.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED])
