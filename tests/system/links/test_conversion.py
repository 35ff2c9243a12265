"""Conversions on the way: the exact price of a quote, and terms that are at it or not."""

import json
from typing import Any

import attrs
import pytest

from skontro.model import MAX_AMOUNT, InputError, ReasonCode, Rounding
from skontro.system.links.conversion import LinkQuote, QuoteSide, refusal_of_conversion
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms
from tests.service.systems import MINUTE, NOON
from tests.system.links.linked_systems import Linked

QUOTE = "6b0e2d52-6b6e-4c53-9a0b-00000000000a"
TAKES = QuoteSide("KZ-RTGS", "BBBBKZKB", "KZT")
GIVES = QuoteSide("KG-RTGS", "AAAAKG22", "KGS")
END = NOON + 60 * MINUTE


def quoted(**changed: Any) -> LinkQuote:
    fields: dict[str, Any] = {
        "quote": QUOTE,
        "takes": TAKES,
        "gives": GIVES,
        "rate": "5.4321",
        "rounding": Rounding.UP,
        "most": 100_000,
        "valid_from": NOON,
        "valid_until": END,
    }
    return LinkQuote(**fields | changed)


def test_a_conversion_at_the_quote_settles_both_legs() -> None:
    linked, quote = Linked(), quoted()
    assert quote.price(90) == 489
    terms = linked.terms(489, 90, until=END)
    assert refusal_of_conversion(terms, quote, linked[0].now) == ReasonCode.NONE
    linked.instruct(terms)
    linked.deliver()
    assert linked.phases(terms) == [Phase.COMMITTED, Phase.COMPLETED]
    assert linked[0].balances[:2] == [999_511, 1_000_489]
    assert linked[1].balances[:2] == [999_910, 1_000_090]


@pytest.mark.parametrize(
    ("rounding", "price"),
    [(Rounding.UP, 489), (Rounding.DOWN, 488), (Rounding.HALF_UP, 489), (Rounding.HALF_EVEN, 489)],
)
def test_the_named_rounding_is_applied_once(rounding: Rounding, price: int) -> None:
    assert quoted(rounding=rounding).price(90) == price  # 488.889


def test_prices_are_exact_whatever_the_decimals_of_the_currencies() -> None:
    yen = quoted(takes=QuoteSide("JP-RTGS", "BBBBJPJT", "JPY"), rate="1.5", rounding=Rounding.DOWN)
    assert [yen.price(one) for one in (100, 199, 200)] == [1, 2, 3]
    dinar = quoted(gives=QuoteSide("KW-RTGS", "BBBBKWKW", "KWD"), rate="1500.123456789")
    assert dinar.price(1_000) == 150_013
    assert dinar.price(10**15) == 150_012_345_678_900_000
    assert quoted(rate="0.1", rounding=Rounding.HALF_EVEN).price(25) == 2
    assert quoted(rate="0.1", rounding=Rounding.HALF_UP).price(25) == 3


def terms_of(linked: Linked, *amounts: int, **fields: Any) -> LinkTerms:
    return linked.terms(*(amounts or (489, 90)), until=fields.pop("until", END), **fields)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ReasonCode.NONE),
        ({"most": 90}, ReasonCode.NONE),
        ({"most": 89}, ReasonCode.QUOTE_LIMIT_REACHED),
        ({"rate": "5.44"}, ReasonCode.AMOUNT_OFF_QUOTE),
        ({"rounding": Rounding.DOWN}, ReasonCode.AMOUNT_OFF_QUOTE),
        ({"valid_until": END - 1}, ReasonCode.NO_QUOTE),
        ({"valid_until": END + 1}, ReasonCode.NONE),
        ({"valid_from": NOON + 1}, ReasonCode.NONE),
        ({"valid_from": NOON + 2}, ReasonCode.NO_QUOTE),
        ({"takes": attrs.evolve(TAKES, market_maker="AAAAKZKA")}, ReasonCode.NO_QUOTE),
        ({"gives": attrs.evolve(GIVES, market_maker="BBBBKG22")}, ReasonCode.NO_QUOTE),
        ({"takes": attrs.evolve(TAKES, system="UZ-RTGS")}, ReasonCode.NO_QUOTE),
        ({"takes": attrs.evolve(TAKES, currency="UZS")}, ReasonCode.NO_QUOTE),
        ({"gives": attrs.evolve(GIVES, system="UZ-RTGS")}, ReasonCode.NO_QUOTE),
        ({"gives": attrs.evolve(GIVES, currency="UZS")}, ReasonCode.NO_QUOTE),
    ],
)
def test_terms_off_the_quote_are_refused(change: dict[str, Any], reason: ReasonCode) -> None:
    assert refusal_of_conversion(terms_of(Linked()), quoted(**change), NOON + 1) == reason


