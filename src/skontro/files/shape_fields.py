"""Fields of shapes that hold more than plain text: currencies, dates, times and the like."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Final, TypeVar

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from skontro.model import (
    Country,
    Currency,
    InputError,
    check_bic,
    check_lei,
    find_country,
    find_currency,
)

_Parsed = TypeVar("_Parsed")

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")
_UNITS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def unusable(message: str) -> PydanticCustomError:
    """What a validator of a shape raises; the message goes into the error as it is."""
    return PydanticCustomError("unusable", "{why}", {"why": message})


def parsed_by(parse: Callable[[str], _Parsed]) -> PlainValidator:
    """A field that takes text and holds what the function makes of it.

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


def whole_number(least: int, most: int | None = None) -> PlainValidator:
    """A field that takes a whole number from the least to the most, if there is a most."""
    bounds = f"{least} or greater" if most is None else f"from {least} to {most}"

    def validate(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise unusable(f"must be a whole number, {bounds}")
        if value < least or (most is not None and value > most):
            raise unusable(f"{value} is not {bounds}")
        return value

    return PlainValidator(validate)


def parse_date(text: str) -> datetime.date:
    """A date like 2026-01-05.

    Raises:
        InputError: it is none.
    """
    try:
        if _DATE.fullmatch(text):
            return datetime.date.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"{text!r} is not a date like 2026-01-05")


def parse_time(text: str) -> datetime.time:
    """A local time like 16:30, 16:30:15 or 16:30:15.5.

    Raises:
        InputError: it is none.
    """
    try:
        if _TIME.fullmatch(text):
            return datetime.time.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"{text!r} is not a local time like 16:30")


def time_text(time: datetime.time) -> str:
    """A local time as short as it can be read back; the inverse of `parse_time`."""
    return time.isoformat("auto" if time.second or time.microsecond else "minutes")


def _date(value: object) -> datetime.date:
    # YAML reads an unquoted date as one; a datetime is a date too, but not here.
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if not isinstance(value, str):
        raise unusable("must be a date like 2026-01-05")
    try:
        return parse_date(value)
    except InputError as error:
        raise unusable(str(error)) from None


def _units(text: str) -> Decimal:
    if not _UNITS.fullmatch(text) or not Decimal(text):
        raise InputError(f"{text!r} is not a decimal number greater than zero, like 483.25")
    return Decimal(text)


def _line(text: str) -> str:
    if not text.strip():
        raise InputError("is empty")
    # A line break at the end counts too: YAML would not give all of them back as they were.
    if text.splitlines() != [text]:
        raise InputError("must be one line without line breaks")
    return text


def _name(text: str) -> str:
    if not text.strip():
        raise InputError("is empty; parties are named in full")
    return _line(text)


BicField = Annotated[str, parsed_by(check_bic)]
LeiField = Annotated[str, parsed_by(check_lei)]
CountryField = Annotated[Country, parsed_by(find_country)]
CurrencyField = Annotated[Currency, parsed_by(find_currency)]
NameField = Annotated[str, parsed_by(_name)]
UnitsField = Annotated[Decimal, parsed_by(_units)]
DateField = Annotated[datetime.date, PlainValidator(_date)]
LineField = Annotated[str, parsed_by(_line)]
