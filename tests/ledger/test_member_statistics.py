"""Settled value in the records of members: counted once, signed, and read back strictly."""

import datetime
import json
from typing import Any

import attrs
import pytest

from skontro.ledger.member_statistics import MemberStatistics, SettledValue
from skontro.ledger.settled_turnover import SettledTurnover, value_of_link
from skontro.model import InputError
from skontro.model.text import canonical_text
from skontro.system.batch import OUTSIDE, POSTING
from tests.ledger.linked_records import RecordedLinks
from tests.system.links.linked_systems import NOON, record_key

DATE = datetime.datetime.fromtimestamp(NOON / 1_000_000, datetime.UTC).date()
KEY = record_key("KZ-RTGS")
PUBLIC = KEY.public_key().public_bytes_raw().hex()
ROW = SettledValue(DATE, "KAZ", "KGZ", "KZT", 2, 2**63)


def statistics_of(linked: RecordedLinks, place: int, key: str = PUBLIC) -> MemberStatistics:
    """The statistics of a country's record."""
    turnover = SettledTurnover()
    country = linked[place]
    linked.record(country)
    system = type(country.system)(country.rules)
    for other in linked.countries:
        if other is not country:
            system.link_contracts.put(other.id, linked.contracts[country.id, other.id])
    for entry in linked.entries[country.id]:
        system.replay(entry.batch)
        turnover.observe(entry, [], system)
    return turnover.statistics(key)


def made(**fields: Any) -> MemberStatistics:
    values = {"system": "KZ-RTGS", "batch": 7, "head": "ab" * 32, "countries": ("KAZ", "KGZ")}
    return MemberStatistics(**{**values, "rows": [ROW], "public_key": PUBLIC, **fields})


def test_orders_and_links_are_counted_each_once() -> None:
    linked = RecordedLinks()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    linked.deliver()
    linked[0].pay(5)
    linked[0].pay(6, 1, 0)
    linked[1].pay(7)
    first, second = (statistics_of(linked, place) for place in range(2))
    assert first.rows == (
        SettledValue(DATE, "KAZ", "KAZ", "KZT", 2, 11),
        SettledValue(DATE, "KAZ", "KGZ", "KZT", 1, 700),
    )
    assert second.rows == (SettledValue(DATE, "KGZ", "KGZ", "KGS", 1, 7),)
    assert (first.system, second.system) == ("KZ-RTGS", "KG-RTGS")
    assert (first.countries, second.countries) == (("KAZ",), ("KGZ",))
    entry = linked.entries["KZ-RTGS"][-1]
    assert (first.batch, first.head) == (entry.number, entry.hash.hex())


def test_an_earmark_is_not_settled_value() -> None:
    linked = RecordedLinks()
    terms = linked.terms(700, 90)
    linked.instruct(terms)
    for _ in range(4):
        waiting, linked.waiting = linked.waiting, []
        linked.poll()
        for addressee, proof in waiting:
            linked.turn([one.id for one in linked.countries].index(addressee), proofs=(proof,))
    assert statistics_of(linked, 1).rows == ()


def test_liquidity_from_outside_is_not_settled_value() -> None:
    linked = RecordedLinks()
    linked[0].pay(5)
    linked.record(linked[0])
    entry = linked.entries["KZ-RTGS"][-1]
    rows = entry.batch.postings.copy()
    assert rows.dtype == POSTING
    for side in ("debit", "credit"):
        changed = rows.copy()
        changed[side] = OUTSIDE
        turnover = SettledTurnover()
        batch = attrs.evolve(entry.batch, postings=changed)
        turnover.observe(attrs.evolve(entry, batch=batch), [], linked[0].system)
        assert turnover.statistics(PUBLIC).rows == ()


def test_a_link_counts_with_its_least_national_leg() -> None:
    linked = RecordedLinks(3)
    terms = linked.terms(700, 90, 40)
    assert value_of_link(terms, DATE) == (("KAZ", "KGZ"), "KZT", 700)
    dollars = attrs.evolve(terms.legs[2], currency="USD", amount=31)
    other = attrs.evolve(terms, legs=(*terms.legs[:2], dollars))
    assert value_of_link(other, DATE) == (("KAZ", "KGZ"), "USD", 31)
    # A currency is national where any party's country issues it.
    somoni = attrs.evolve(terms.legs[1], currency="UZS", amount=32)
    assert value_of_link(
        attrs.evolve(terms, legs=(terms.legs[0], somoni, terms.legs[2])), DATE
    ) == (
        ("KAZ", "KGZ"),
        "KZT",
        700,
    )


