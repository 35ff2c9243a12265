"""Systems and days of the federation that is demonstrated, without their services."""

import datetime
import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import skontro.cli.federation.day as federation_day
from skontro.cli.federation.day import Day, all_links, answered, generate_day
from skontro.cli.federation.processes import free_ports
from skontro.cli.federation.systems import (
    COUNTRIES,
    DemoSystem,
    contract_of,
    make_system,
    morning_zone,
    rate_table,
)
from skontro.files.system_rules import read_system
from skontro.ledger.keys import public_text, read_private_key
from skontro.model import InputError, find_country, find_currency, parse_amount
from skontro.system.links.contract import CLOSES_FIRST

NOW = datetime.datetime(2026, 11, 28, 3, 30, tzinfo=datetime.UTC)
TIME = 1_795_780_800_000_000


def system(place: int) -> DemoSystem:
    """A system whose folder is not there."""
    country, code, _ = COUNTRIES[place]
    found = find_country(country)
    return DemoSystem(f"{found.alpha2}-RTGS", found, find_currency(code), Path("none"), place + 1)


def day(count: int = 3, **fields: Any) -> Day:
    systems = [system(place) for place in range(count)]
    names = [one.name for one in systems]
    digests = {pair: "".join(pair).encode().hex().zfill(64) for pair in product(names, names)}
    values: dict[str, Any] = {"payments": 40, "links": 7, "seed": 1, "now": TIME}
    return generate_day(systems, rate_table(count), digests, **{**values, **fields})


@pytest.mark.parametrize("hour", range(24))
def test_it_is_morning_in_every_system(hour: int) -> None:
    now = NOW.replace(hour=hour)
    assert now.astimezone(ZoneInfo(morning_zone(now))).hour == 10


def test_countries_are_different() -> None:
    for values in zip(*[(one[0], one[1]) for one in COUNTRIES], strict=True):
        assert len({*values}) == 10
    for country, code, _ in COUNTRIES:
        assert find_country(country).issues(find_currency(code), NOW.date())


def test_a_system_is_written_with_its_keys_and_contracts(tmp_path: Path) -> None:
    one, other = (make_system(place, tmp_path, 7000 + place, NOW, 2) for place in range(2))
    assert (one.name, other.name) == ("KZ-RTGS", "KG-RTGS")
    assert (one.folder, one.url) == (tmp_path / "KZ-RTGS", "http://127.0.0.1:7000")
    rules = read_system(one.folder)
    accounts = {(each.bic, each.currency.code): each for each in rules.directory.accounts}
    assert {key: each.opening_balance for key, each in accounts.items()} == {
        # A thousand million dollars at 500 KZT each, and nothing on the other accounts:
        **{(bic, "KZT"): 50_000_000_000_000 for bic in one.banks},
        # the account for earmarks, the vostro of the other country,
        (one.central_bank, "KZT"): 0,
        (other.central_bank, "KZT"): 0,
        # what banks hold at the other country, and the nostro that it mirrors.
        **{(bic, "KGS"): 0 for bic in (*one.banks, one.central_bank)},
        # and those of joint cycles: for clearing here, and of the other country as a member.
        **{(one.clearing, code): 0 for code in ("KZT", "KGS")},
        (other.member, "KZT"): 0,
    }
    lines = {key: each.credit_line for key, each in accounts.items() if each.credit_line}
    assert lines == {
        (one.central_bank, "KGS"): 870_000_000_000,
        (one.clearing, "KGS"): 870_000_000_000,
        (other.member, "KZT"): 5_000_000_000_000,
    }
    assert rules.directory.participant(other.central_bank).country == other.country
    assert rules.calendar.time_zone == morning_zone(NOW)
    assert all(bic.endswith("X0") for bic, _ in accounts)
    contract = contract_of(one, other)
    assert contract == contract_of(other, one)
    assert contract.decider == CLOSES_FIRST
    side = contract.side("KG-RTGS")
    assert side.public_key == public_text(read_private_key(other.folder / "signing.key"))
    assert {officer.name for officer in side.officers} == {
        "Officer 1 of KG-RTGS",
        "Officer 2 of KG-RTGS",
    }
    [linked] = side.currencies
    assert (linked.currency, linked.earmark_account) == ("KGS", "DECBKGX0")
    assert (linked.vostro_account, linked.nostro_account) == ("DECBKZX0", "DECBKZX0")
    assert linked.cap == 870_000_000_000


