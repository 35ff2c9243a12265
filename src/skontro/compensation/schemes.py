"""A compensation scheme: the rates, days, fees and limits of a rule on late payments."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import attrs
from pydantic import Field, PlainValidator

from skontro.compensation.daily_rates import PercentField
from skontro.files.document_fields import (
    CurrencyField,
    LineField,
    one_word,
    parsed_by,
    whole_number,
)
from skontro.files.documents import Schema, fit, read_document
from skontro.model import Currency, InputError, parse_amount
from skontro.model.text import none_of

PRESETS: Final = (
    "target",
    "us-ucc-4a-506",
    "canada-lvts-14",
    "csdr-cash",
    "sepa-inquiry",
)


class Days(StrEnum):
    """Days for which interest is due, from the due date up to the day of settlement."""

    CALENDAR = "calendar"
    BUSINESS = "business"


class Averaging(StrEnum):
    """Whether a floor holds for the rate of each day, or for the mean of the days."""

    DAILY = "daily"
    MEAN = "mean"


class DayCount(StrEnum):
    """Days of the year by which an annual rate is divided."""

    FIXED_360 = "360"
    FIXED_365 = "365"
    ACTUAL = "actual"


@attrs.frozen
class FeeStep:
    """A fee for each order up to this one of a payee; None for all further ones."""

    up_to: int | None
    fee: int


@attrs.frozen(kw_only=True)
class Scheme:
    """A rule on compensation.

    Attributes:
        name: one line.
        currency: of fees, minimum and tolerance; None where the scheme has none of them.
        rates: series of each kind of claim; the lowest of them on a day counts.
        days, day_count, averaging: how interest is computed.
        floor: least annual rate in percent; None where a negative rate counts.
        missing_rate_takes_preceding: whether a day without a rate has that of the day before it.
        fees: steps for the orders of one payee, in order; the last one has no end.
        minimum: minor units of `currency`; an offer below it is not made.
        tolerance: minor units; a claim that differs by less is accepted as it is.
        payer: who pays, as text.
        answer_within: banking days for the answer; None where the rule states none.
        source: of the rule.
        unverified: parts of the rule that could not be verified at its source.
    """

    name: str
    currency: Currency | None
    rates: Mapping[str, tuple[str, ...]]
    days: Days
    day_count: DayCount
    averaging: Averaging
    floor: Decimal | None
    missing_rate_takes_preceding: bool
    fees: tuple[FeeStep, ...]
    minimum: int
    tolerance: int
    payer: str
    answer_within: int | None
    source: str
    unverified: tuple[str, ...]

    def fee(self, orders: int) -> int:
        """The fee for so many orders of one payee, in minor units.

        Example:
            >>> preset("target").fee(7)
            17500
        """
        total, counted = 0, 0
        for step in self.fees:
            last = orders if step.up_to is None else min(orders, step.up_to)
            total += max(0, last - counted) * step.fee
            counted = max(counted, last)
        return total


def _word(words: type[StrEnum]) -> PlainValidator:
    """A field with one of these words."""

    def read(text: str) -> StrEnum:
        if text not in [*words]:
            raise InputError(none_of(text, words))
        return words(text)

    return parsed_by(read, one_word(words))


class _FeeStep(Schema):
    up_to: Annotated[int | None, whole_number(1, 1_000_000)] = None
    fee: LineField


class _Scheme(Schema):
    name: LineField
    currency: CurrencyField | None = None
    rates: dict[str, list[LineField]] = Field(min_length=1)
    days: Annotated[Days, _word(Days)]
    day_count: Annotated[DayCount, _word(DayCount)]
    averaging: Annotated[Averaging, _word(Averaging)] = Averaging.DAILY
    floor: PercentField | None = None
    missing_rate_takes_preceding: bool = True
    fees: list[_FeeStep] = Field(default_factory=list)
    minimum: LineField = "0"
    tolerance: LineField = "0"
    payer: LineField
    answer_within: Annotated[int, whole_number(1, 1_000)] | None = None
    source: LineField
    unverified: list[LineField] = Field(default_factory=list)


def preset(name: str) -> Scheme:
    """A built-in scheme.

    Raises:
        InputError: there is none with this name.
    """
    if name not in PRESETS:
        raise InputError(f"scheme: {none_of(name, PRESETS)}")
    return read_scheme(Path(str(files("skontro.compensation") / "presets" / f"{name}.yaml")))


def read_scheme(path: Path) -> Scheme:
    """A scheme from a YAML or TOML file.

    Raises:
        InputError: the file cannot be used; names every problem with its place.
    """
    document = read_document(path)
    shape, problems = fit(document.content, _Scheme)
    if shape is None or problems:
        raise document.refuse(problems)
    ends = [step.up_to for step in shape.fees]
    if ends and (ends[-1] is not None or ends[:-1] != sorted({end or 0 for end in ends[:-1]})):
        raise InputError(f"{path}: fees: steps go up, and only the last one has no up_to")
    if any(not series for series in shape.rates.values()):
        raise InputError(f"{path}: rates: each kind of claim names a series of rates")
    money = shape.fees or shape.minimum != "0" or shape.tolerance != "0"
    if money and shape.currency is None:
        raise InputError(f"{path}: currency is missing; fees, minimum and tolerance need it")
    return _scheme(path, shape)


def _scheme(path: Path, shape: _Scheme) -> Scheme:
    def minor(text: str) -> int:
        if shape.currency is None:
            return 0
        try:
            return parse_amount(text, shape.currency)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None

    return Scheme(
        name=shape.name,
        currency=shape.currency,
        rates={kind: tuple(series) for kind, series in shape.rates.items()},
        days=shape.days,
        day_count=shape.day_count,
        averaging=shape.averaging,
        floor=shape.floor,
        missing_rate_takes_preceding=shape.missing_rate_takes_preceding,
        fees=tuple(FeeStep(step.up_to, minor(step.fee)) for step in shape.fees),
        minimum=minor(shape.minimum),
        tolerance=minor(shape.tolerance),
        payer=shape.payer,
        answer_within=shape.answer_within,
        source=shape.source,
        unverified=tuple(shape.unverified),
    )
