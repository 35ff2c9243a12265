"""Document fields beyond plain text: currencies, dates, times and the like."""

import datetime
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, PlainValidator
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


def parsed_by(parse: Callable[[str], _Parsed], accepts: Any = str) -> PlainValidator:  # noqa: ANN401
    """A field that reads text by a function.

    Args:
        parse: raises `InputError` where it cannot use the text.
        accepts: the type of the text for JSON Schema, such as `text_like`.
    """

    def validate(value: object) -> _Parsed:
        if not isinstance(value, str):
            raise unusable("must be text; put it in quotes")
        try:
            return parse(value)
        except InputError as error:
            raise unusable(str(error)) from None

    return PlainValidator(validate, json_schema_input_type=accepts)


def text_like(pattern: str | None, *examples: str) -> Any:  # noqa: ANN401  a type for Pydantic
    """The type of text of a form, for JSON Schema.

    Args:
        pattern: regular expression for all of the text; None for any.
        examples: texts of the form.
    """
    return Annotated[str, Field(pattern=pattern, examples=list(examples) or None)]


def one_word(words: Iterable[str]) -> Any:  # noqa: ANN401  a type for Pydantic
    """The type of one of several words, for JSON Schema."""
    return Literal[tuple(words)]


def whole_number(least: int, most: int) -> PlainValidator:
    """A field for a whole number from the least to the most."""
    bounds = f"from {least} to {most}"

    def validate(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise unusable(f"must be a whole number, {bounds}")
        if not least <= value <= most:
            raise unusable(f"{value} is not {bounds}")
        return value

    bounded = Annotated[int, Field(ge=least, le=most)]
    return PlainValidator(validate, json_schema_input_type=bounded)


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


#: Forms of text for JSON Schema; the checks are those of the functions.
BIC_TEXT: Final = text_like(r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$", "ALFAKZKA")
TIME_TEXT: Final = text_like(r"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?$", "09:00")
DATE_TEXT: Final = text_like(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "2026-01-05")
DECIMAL_TEXT: Final = text_like(r"^-?[0-9]+(\.[0-9]+)?$", "1250.50")

BicField = Annotated[str, parsed_by(check_bic, BIC_TEXT)]
LeiField = Annotated[str, parsed_by(check_lei, text_like(r"^[A-Z0-9]{18}[0-9]{2}$"))]
CountryField = Annotated[Country, parsed_by(find_country, text_like(r"^[A-Z]{2,3}$", "KAZ", "KZ"))]
CurrencyField = Annotated[Currency, parsed_by(find_currency, text_like(r"^[A-Z]{3}$", "KZT"))]
NameField = Annotated[
    str, parsed_by(check_name, Annotated[str, Field(min_length=1, max_length=140)])
]
UnitsField = Annotated[Decimal, parsed_by(_units, DECIMAL_TEXT)]
DateField = Annotated[datetime.date, PlainValidator(_date, json_schema_input_type=DATE_TEXT)]
LineField = Annotated[str, parsed_by(check_line)]
