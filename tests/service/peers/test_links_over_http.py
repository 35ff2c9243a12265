"""Links between two services that speak HTTP with each other."""

from collections.abc import Iterator

import pytest

from skontro.system.links.phases import Phase
from tests.service.peers.wired import Wired, until, wired_services


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
