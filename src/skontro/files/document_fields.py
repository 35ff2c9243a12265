"""Document fields beyond plain text: currencies, dates, times and the like."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from skontro.model import (
    Country,
    Currency,
    InputError,
    check_bic,
    check_lei,
    check_line,
    check_name,
    find_country,
    find_currency,
    parse_date,
    parse_decimal,
)

_Parsed = TypeVar("_Parsed")


def unusable(message: str) -> PydanticCustomError:
    """The error of a field's validator; its message is shown unchanged."""
    return PydanticCustomError("unusable", "{why}", {"why": message})


def parsed_by(parse: Callable[[str], _Parsed]) -> PlainValidator:
    """A field that reads text by a function.

    Args:
        parse: raises `InputError` where it cannot use the text.
    """

    def validate(value: object) -> _Parsed:
        if not isinstance(value, str):
            raise unusable("must be text; put it in quotes")
        try:
            return parse(value)
        except InputError as error:
            raise unusable(str(error)) from None

    return PlainValidator(validate)


def whole_number(least: int, most: int) -> PlainValidator:
    """A field for a whole number from the least to the most."""
    bounds = f"from {least} to {most}"

    def validate(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise unusable(f"must be a whole number, {bounds}")
        if not least <= value <= most:
            raise unusable(f"{value} is not {bounds}")
        return value

    return PlainValidator(validate)


def _date(value: object) -> datetime.date:
    # YAML reads an unquoted date as one; a datetime is a date too, but not here.
    try:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value
        if isinstance(value, str):
            return parse_date(value)
    except InputError as error:
        raise unusable(str(error)) from None
    raise unusable("must be a date like 2026-01-05")


def _units(text: str) -> Decimal:
    return parse_decimal(text, "a decimal number greater than zero, like 483.25", bool)


BicField = Annotated[str, parsed_by(check_bic)]
LeiField = Annotated[str, parsed_by(check_lei)]
CountryField = Annotated[Country, parsed_by(find_country)]
CurrencyField = Annotated[Currency, parsed_by(find_currency)]
NameField = Annotated[str, parsed_by(check_name)]
UnitsField = Annotated[Decimal, parsed_by(_units)]
DateField = Annotated[datetime.date, PlainValidator(_date)]
LineField = Annotated[str, parsed_by(check_line)]
