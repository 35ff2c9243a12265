"""Settled value of one system by day, countries and currency, as a document that it signs.

The members of a group exchange these documents. The figures come from the record alone, so anybody
with the record computes the same bytes.
"""

import datetime
import json
from collections.abc import Iterable
from typing import Any, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.ledger.keys import public_key, public_text
from skontro.model import InputError, find_country, find_currency
from skontro.model.signatures import is_signed
from skontro.model.text import canonical_text
from skontro.system.links.link_documents import (
    check_digest,
    check_fields,
    check_number,
    check_text,
)

#: Part of the signed text, so that no other document can pass for it.
STATISTICS_FORMAT: Final = "skontro member statistics 1"

_FIELDS: Final = ("system", "batch", "head", "countries", "rows")


@attrs.frozen(order=True)
class SettledValue:
    """Settled orders of one day between two countries in one currency.

    Attributes:
        date: business day.
        payer_country, payee_country: ISO 3166 codes of three letters.
        currency: ISO 4217 code.
        orders: how many; a link counts as one.
        minor: their total in minor units.
    """

    date: datetime.date
    payer_country: str
    payee_country: str
    currency: str
    orders: int
    minor: int


def _sorted(rows: Iterable[SettledValue]) -> tuple[SettledValue, ...]:
    return tuple(sorted(rows))


@attrs.frozen
class MemberStatistics:
    """The settled value in the record of one member of a group.

        document = statistics.signed(key)
        MemberStatistics.check(document).rows

    Attributes:
        system: identifier of the system by its contracts, or its name if it has none.
        batch: number of the last batch.
        head: hash of that batch in hexadecimal.
        countries: of its participants with accounts, ISO 3166 codes of three letters, in order.
        rows: in order.
        public_key: that signed the record and these statistics, in hexadecimal.
    """

    system: str
    batch: int
    head: str
    countries: tuple[str, ...]
    rows: tuple[SettledValue, ...] = attrs.field(converter=_sorted)
    public_key: str

    def to_bytes(self) -> bytes:
        """The canonical text in UTF-8: the bytes that the system signs."""
        rows = [
            [one.date.isoformat(), *attrs.astuple(one)[1:-1], str(one.minor)] for one in self.rows
        ]
        document = {
            "format": STATISTICS_FORMAT,
            "system": self.system,
            "batch": self.batch,
            "head": self.head,
            "countries": list(self.countries),
            "rows": rows,
        }
        return canonical_text(document).encode()

    def signed(self, key: Ed25519PrivateKey) -> dict[str, Any]:
        """A JSON document with the text, and the signature over it.

        Raises:
            InputError: it is another key than that of the record.
        """
        if public_text(key) != self.public_key:
            raise InputError(f"the record of {self.system} was signed with another key")
        text = self.to_bytes()
        return {
            "statistics": text.decode(),
            "public_key": self.public_key,
            "signature": key.sign(text).hex(),
        }

    @classmethod
    def check(cls, document: object) -> "MemberStatistics":
        """Read a signed document.

        Raises:
            InputError: it is malformed, or the signature is not that of its key.
        """
        fields = check_fields(document, ("statistics", "public_key", "signature"), "statistics")
        text = check_text(fields["statistics"], "statistics").encode()
        key = check_digest(fields["public_key"], "public_key")
        try:
            signature = bytes.fromhex(check_text(fields["signature"], "signature"))
        except ValueError:
            raise InputError("signature: must be hexadecimal digits") from None
        if not is_signed(public_key(key), text, signature):
            raise InputError("signature: it is not that of the key")
        made = _read(text, key)
        if made.to_bytes() != text:
            raise InputError("statistics: not in their canonical form")
        return made


def _read(text: bytes, key: str) -> MemberStatistics:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("statistics: not JSON") from None
    fields = check_fields(document, ("format", *_FIELDS), "statistics")
    if fields["format"] != STATISTICS_FORMAT:
        raise InputError(f"format: must be {STATISTICS_FORMAT!r}")
    if not isinstance(fields["rows"], list) or not isinstance(fields["countries"], list):
        raise InputError("statistics: rows and countries must be lists")
    return MemberStatistics(
        check_text(fields["system"], "system"),
        check_number(fields["batch"], "batch"),
        check_digest(fields["head"], "head"),
        tuple(_country(one) for one in fields["countries"]),
        [_row(number, row) for number, row in enumerate(fields["rows"], 1)],
        key,
    )


def _country(code: object) -> str:
    return find_country(check_text(code, "countries")).alpha3


def _row(number: int, row: object) -> SettledValue:
    if not isinstance(row, list) or len(row) != 6:
        raise InputError(f"row {number}: must be a list of six values")
    place = f"row {number}"
    date, payer, payee, code, orders, minor = row
    try:
        day = datetime.date.fromisoformat(check_text(date, place))
        amount = int(check_text(minor, place))
    except ValueError:
        raise InputError(f"{place}: the date or the total cannot be read") from None
    currency = find_currency(check_text(code, place)).code
    if amount < 0:
        raise InputError(f"{place}: the total is negative")
    return SettledValue(
        day, _country(payer), _country(payee), currency, check_number(orders, place, 1), amount
    )
