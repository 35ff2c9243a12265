"""The columns of an order that come from its details: facts for the Travel Rule and policy rules.

The columns are recorded with the order. So replay reads no details, and `skontro verify` computes
the columns again from the details in the record.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final

from skontro.model import NO_DIGEST, PaymentDetails
from skontro.system.travel_rule import travel_rule_column

#: In the column `purpose`, one that is no code of ISO 20022; and its text for the rules.
PROPRIETARY: Final = -1
PROPRIETARY_TEXT: Final = "(proprietary)"

_CODE: Final = re.compile(r"[A-Z0-9]{1,4}")


def details_columns(details: Sequence[PaymentDetails]) -> dict[str, list[Any]]:
    """The columns `travel_rule`, `customer` and `purpose` of orders with these details.

    Example:
        >>> details_columns([PaymentDetails(purpose="GDDS")])["purpose"]
        [1195656275]
    """
    return {
        "travel_rule": [travel_rule_column(one) for one in details],
        "customer": [customer_digest(one) for one in details],
        "purpose": [purpose_number(one.purpose) for one in details],
    }


def customer_digest(details: PaymentDetails) -> bytes:
    """SHA-256 of the debtor's account, first identifier, or name; `NO_DIGEST` without any."""
    debtor = details.party("debtor")
    if debtor is None:
        return NO_DIGEST
    if debtor.account:
        return account_digest(debtor.account)
    if debtor.identifiers:
        return _digest("identifier", ":".join(debtor.identifiers[0]))
    name = " ".join(debtor.name.casefold().split())
    return _digest("name", name) if name else NO_DIGEST


def account_digest(account: str) -> bytes:
    """The digest of a customer who has this account."""
    return _digest("account", account)


def _digest(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind}\n{value}".encode()).digest()


def purpose_number(purpose: str) -> int:
    """A purpose as a number: the characters of an ISO code, 0 for none, or `PROPRIETARY`."""
    if not purpose:
        return 0
    return int.from_bytes(purpose.encode(), "big") if _CODE.fullmatch(purpose) else PROPRIETARY


def purpose_text(number: int) -> str:
    """The inverse of `purpose_number`; `PROPRIETARY_TEXT` for any proprietary one."""
    if number < 0:
        return PROPRIETARY_TEXT
    return number.to_bytes(4, "big").lstrip(b"\0").decode("ascii", "replace")
