"""Conversion on the way: a link of two legs with a market maker, at the rate that it quotes.

The payer pays the market maker in one system, and the market maker pays the payee in the other.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import attrs

from skontro.model import (
    MAX_AMOUNT,
    InputError,
    ReasonCode,
    Rounding,
    check_bic,
    check_uetr,
    find_currency,
    format_amount,
    parse_amount,
)
from skontro.model.text import canonical_text
from skontro.system.document_text import document_hash
from skontro.system.links.contract import check_system_id
from skontro.system.links.link_documents import check_fields, check_number, check_text
from skontro.system.links.terms import LinkLeg, LinkTerms

#: Part of the text that is hashed, so that a digest of a quote is no digest of anything else.
QUOTE_FORMAT: Final = "skontro link quote 1"

#: Form of a rate: decimal text without leading or trailing zeros, and without an exponent.
_RATE: Final = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,17}[1-9])?")
_LEGS: Final = 2


@attrs.frozen
class QuoteSide:
    """The market maker in one of the two systems.

    Attributes:
        system: identifier of the system.
        market_maker: BIC of the market maker there.
        currency: ISO 4217 code.
    """

    system: str
    market_maker: str
    currency: str

    def __attrs_post_init__(self) -> None:
        for name, check in (
            ("system", check_system_id),
            ("market_maker", check_bic),
            ("currency", find_currency),
        ):
            try:
                check(check_text(getattr(self, name), "it"))
            except InputError as error:
                raise InputError(f"{name}: {error}") from None


@attrs.frozen
class LinkQuote:
    """A market maker's rate between currencies of two systems.

        quote = LinkQuote(quote_id, takes, gives, "5.4321", Rounding.UP, most, begins, ends)
        quote.price(100_00)  # minor units of `takes.currency` for 100.00 of `gives.currency`

    Attributes:
        quote: its UUID.
        takes: where the market maker is paid, and in which currency.
        gives: where it pays, and in which currency.
        rate: units of `takes.currency` for one unit of `gives.currency`, exact decimal text.
        rounding: of the exact price to whole minor units.
        most: most that one link may take from the quote, minor units of `gives.currency`.
        valid_from, valid_until: timestamps, both included; no link at the quote settles later.

    Raises:
        InputError: a value is malformed; the message names the field.
    """

    quote: str
    takes: QuoteSide
    gives: QuoteSide
    rate: str
    rounding: Rounding
    most: int
    valid_from: int
    valid_until: int

    def __attrs_post_init__(self) -> None:
        try:
            check_uetr(check_text(self.quote, "it"))
        except InputError:
            raise InputError("quote: must be a lower-case UUID of version 4") from None
        if not _RATE.fullmatch(check_text(self.rate, "rate")) or self.rate == "0":
            raise InputError("rate: must be a decimal number above zero in its shortest form")
        if self.takes.system == self.gives.system:
            raise InputError("gives: it is in the system of takes")
        if self.takes.currency == self.gives.currency:
            raise InputError("gives: it has the currency of takes")
        if type(self.most) is not int or not 0 < self.most <= MAX_AMOUNT:
            raise InputError(f"most: {self.most} minor units are outside 1..{MAX_AMOUNT}")
        check_number(self.valid_from, "valid_from")
        if check_number(self.valid_until, "valid_until") < self.valid_from:
            raise InputError("valid_until: it comes before valid_from")

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text of the document, in hexadecimal."""
        return document_hash(canonical_text(self.to_document()))

    def price(self, gets: int) -> int:
        """The price of an amount: the exact product with the rate, rounded once.

        Args:
            gets: minor units of `gives.currency`.

        Returns:
            Minor units of `takes.currency`.
        """
        taken, given = (find_currency(side.currency) for side in (self.takes, self.gives))
        units = Fraction(gets, 10**given.exponent) * Fraction(Decimal(self.rate))
        return self.rounding.apply(units * 10**taken.exponent)

    def to_document(self) -> dict[str, Any]:
        """As JSON values; amount and rate are decimal text."""
        return {
            "format": QUOTE_FORMAT,
            **attrs.asdict(self),
            "rounding": str(self.rounding),
            "most": format_amount(self.most, find_currency(self.gives.currency)),
        }

    @classmethod
    def from_document(cls, document: object) -> "LinkQuote":
        """The inverse of `to_document`.

        Raises:
            InputError: the document is malformed; the message names the field.
        """
        names = [field.name for field in attrs.fields(cls)]
        fields = dict(check_fields(document, ["format", *names], "quote"))
        if fields.pop("format") != QUOTE_FORMAT:
            raise InputError(f"format: must be {QUOTE_FORMAT!r}")
        for name in ("takes", "gives"):
            side = check_fields(fields[name], ("system", "market_maker", "currency"), name)
            try:
                fields[name] = QuoteSide(**side)
            except InputError as error:
                raise InputError(f"{name}: {error}") from None
        rounding = check_text(fields["rounding"], "rounding")
        if rounding not in set(Rounding):
            raise InputError(f"rounding: must be one of {', '.join(Rounding)}")
        fields["rounding"] = Rounding(rounding)
        currency = find_currency(fields["gives"].currency)
        fields["most"] = parse_amount(check_text(fields["most"], "most"), currency)
        return cls(**fields)


def refusal_of_conversion(terms: LinkTerms, quote: LinkQuote, time: int) -> ReasonCode:
    """Why a link is not a conversion at a quote; NONE if it is.

    Both banks of a conversion check it before they instruct the terms.

    Args:
        terms: of the link.
        quote: of the market maker.
        time: of the check.

    Example:
        >>> refusal_of_conversion(terms, quote, time)
        <ReasonCode.NONE: 0>
    """
    paid = _leg_in(terms, quote.takes)
    given = _leg_in(terms, quote.gives)
    if paid is None or given is None or len(terms.legs) != _LEGS:
        return ReasonCode.NO_QUOTE
    if paid.payee != quote.takes.market_maker or given.payer != quote.gives.market_maker:
        return ReasonCode.NO_QUOTE
    if not quote.valid_from <= time <= quote.valid_until or terms.valid_until > quote.valid_until:
        return ReasonCode.NO_QUOTE
    if given.amount > quote.most:
        return ReasonCode.QUOTE_LIMIT_REACHED
    at_rate = paid.amount == quote.price(given.amount)
    return ReasonCode.NONE if at_rate else ReasonCode.AMOUNT_OFF_QUOTE


def _leg_in(terms: LinkTerms, side: QuoteSide) -> LinkLeg | None:
    """The leg in the system and the currency of one side of a quote."""
    for leg in terms.legs:
        if (leg.system, leg.currency) == (side.system, side.currency):
            return leg
    return None