def test_the_same_seed_draws_the_same_day() -> None:
    assert day() == day()
    assert day().links != day(seed=2).links


def test_payments_are_inside_each_country() -> None:
    drawn = day()
    for place in range(3):
        one = system(place)
        orders = [
            order
            for (name, payer), some in drawn.payments.items()
            if name == one.name
            for order in some
            if order["payer"] == payer
        ]
        assert len(orders) == 40
        assert {order["currency"] for order in orders} == {one.currency.code}
        for order in orders:
            assert order["payer"] != order["payee"]
            assert {order["payer"], order["payee"]} < {*one.banks}
            assert parse_amount(order["amount"], one.currency) > 0
    uetrs = [order["uetr"] for some in drawn.payments.values() for order in some]
    assert len({*uetrs}) == 120


def test_every_third_link_is_over_three_systems() -> None:
    drawn = day()
    assert [len(terms.legs) for terms in drawn.links] == [2, 2, 3, 2, 2, 3, 2]
    assert [len(terms.legs) for terms in day(2).links] == [2] * 7
    assert len({terms.link for terms in drawn.links}) == 7
    for terms in drawn.links:
        first = terms.legs[0].system
        assert terms.valid_until == TIME + 3_600_000_000
        for leg in terms.legs[1:]:
            assert leg.contract == (first + leg.system).encode().hex().zfill(64)
        values = {
            round(rate_table(3).value(leg.amount, find_currency(leg.currency)) / 10)
            for leg in terms.legs
        }
        assert max(values) - min(values) <= 1


def test_ten_systems() -> None:
    deciders = Counter(terms.decider for terms in day(10, links=200, payments=0).links)
    assert len(deciders) == 10


def test_ports_are_different() -> None:
    assert len({*free_ports(5)}) == 5


class _Answer:
    def __init__(self, status: int, content: Any) -> None:
        self.status_code, self.text, self._content = status, "not now", content
        self.is_success = status < 400

    def json(self) -> Any:
        return self._content


def test_all_pages_of_links_are_read() -> None:
    pages = {0: {"links": [1, 2], "next": 100}, 100: {"links": [3], "next": None}}

    class Client:
        def get(self, path: str, *, after: int, limit: int) -> _Answer:
            assert (path, limit) == ("/v1/links", 100)
            return _Answer(200, pages[after])

    assert all_links(Client()) == [1, 2, 3]  # type: ignore[arg-type]


def test_a_link_is_sent_again_while_a_peer_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(federation_day, "_PAUSE_SECONDS", 0)
    statuses, keys = [503, 503, 201], []

    class Client:
        def send(self, method: str, path: str, body: Any, key: str) -> _Answer:
            assert (method, path, body) == ("POST", "/v1/links", {"a": 1})
            keys.append(key)
            return _Answer(statuses[len(keys) - 1], {})

    federation_day.instruct(Client(), federation_day.LINKS, {"a": 1})  # type: ignore[arg-type]
    # One id, so that a repetition that was taken after all has no second effect.
    assert len(keys) == 3
    assert len({*keys}) == 1
    statuses[:] = [409]
    keys.clear()
    with pytest.raises(InputError, match="409"):
        federation_day.instruct(Client(), federation_day.LINKS, {"a": 1})  # type: ignore[arg-type]
    monkeypatch.setattr(federation_day, "_END_SECONDS", -1)
    statuses[:] = [503]
    keys.clear()
    with pytest.raises(InputError, match="503"):
        federation_day.instruct(Client(), federation_day.LINKS, {"a": 1})  # type: ignore[arg-type]


def test_refusals_are_told() -> None:
    assert answered(_Answer(201, 7)) == 7
    with pytest.raises(InputError, match=r"the service refused \(409\): not now"):
        answered(_Answer(409, None))


def test_the_example_of_peers_has_the_other_nine_systems() -> None:
    folder = Path(__file__).parents[3] / "deploy" / "federation"
    peers = json.loads((folder / "peers.json.example").read_text(encoding="utf-8"))
    names = {system(place).name for place in range(10)}
    assert {*peers} == names - {"KZ-RTGS"}
    assert peers == {name: f"https://rtgs.{name[:2].lower()}.example" for name in peers}
