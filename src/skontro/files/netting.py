"""The rules of netting cycles in documents."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from skontro.files.account_documents import AmountField
from skontro.files.document_fields import (
    DECIMAL_TEXT,
    BicField,
    CountryField,
    CurrencyField,
    DateField,
    one_word,
    parsed_by,
    unusable,
)
from skontro.files.documents import Schema
from skontro.model import (
    CYCLE_PRESETS,
    Currency,
    CycleLength,
    Failure,
    Guarantee,
    HoldingLimit,
    InputError,
    Netting,
    NettingRules,
    ResidualCurrency,
    SwapLine,
    format_amount,
    parse_decimal,
)
from skontro.model.text import none_of

_Word = TypeVar("_Word", bound=StrEnum)
_KIND_OF_RATE: Final = "a rate like '0.085' for 8.5 per cent a year"
_UNITS: Final = ("minutes", "days", "months")


def _word_of(words: type[_Word]) -> PlainValidator:
    def parse(text: str) -> _Word:
        if text not in [word.value for word in words]:
            raise InputError(none_of(text, words))
        return words(text)

    return parsed_by(parse, one_word(word.value for word in words))


def _rate(text: str) -> Decimal:
    return parse_decimal(text, _KIND_OF_RATE, lambda rate: rate <= 100)


_Rate = Annotated[Decimal, parsed_by(_rate, DECIMAL_TEXT)]


class _Length(Schema):
    number: Annotated[int, Field(ge=1)]
    unit: str


def _length(value: object) -> CycleLength:
    if isinstance(value, str) and value in CYCLE_PRESETS:
        return CYCLE_PRESETS[value]
    if not isinstance(value, dict):
        raise unusable(f"must be one of {', '.join(CYCLE_PRESETS)}, or a number and a unit")
    try:
        shape = _Length.model_validate(value)
        return CycleLength(shape.number, shape.unit)
    except ValueError as error:
        raise unusable(
            str(error)
            if isinstance(error, InputError)
            else f"must have a number of 1 or more and a unit, one of {', '.join(_UNITS)}"
        ) from None


class _SwapLine(Schema):
    borrower: CountryField
    currency: CurrencyField
    limit: AmountField
    annual_rate: _Rate = Decimal(0)


class _HoldingLimit(Schema):
    bic: BicField
    currency: CurrencyField
    limit: AmountField


class _Collateral(Schema):
    bic: BicField
    currency: CurrencyField
    amount: AmountField


class _Failure(Schema):
    bic: BicField
    date: DateField


class NettingSchema(Schema):
    """The rules in a document; `to_netting_rules` checks that they fit together."""

    length: Annotated[
        CycleLength,
        PlainValidator(_length, json_schema_input_type=_Length | one_word(CYCLE_PRESETS)),
    ]
    third_currency: CurrencyField
    netting: Annotated[Netting, _word_of(Netting)] = Netting.MULTILATERAL
    residual: Annotated[ResidualCurrency, _word_of(ResidualCurrency)] = ResidualCurrency.AS_ORDERED
    clearing_agent: BicField | None = None
    swap_lines: list[_SwapLine] = Field(default_factory=list)
    holding_limits: list[_HoldingLimit] = Field(default_factory=list)
    guarantee: Annotated[Guarantee, _word_of(Guarantee)] = Guarantee.COLLATERAL_THEN_SURVIVORS
    collateral: list[_Collateral] = Field(default_factory=list)
    failures: list[_Failure] = Field(default_factory=list)


def _mapping(value: object) -> object:
    if value is None:
        raise unusable("must be a mapping with keys; leave out the key if there are no cycles")
    return value


#: The optional key of a document for the rules of netting cycles.
NettingField = Annotated[NettingSchema | None, BeforeValidator(_mapping)]


def to_netting_rules(shape: NettingSchema) -> NettingRules:
    """The rules in a document.

    Raises:
        InputError: they contradict each other.
    """
    for pledged in shape.collateral:
        if pledged.currency != shape.third_currency:
            raise InputError(
                f"netting: collateral of {pledged.bic} must be in the third currency,"
                f" {shape.third_currency}"
            )
    bics = [pledged.bic for pledged in shape.collateral]
    if len(dict.fromkeys(bics)) < len(bics):
        raise InputError("netting: collateral of a participant appears twice")
    return NettingRules(
        length=shape.length,
        third_currency=shape.third_currency,
        netting=shape.netting,
        residual=shape.residual,
        clearing_agent=shape.clearing_agent,
        swap_lines=tuple(
            SwapLine(line.borrower, line.currency, line.limit, line.annual_rate)
            for line in shape.swap_lines
        ),
        holding_limits=tuple(
            HoldingLimit(limit.bic, limit.currency, limit.limit) for limit in shape.holding_limits
        ),
        guarantee=shape.guarantee,
        collateral={pledged.bic: pledged.amount for pledged in shape.collateral},
        failures=tuple(Failure(failure.bic, failure.date) for failure in shape.failures),
    )


def netting_document(rules: NettingRules) -> dict[str, object]:
    """The rules as a document, without default values."""
    third = rules.third_currency
    document: dict[str, object] = {
        "length": _length_document(rules.length),
        "third_currency": third.code,
        "netting": rules.netting.value,
        "residual": rules.residual.value,
    }
    if rules.clearing_agent is not None:
        document["clearing_agent"] = rules.clearing_agent
    document["guarantee"] = rules.guarantee.value
    parts: dict[str, list[dict[str, object]]] = {
        "swap_lines": [
            {
                "borrower": line.borrower.alpha3,
                "currency": line.currency.code,
                "limit": _text(line.limit, line.currency),
                "annual_rate": SingleQuotedScalarString(format(line.annual_rate, "f")),
            }
            for line in rules.swap_lines
        ],
        "holding_limits": [
            {
                "bic": limit.bic,
                "currency": limit.currency.code,
                "limit": _text(limit.limit, limit.currency),
            }
            for limit in rules.holding_limits
        ],
        "collateral": [
            {"bic": bic, "currency": third.code, "amount": _text(amount, third)}
            for bic, amount in sorted(rules.collateral.items())
        ],
        "failures": [{"bic": one.bic, "date": one.date} for one in rules.failures],
    }
    return document | {name: rows for name, rows in parts.items() if rows}


def _length_document(length: CycleLength) -> object:
    for name, preset in CYCLE_PRESETS.items():
        if preset == length:
            return name
    return {"number": length.number, "unit": length.unit}


def _text(amount: int, currency: Currency) -> str:
    return str(format_amount(amount, currency))
