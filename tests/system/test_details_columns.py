"""Columns that acceptance needs from the details of an order."""

import hashlib

import pytest

from skontro.model import NO_DETAILS, NO_DIGEST, Party, PaymentDetails
from skontro.system import details_columns
from skontro.system.details_columns import (
    account_digest,
    customer_digest,
    purpose_number,
    purpose_text,
)


def customer(**fields: object) -> bytes:
    return customer_digest(PaymentDetails(parties=[("debtor", Party(**fields))]))  # type: ignore[arg-type]


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def test_a_customer_is_an_account_an_identifier_or_a_name() -> None:
    assert customer(name=" Anna  KIM ") == digest("name\nanna kim")
    assert customer(name="Anna", identifiers=[("TAX", "1"), ("LEI", "2")]) == (
        digest("identifier\nTAX:1")
    )
    assert customer(name="Anna", account="KZ1", identifiers=[("TAX", "1")]) == (
        digest("account\nKZ1")
    )
    assert account_digest("KZ1") == digest("account\nKZ1")


def test_an_order_without_a_debtor_has_no_customer() -> None:
    assert customer(country="KZ") == NO_DIGEST
    assert customer_digest(NO_DETAILS) == NO_DIGEST
    others = PaymentDetails(parties=[("creditor", Party(name="Anna"))])
    assert customer_digest(others) == NO_DIGEST


@pytest.mark.parametrize(
    ("purpose", "number", "text"),
    [
        ("", 0, ""),
        ("GDDS", 0x47444453, "GDDS"),
        ("A1", 0x4131, "A1"),
        ("GDDSX", -1, "(proprietary)"),
        ("gdds", -1, "(proprietary)"),
        ("товары", -1, "(proprietary)"),
    ],
)
def test_purposes(purpose: str, number: int, text: str) -> None:
    assert (purpose_number(purpose), purpose_text(number)) == (number, text)


def test_the_columns_of_several_orders() -> None:
    full = Party(name="Anna", account="KZ1", address=["Abai 1"])
    details = PaymentDetails(purpose="GDDS", parties=[("debtor", full), ("creditor", full)])
    assert details_columns([details, NO_DETAILS]) == {
        "travel_rule": [1, 0],
        "customer": [account_digest("KZ1"), NO_DIGEST],
        "purpose": [purpose_number("GDDS"), 0],
    }
