"""The rulebook in documents: settlement mechanisms, their times, and position limits."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import attrs
from pydantic import BeforeValidator, Field, PlainValidator, model_validator
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from skontro.files.account_documents import AmountField, HaircutField
from skontro.files.document_fields import (
    DECIMAL_TEXT,
    TIME_TEXT,
    CurrencyField,
    UnitsField,
    one_word,
    parsed_by,
    unusable,
    whole_number,
)
from skontro.files.documents import Problem, Schema
from skontro.model import (
    DEFAULT_WORK,
    RUN_ALGORITHMS,
    Algorithm,
    BusinessDay,
    Bypass,
    CurrencyPrice,
    InputError,
    PayIn,
    PaymentClass,
    PositionLimits,
    Rulebook,
    ScheduledRuns,
    WhenQueued,
    format_amount,
    interval_text,
    parse_decimal,
    parse_interval,
    parse_time,
    run_timestamps,
    time_text,
)
from skontro.model.rulebook import MAX_BYPASS_DEPTH, MAX_BYPASSES, MAX_WORK
from skontro.model.text import none_of

_KIND_OF_SHARE: Final = "a decimal above 0 and up to 1, like 0.5"


class _Price(Schema):
    currency: CurrencyField
    price: UnitsField
    haircut: HaircutField = Decimal(0)


def _share(text: str) -> Decimal:
    return parse_decimal(text, _KIND_OF_SHARE, lambda share: 0 < share <= 1)


class _PayIn(Schema):
    at: Annotated[datetime.time, parsed_by(parse_time, TIME_TEXT)]
    share: Annotated[Decimal, parsed_by(_share, DECIMAL_TEXT)]


class PositionLimitsSchema(Schema):
    """Position limits in a document; the limit is an amount in `currency`."""

    currency: CurrencyField
    aggregate_short_position: AmountField
    prices: list[_Price] = Field(min_length=1)
    pay_ins: list[_PayIn] = Field(default_factory=list)

    @model_validator(mode="after")
    def _each_once(self) -> "PositionLimitsSchema":
        codes = [price.currency.code for price in self.prices]
        if len(codes) > len(dict.fromkeys(codes)):
            raise unusable("must not have two prices of one currency")
        return self


def to_position_limits(shape: PositionLimitsSchema) -> PositionLimits:
    """The position limits in a document."""
    prices = tuple(CurrencyPrice(one.currency, one.price, one.haircut) for one in shape.prices)
    pay_ins = tuple(PayIn(one.at, one.share) for one in shape.pay_ins)
    return PositionLimits(shape.currency, prices, shape.aggregate_short_position, pay_ins)


def position_limits_document(limits: PositionLimits) -> dict[str, object]:
    """The position limits as a document."""

    def decimal(number: Decimal) -> object:
        return SingleQuotedScalarString(format(number, "f"))

    currency = limits.common_currency
    pay_ins = [
        {"at": SingleQuotedScalarString(time_text(one.at)), "share": decimal(one.share)}
        for one in limits.pay_ins
    ]
    document: dict[str, object] = {
        "currency": currency.code,
        "aggregate_short_position": SingleQuotedScalarString(
            format_amount(limits.aggregate_short_position, currency)
        ),
        "prices": [
            {
                "currency": one.currency.code,
                "price": decimal(one.price),
                "haircut": decimal(one.haircut),
            }
            for one in limits.prices
        ],
    }
    return document | ({"pay_ins": pay_ins} if pay_ins else {})


_MAX_ORDERS: Final = 2**30 - 1  # of `WhenQueued`
_CLASSES: Final = {one.name.lower(): one for one in PaymentClass}
#: The answer of maximum value comes from outside the engine, so it runs at set times only.
_GROWTH_ALGORITHMS: Final = tuple(a for a in RUN_ALGORITHMS if a != Algorithm.MAXIMUM_VALUE)


def _algorithm(among: Sequence[Algorithm]) -> PlainValidator:
    names = {algorithm.name.lower(): algorithm for algorithm in among}

    def parse(text: str) -> Algorithm:
        if text not in names:
            raise InputError(none_of(text, names))
        return names[text]

    return parsed_by(parse, one_word(names))


def _classes(value: object) -> tuple[PaymentClass, ...]:
    if not isinstance(value, list) or any(one not in [*_CLASSES] for one in value):
        raise unusable(f"must be a list of {', '.join(_CLASSES)}")
    if not value or len(value) > len(dict.fromkeys(value)):
        raise unusable("must name at least one payment class, and each once")
    return tuple(_CLASSES[one] for one in value)


def _mapping(value: object) -> object:
    # A key without a value is ambiguous: the mechanism may run or not.
    if value is None:
        raise unusable("must be a mapping with keys; leave out the key if there is none")
    return value


class _Bypass(Schema):
    classes: Annotated[
        tuple[PaymentClass, ...],
        PlainValidator(_classes, json_schema_input_type=list[one_word(_CLASSES)]),
    ] = Bypass().classes
    depth: Annotated[int, whole_number(1, MAX_BYPASS_DEPTH)] = Bypass().depth
    max_bypasses: Annotated[int, whole_number(1, MAX_BYPASSES)] = Bypass().max_bypasses


class _WhenQueued(Schema):
    orders: Annotated[int, whole_number(1, _MAX_ORDERS)]
    algorithm: Annotated[Algorithm, _algorithm(_GROWTH_ALGORITHMS)] = Algorithm.GREATEST_FIFO_SET


class _ScheduledRuns(Schema):
    algorithm: Annotated[Algorithm, _algorithm(RUN_ALGORITHMS)]
    at: list[Annotated[datetime.time, parsed_by(parse_time, TIME_TEXT)]] = Field(
        default_factory=list
    )
    every: Annotated[int, parsed_by(parse_interval, TIME_TEXT)] | None = None
    work: Annotated[int, whole_number(0, MAX_WORK)] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "_ScheduledRuns":
        if bool(self.at) == (self.every is not None):
            raise unusable("must have either the times (at) or the interval (every)")
        if self.work is not None and self.algorithm != Algorithm.MAXIMUM_VALUE:
            raise unusable("must not have work: it bounds maximum_value alone")
        return self


class RulebookSchema(Schema):
    """The rulebook in a document; `to_rulebook` gives the mechanisms."""

    offset_on_entry: bool = False
    bypass: Annotated[_Bypass | None, BeforeValidator(_mapping)] = None
    when_queued: Annotated[_WhenQueued | None, BeforeValidator(_mapping)] = None
    offsetting: list[_ScheduledRuns] = Field(default_factory=list)
    in_runs_only: bool = False
    position_limits: Annotated[PositionLimitsSchema | None, BeforeValidator(_mapping)] = None


#: The optional key of a document for the rulebook.
RulebookField = Annotated[RulebookSchema, BeforeValidator(_mapping)]


def to_rulebook(shape: RulebookSchema) -> Rulebook:
    """The rulebook in a document.

    Raises:
        InputError: its parts contradict each other.
    """
    bypass, grown, limits = shape.bypass, shape.when_queued, shape.position_limits
    return Rulebook(
        offset_on_entry=shape.offset_on_entry,
        bypass=Bypass(bypass.classes, bypass.depth, bypass.max_bypasses) if bypass else None,
        when_queued=WhenQueued(grown.orders, grown.algorithm) if grown else None,
        schedule=tuple(
            ScheduledRuns(
                runs.algorithm,
                tuple(runs.at),
                runs.every,
                DEFAULT_WORK if runs.work is None else runs.work,
            )
            for runs in shape.offsetting
        ),
        in_runs_only=shape.in_runs_only,
        position_limits=None if limits is None else to_position_limits(limits),
    )


def runs_that_never_occur(
    rulebook: Rulebook, days: Sequence[BusinessDay], zone: ZoneInfo
) -> list[Problem]:
    """A problem for each time and interval of the rulebook that gives no run on any day."""

    def occurs(runs: ScheduledRuns) -> bool:
        return any(run_timestamps(runs, day, zone) for day in days)

    problems = []
    for i, runs in enumerate(rulebook.schedule):
        place = ("rulebook", "offsetting", i)
        problems += [
            Problem(
                (*place, "at", j),
                f"'{time_text(time)}' is outside the opening hours of every business day, so it "
                "would never run",
            )
            for j, time in enumerate(runs.at)
            if not occurs(attrs.evolve(runs, at=(time,)))
        ]
        if runs.every is not None and not occurs(runs):
            message = "is as long as every business day or longer, so it would never run"
            text = f"'{interval_text(runs.every)}' {message}"
            problems.append(Problem((*place, "every"), text))
    return problems


def rulebook_document(rulebook: Rulebook) -> dict[str, object]:
    """The rulebook as a document, without values of plain gross settlement."""
    document: dict[str, object] = {}
    if rulebook.offset_on_entry:
        document["offset_on_entry"] = True
    if rulebook.bypass is not None:
        document["bypass"] = {
            "classes": [one.name.lower() for one in rulebook.bypass.classes],
            "depth": rulebook.bypass.depth,
            "max_bypasses": rulebook.bypass.max_bypasses,
        }
    if rulebook.when_queued is not None:
        document["when_queued"] = {
            "orders": rulebook.when_queued.orders,
            "algorithm": rulebook.when_queued.algorithm.name.lower(),
        }
    if rulebook.schedule:
        document["offsetting"] = [_runs_document(runs) for runs in rulebook.schedule]
    if rulebook.in_runs_only:
        document["in_runs_only"] = True
    if rulebook.position_limits is not None:
        document["position_limits"] = position_limits_document(rulebook.position_limits)
    return document


def _runs_document(runs: ScheduledRuns) -> dict[str, object]:
    document: dict[str, object] = {"algorithm": runs.algorithm.name.lower()}
    # Quoted, because YAML 1.1 takes an unquoted 18:00 for the number 1080.
    if runs.every is not None:
        document["every"] = SingleQuotedScalarString(interval_text(runs.every))
    else:
        document["at"] = [SingleQuotedScalarString(time_text(time)) for time in runs.at]
    return document | ({} if runs.work == DEFAULT_WORK else {"work": runs.work})
