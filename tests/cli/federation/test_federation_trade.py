"""A generated day of real trade among the systems of the federation."""

from collections import Counter
from typing import Any

import httpx
import pytest

from skontro.cli.federation import trade as module
from skontro.cli.federation.payments import DemoPayment
from skontro.cli.federation.systems import DemoSystem, rate_table
from skontro.cli.federation.trade import TradeDay, TradeOutcome, generate_trade, trade_outcome
from skontro.model import parse_amount
from skontro.simulation.generator import GeneratorSettings, generate
from tests.cli.federation.test_federation_systems import NOW, system

SYSTEMS = [system(place) for place in range(3)]
BY_NAME = {one.name: one for one in SYSTEMS}
RATES = rate_table(3)
DIGESTS = {
    (one.name, other.name): f"{place}{at}" * 32
    for place, one in enumerate(SYSTEMS)
    for at, other in enumerate(SYSTEMS)
}
NOW_MICROSECONDS = int(NOW.timestamp() * 1_000_000)


def day_of(count: int = 60, seed: int = 1) -> TradeDay:
    return generate_trade(SYSTEMS, RATES, DIGESTS, count=count, seed=seed, now=NOW_MICROSECONDS)


@pytest.fixture(scope="module")
def day() -> TradeDay:
    return day_of()


def test_all_payments_of_the_generated_day_are_sent_or_counted(day: TradeDay) -> None:
    codes = tuple(one.country.alpha3 for one in SYSTEMS)
    rows = generate(GeneratorSettings(countries=codes, payments_per_day=60, seed=1)).payments
    assert len(day.payments) + len(day.links) + sum(day.third.values()) == len(rows) == 60
    assert min(len(day.payments), len(day.links), len(day.third)) > 0
    sent = Counter[str]()
    for payment in day.payments:
        currency = payment.origin.currency
        sent[currency.code] += parse_amount(payment.body["amount"], currency)
    for terms in day.links:
        sent[terms.legs[1].currency] += terms.legs[1].amount
    total = Counter[str]()
    for row in rows.iter_rows(named=True):
        total[row["currency"]] += row["amount_minor"]
    # Roubles of a day without Russia are in third hands; no national currency here is.
    assert {code: total[code] for code in sent} == sent
    assert day.third.keys() == total.keys() - sent.keys()
    assert [*day.third] == sorted(day.third)


def test_payments_are_in_the_payers_currency(day: TradeDay) -> None:
    for payment in day.payments:
        origin, destination = payment.origin, BY_NAME[payment.body["destination"]]
        assert origin is not destination
        assert payment.body["currency"] == origin.currency.code
        assert payment.body["payer"] in origin.banks[:-1]
        assert payment.body["payee"] in destination.banks[:-1]


def test_conversions_pay_the_payees_currency_from_a_market_maker(day: TradeDay) -> None:
    for terms in day.links:
        first, second = terms.legs
        origin, destination = BY_NAME[first.system], BY_NAME[second.system]
        assert origin is not destination
        assert terms.decider == origin.name
        assert (first.currency, second.currency) == (
            origin.currency.code,
            destination.currency.code,
        )
        assert first.payer in origin.banks[:-1]
        assert (first.payee, second.payer) == (origin.banks[-1], destination.banks[-1])
        assert second.payee in destination.banks[:-1]
        assert (first.contract, second.contract) == ("", DIGESTS[origin.name, destination.name])
        value = RATES.value(second.amount, destination.currency)
        assert first.amount == max(1, RATES.amount(value, origin.currency))
        assert terms.valid_until == NOW_MICROSECONDS + 3_600 * 1_000_000
    uetrs = [leg.uetr for terms in day.links for leg in terms.legs]
    assert len({*uetrs, *(terms.link for terms in day.links)}) == 3 * len(day.links)


def test_several_banks_of_each_country_pay(day: TradeDay) -> None:
    payers = {payment.body["payer"] for payment in day.payments}
    payers |= {terms.legs[0].payer for terms in day.links}
    assert len(payers) > len(SYSTEMS)


def test_the_same_seed_gives_the_same_day(day: TradeDay) -> None:
    assert day_of() == day
    assert day_of(seed=2) != day
    assert day_of(count=0) == TradeDay((), (), {})


class Orders:
    """A service that has these orders, by UETR."""

    def __init__(self, orders: dict[str, tuple[str, str]]) -> None:
        self.orders, self.closed = orders, 0

    def get(self, path: str) -> httpx.Response:
        status, currency = self.orders[path.removeprefix("/v1/orders/")]
        return httpx.Response(200, json={"status": status, "currency": currency})

    def close(self) -> None:
        self.closed += 1


def test_orders_that_are_not_final_or_in_a_third_currency_are_counted(
    day: TradeDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = SYSTEMS
    payment = DemoPayment(first, {"destination": second.name, "uetr": "one"})
    link = next(one for one in day.links if one.systems == (first.name, second.name))
    legs = {leg.system: leg.uetr for leg in link.legs}
    shown: dict[str, dict[str, tuple[str, str]]] = {
        first.name: {"one": ("settled", "KZT"), legs[first.name]: ("settled", "KZT")},
        second.name: {"one": ("settled", "KZT"), legs[second.name]: ("settled", "KGS")},
    }
    services: dict[str, Any] = {}

    def operator(one: DemoSystem) -> Any:
        services[one.name] = Orders(shown.get(one.name, {}))
        return services[one.name]

    monkeypatch.setattr(module, "operator", operator)
    some = TradeDay((payment,), (link,), {})
    assert trade_outcome(SYSTEMS, some) == TradeOutcome(4, 4, 0)
    assert [one.closed for one in services.values()] == [1, 1, 1]
    shown[second.name]["one"] = ("queued", "RUB")
    shown[first.name][legs[first.name]] = ("settled", "USD")
    assert trade_outcome(SYSTEMS, some) == TradeOutcome(4, 3, 2)