def test_time_and_other_legs_are_checked() -> None:
    quote, terms = quoted(), terms_of(Linked())
    for time, reason in (
        (NOON - 1, ReasonCode.NO_QUOTE),
        (NOON, ReasonCode.NONE),
        (END, ReasonCode.NONE),
        (END + 1, ReasonCode.NO_QUOTE),
    ):
        assert refusal_of_conversion(terms, quote, time) == reason
    three = terms_of(Linked(3), 489, 90, 5)
    assert refusal_of_conversion(three, quote, NOON) == ReasonCode.NO_QUOTE
    off = [terms_of(Linked(), *amounts) for amounts in ((488, 90), (490, 90))]
    found = {refusal_of_conversion(one, quote, NOON) for one in off}
    assert found == {ReasonCode.AMOUNT_OFF_QUOTE}


def test_a_quote_survives_its_document() -> None:
    quote = quoted(rounding=Rounding.HALF_EVEN)
    document = json.loads(json.dumps(quote.to_document()))
    assert LinkQuote.from_document(document) == quote
    assert LinkQuote.from_document(document).digest == quote.digest
    assert document == {
        "format": "skontro link quote 1",
        "quote": QUOTE,
        "takes": {"system": "KZ-RTGS", "market_maker": "BBBBKZKB", "currency": "KZT"},
        "gives": {"system": "KG-RTGS", "market_maker": "AAAAKG22", "currency": "KGS"},
        "rate": "5.4321",
        "rounding": "half_even",
        "most": "1000.00",
        "valid_from": NOON,
        "valid_until": END,
    }
    assert quoted(rate="5.4322").digest != quoted().digest


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"quote": "a"}, "quote: must be a lower-case UUID"),
        *(
            ({"rate": rate}, "rate: must be a decimal number above zero")
            for rate in ("0", "05", "5.0", "5.", ".5", "-1", "1e3", "0.0", "NaN")
        ),
        ({"rate": 5}, "rate: must be text"),
        ({"gives": attrs.evolve(GIVES, system="KZ-RTGS")}, "gives: it is in the system"),
        ({"gives": attrs.evolve(GIVES, currency="KZT")}, "gives: it has the currency"),
        ({"most": 0}, "most: 0 minor units"),
        ({"most": MAX_AMOUNT + 1}, "most: "),
        ({"most": True}, "most: "),
        ({"valid_from": -1}, "valid_from: "),
        ({"valid_until": NOON - 1}, "valid_until: it comes before"),
        ({"valid_until": 2**53}, "valid_until: "),
    ],
)
def test_malformed_quotes_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        quoted(**fields)


def test_limits_of_a_quote_may_be_reached() -> None:
    assert quoted(most=1).most == 1
    assert quoted(most=MAX_AMOUNT).most == MAX_AMOUNT
    assert quoted(valid_until=NOON).valid_until == NOON
    assert quoted(rate="0.1").rate == "0.1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "x"}, "format: must be 'skontro link quote 1'"),
        ({"extra": 1}, "quote: .*extra"),
        ({"takes": {}}, "takes: system is missing"),
        ({"gives": {**attrs.asdict(GIVES), "system": "kg"}}, "gives: system: "),
        ({"gives": {**attrs.asdict(GIVES), "market_maker": "b"}}, "gives: market_maker: "),
        ({"takes": {**attrs.asdict(TAKES), "currency": "XXX"}}, "takes: currency: "),
        ({"rounding": "nearest"}, "rounding: must be one of half_even, half_up, down, up"),
        ({"rounding": 1}, "rounding: must be text"),
        ({"most": 7}, "most: must be text"),
    ],
)
def test_other_documents_are_no_quotes(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        LinkQuote.from_document(quoted().to_document() | change)