def test_several_own_legs_are_added() -> None:
    linked = RecordedLinks()
    terms = linked.terms(700, 90)
    second = attrs.evolve(terms.legs[0], uetr="8f0a2c64-2f5e-4b1a-9a53-0d3c8c2f6b01", amount=1)
    both = attrs.evolve(terms, legs=(terms.legs[0], second, terms.legs[1]))
    assert value_of_link(both, DATE) == (("KAZ", "KGZ"), "KZT", 701)


def test_statistics_need_a_batch() -> None:
    with pytest.raises(InputError, match="no batch"):
        SettledTurnover().statistics(PUBLIC)


def test_a_signed_document_is_read_back() -> None:
    earlier = attrs.evolve(ROW, date=DATE - datetime.timedelta(1))
    one = made(rows=[ROW, earlier])
    assert one.rows == (earlier, ROW)
    document = one.signed(KEY)
    assert MemberStatistics.check(json.loads(json.dumps(document))) == one
    assert json.loads(document["statistics"])["rows"][1] == [
        str(DATE),
        "KAZ",
        "KGZ",
        "KZT",
        2,
        str(2**63),
    ]


def test_only_the_key_of_the_record_signs() -> None:
    with pytest.raises(InputError, match="record of KZ-RTGS was signed with another key"):
        made().signed(record_key("KG-RTGS"))


def resigned(text: str) -> dict[str, Any]:
    return {"statistics": text, "public_key": PUBLIC, "signature": KEY.sign(text.encode()).hex()}


def test_other_signatures_are_refused() -> None:
    document = made().signed(KEY)
    other = record_key("KG-RTGS").public_key().public_bytes_raw().hex()
    for change in (
        {"statistics": document["statistics"].replace("KGZ", "KAZ")},
        {"public_key": other},
        {"signature": "00" * 64},
    ):
        with pytest.raises(InputError, match="signature: it is not that of the key"):
            MemberStatistics.check(document | change)
    for change, text in (
        ({"signature": "x"}, "hexadecimal"),
        ({"public_key": "AB"}, "public_key"),
        ({"more": 1}, "'more' is no field"),
    ):
        with pytest.raises(InputError, match=text):
            MemberStatistics.check(document | change)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"format": "other"}, "format: must be"),
        ({"rows": {}}, "rows and countries must be lists"),
        ({"countries": "KAZ"}, "rows and countries must be lists"),
        ({"countries": ["XXX"]}, "ISO 3166"),
        ({"head": "ab"}, "head: "),
        ({"batch": -1}, "batch: "),
        ({"rows": [1]}, "row 1: must be a list of six values"),
        ({"rows": [[str(DATE), "KAZ", "KGZ", "KZT", 2]]}, "row 1: must be a list of six"),
        ({"rows": [["24.11.2026", "KAZ", "KGZ", "KZT", 2, "1"]]}, "row 1: the date or the total"),
        ({"rows": [[str(DATE), "KAZ", "KGZ", "KZT", 2, "1.5"]]}, "row 1: the date or the total"),
        ({"rows": [[str(DATE), "KAZ", "KGZ", "KZT", 2, "-1"]]}, "row 1: the total is negative"),
        ({"rows": [[str(DATE), "KAZ", "KGZ", "KZT", 0, "1"]]}, "row 1: must be a whole number"),
        ({"rows": [[str(DATE), "KAZ", "KGZ", "ABC", 1, "1"]]}, "ABC"),
        ({"rows": [[str(DATE), "KAZ", "KGZ", "KZT", 1, "01"]]}, "not in their canonical form"),
    ],
)
def test_malformed_statistics_are_refused(change: dict[str, Any], text: str) -> None:
    document = json.loads(made().to_bytes()) | change
    with pytest.raises(InputError, match=text):
        MemberStatistics.check(resigned(canonical_text(document)))


def test_text_that_is_not_canonical_is_refused() -> None:
    for text, message in (
        (made().to_bytes().decode() + " ", "canonical form"),
        ("[", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ):
        with pytest.raises(InputError, match=message):
            MemberStatistics.check(resigned(text))
