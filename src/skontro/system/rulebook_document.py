"""A rulebook as JSON values, for proposals and for the record.

Keys are those of `system.yaml`. Enumerations are written by name; amounts, decimals, local times
and intervals as text. Defaults are left out. Reading is strict: an unknown key is an error.
"""

import datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any, Final, TypeVar

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from skontro.model import (
    MAX_AMOUNT,
    Algorithm,
    Bypass,
    Currency,
    CurrencyPrice,
    InputError,
    PayIn,
    PaymentClass,
    PositionLimits,
    Rulebook,
    ScheduledRuns,
    WhenQueued,
    find_currency,
    format_amount,
    interval_text,
    parse_amount,
    parse_decimal,
    parse_interval,
    parse_time,
)
from skontro.model.text import none_of
from skontro.system.strict_documents import (
    check_string,
    check_whole,
    read_document,
    strict_converter,
)

_Enumeration = TypeVar("_Enumeration", bound=IntEnum)
#: The key of the model's `schedule`.
_SCHEDULE: Final = "offsetting"
_AMOUNT: Final = "aggregate_short_position"


def rulebook_to_document(rulebook: Rulebook) -> dict[str, Any]:
    """The mechanisms of a rulebook.

    Example:
        >>> rulebook_to_document(Rulebook(offset_on_entry=True))
        {'offset_on_entry': True}
    """
    document: dict[str, Any] = _CONVERTER.unstructure(rulebook)
    return document


def rulebook_from_document(document: dict[str, Any]) -> Rulebook:
    """The inverse of `rulebook_to_document`.

    Raises:
        InputError: the document is malformed, or its parts contradict each other.
    """
    return read_document(_CONVERTER, document, Rulebook, "rulebook")


def _name(value: IntEnum) -> str:
    return value.name.lower()


def _named(value: object, kind: type[_Enumeration]) -> _Enumeration:
    names = {one.name.lower(): one for one in kind}
    if value not in names:
        raise InputError(none_of(value, names))
    return names[str(value)]


def _whole(value: object) -> int:
    whole = check_whole(value)
    if abs(whole) > MAX_AMOUNT:
        raise InputError("a whole number has more than 18 digits")
    return whole


def _decimal_text(value: object) -> str:
    """Text, or a whole number, as in a file of a scenario."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return str(_whole(value)) if is_whole else check_string(value)


def _flag(value: object, _kind: type[bool]) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{value!r} is neither true nor false")
    return value


def _limits_document(limits: PositionLimits) -> dict[str, Any]:
    currency = limits.common_currency
    document: dict[str, Any] = {
        "currency": currency.code,
        _AMOUNT: format_amount(limits.aggregate_short_position, currency),
        "prices": _CONVERTER.unstructure(limits.prices),
    }
    return document | (
        {"pay_ins": _CONVERTER.unstructure(limits.pay_ins)} if limits.pay_ins else {}
    )


def _with_text(price: dict[str, Any]) -> dict[str, Any]:
    return price | {"haircut": _decimal_text(price["haircut"])} if "haircut" in price else price


def _limits(document: dict[str, Any], _kind: type[PositionLimits]) -> PositionLimits:
    unknown = document.keys() - {"currency", _AMOUNT, "prices", "pay_ins"}
    if unknown:
        raise InputError(f"position_limits: unknown key {min(unknown)!r}")
    currency = find_currency(check_string(document["currency"]))
    return PositionLimits(
        common_currency=currency,
        prices=_CONVERTER.structure(
            [_with_text(price) for price in document["prices"]], tuple[CurrencyPrice, ...]
        ),
        aggregate_short_position=parse_amount(_decimal_text(document[_AMOUNT]), currency),
        pay_ins=_CONVERTER.structure(document.get("pay_ins", []), tuple[PayIn, ...]),
    )


def _interval_text(microseconds: int | None) -> str | None:
    return None if microseconds is None else interval_text(microseconds)


def _interval(value: str | None, _kind: object) -> int | None:
    if value is None:
        return None
    return parse_interval(check_string(value))


def _converter() -> Converter:
    converter = strict_converter()
    for kind in (Algorithm, PaymentClass):
        converter.register_unstructure_hook(kind, _name)
        converter.register_structure_hook(kind, _named)
    converter.register_structure_hook(int, lambda value, _: _whole(value))
    converter.register_structure_hook(bool, _flag)
    converter.register_unstructure_hook(Currency, str)
    converter.register_structure_hook(Currency, lambda value, _: find_currency(check_string(value)))
    converter.register_unstructure_hook(Decimal, lambda value: format(value, "f"))
    converter.register_structure_hook(Decimal, lambda value, _: parse_decimal(check_string(value)))
    converter.register_unstructure_hook(datetime.time, datetime.time.isoformat)
    converter.register_structure_hook(
        datetime.time, lambda value, _: parse_time(check_string(value))
    )
    converter.register_unstructure_hook(PositionLimits, _limits_document)
    converter.register_structure_hook(PositionLimits, _limits)
    renamed = {
        Rulebook: {"schedule": override(rename=_SCHEDULE)},
        ScheduledRuns: {"every": override(unstruct_hook=_interval_text, struct_hook=_interval)},
    }
    # The innermost first: each is built from the hooks that there are.
    for part in (Bypass, WhenQueued, ScheduledRuns, Rulebook):
        fields: dict[str, Any] = renamed.get(part, {})
        reads = make_dict_structure_fn(part, converter, _cattrs_forbid_extra_keys=True, **fields)
        writes = make_dict_unstructure_fn(part, converter, _cattrs_omit_if_default=True, **fields)
        converter.register_structure_hook(part, reads)
        converter.register_unstructure_hook(part, writes)
    return converter


_CONVERTER: Final = _converter()
