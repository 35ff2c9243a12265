"""A person, company or institution in a payment, and the checks of its fields."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import attrs

from skontro.model.errors import InputError
from skontro.model.identity import bic_countries
from skontro.model.text import MAX_NAME, check_line, is_line, parse_date, quoted

#: Most characters of accounts (Max34Text), lines of an address, schemes (Max35Text) and values of
#: identifiers (Max256Text).
MAX_ACCOUNT, MAX_ADDRESS_LINE, MAX_SCHEME, MAX_IDENTIFIER = 34, 200, 35, 256
_MOST_OF_PAIR: Final = (MAX_SCHEME, MAX_IDENTIFIER)
#: Most lines of an address, as many as elements of a postal address; and most identifiers.
MAX_ADDRESS_LINES, MAX_IDENTIFIERS = 24, 20


def pairs(values: Iterable[Iterable[Any]]) -> tuple[tuple[Any, ...], ...]:
    """Values in pairs, as tuples."""
    return tuple(map(tuple, values))


def check_text(field: str, value: object, check: Callable[[str], object]) -> None:
    """Check a text that may be empty; errors name the field."""
    if not isinstance(value, str):
        raise InputError(f"{field} is no text")
    if value:
        try:
            check(value)
        except InputError as error:
            raise InputError(f"{field} {error}") from None


def text_field(most: int) -> Any:  # noqa: ANN401  attrs promises each field's own type
    """A field with one line of text of at most `most` characters, or none."""

    line = partial(check_line, most=most)

    def check(_: object, attribute: "attrs.Attribute[str]", value: object) -> None:
        # Most fields of most parties are empty.
        if value != "" and not is_line(value, most):
            check_text(attribute.name, value, line)

    return attrs.field(default="", validator=check)


def lines_field(most: int, most_characters: int) -> Any:  # noqa: ANN401  as above
    """A field with at most `most` lines of text, none of them empty."""

    one_line = partial(check_line, most=most_characters)

    def check(_: object, attribute: "attrs.Attribute[Any]", lines: tuple[object, ...]) -> None:
        if not lines:
            return
        if len(lines) > most:
            raise InputError(f"{attribute.name} has {len(lines)} lines; {most} is the most")
        for number, line in enumerate(lines, start=1):
            if is_line(line, most_characters):
                continue
            where = f"{attribute.name} {number}"
            if line == "":
                raise InputError(f"{where} is empty")
            check_text(where, line, one_line)

    return attrs.field(default=(), converter=tuple, validator=check)


def _check_country(code: str) -> None:
    if code not in bic_countries():
        raise InputError(f"{quoted(code)} is no country code of ISO 3166 (two capital letters)")


@attrs.frozen
class Party:
    """A person, company or institution in a payment; unknown fields are empty.

        Party(name="Анна Ким", country="KZ", account="KZ75125KZT2069100100")

    Attributes:
        name: in full, in any script.
        country: of residence or registration, ISO 3166 alpha-2.
        address: its lines, or the elements of a structured address, in full.
        account: IBAN or other identification of the account.
        identifiers: scheme and value: ``("BIC", …)``, ``("LEI", …)``, ``("PASSPORT", …)``.
        birth_date: ISO 8601.
        birth_place: town and country.

    Raises:
        InputError: a field is too long, unreadable, or no text; the message names it.
    """

    name: str = text_field(MAX_NAME)
    country: str = attrs.field(default="")
    address: tuple[str, ...] = lines_field(MAX_ADDRESS_LINES, MAX_ADDRESS_LINE)
    account: str = text_field(MAX_ACCOUNT)
    identifiers: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=pairs)
    birth_date: str = attrs.field(default="")
    birth_place: str = text_field(MAX_NAME)

    @country.validator
    def _check_country(self, _: object, value: object) -> None:
        check_text("country", value, _check_country)

    @birth_date.validator
    def _check_birth_date(self, _: object, value: object) -> None:
        check_text("birth_date", value, parse_date)

    @identifiers.validator
    def _check_identifiers(self, _: object, values: tuple[tuple[Any, ...], ...]) -> None:
        if len(values) > MAX_IDENTIFIERS:
            raise InputError(f"identifiers are {len(values)}; {MAX_IDENTIFIERS} is the most")
        for number, pair in enumerate(values, start=1):
            if len(pair) != 2 or "" in pair:
                raise InputError(f"identifier {number} needs a scheme and a value")
            for what, text, most in zip(("scheme", "value"), pair, _MOST_OF_PAIR, strict=True):
                if not is_line(text, most):
                    check_text(f"identifier {number}: {what}", text, partial(check_line, most=most))
        if len(values) > 1 and len(set(values)) != len(values):
            raise InputError("identifiers name the same one twice")

    def identifier(self, scheme: str) -> str:
        """The first identifier of a scheme; empty where there is none."""
        return next((value for name, value in self.identifiers if name == scheme), "")
