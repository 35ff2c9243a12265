"""Strict reading of a contract between two systems from JSON values."""

from typing import Any, Final

from cattrs import BaseValidationError, Converter
from cattrs.errors import ForbiddenExtraKeysError

from skontro.model import InputError, find_currency, parse_amount
from skontro.system.links.contract import LinkContract, LinkedCurrency


def read_contract(document: object) -> LinkContract:
    """A contract from the values that `LinkContract.to_document` gives.

    Raises:
        InputError: the document is malformed, has an unknown key, or its parts contradict each
            other.
    """
    try:
        return _CONVERTER.structure(document, LinkContract)
    except (BaseValidationError, ForbiddenExtraKeysError, InputError, *_MALFORMED) as error:
        reason: BaseException = error
        while isinstance(reason, BaseExceptionGroup):
            reason = reason.exceptions[0]
        raise InputError(f"contract: {reason or type(reason).__name__}") from None


_MALFORMED: Final = (ValueError, TypeError, KeyError, AttributeError)
_CURRENCY_KEYS: Final = ("currency", "earmark_account", "cap", "vostro_account")


def _whole(value: object, _kind: type[int]) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{value!r} is not a whole number")
    return value


def _text(value: object, _kind: type[str]) -> str:
    if not isinstance(value, str):
        raise InputError(f"{value!r} is not text")
    return value


def _linked(document: dict[str, Any], _kind: type[LinkedCurrency]) -> LinkedCurrency:
    """A currency with its terms; the cap is decimal text."""
    unknown = sorted(document.keys() - {*_CURRENCY_KEYS})
    if unknown:
        raise InputError(f"currencies: unknown key {unknown[0]!r}")
    texts = {name: _text(value, str) for name, value in document.items()}
    cap = parse_amount(texts.pop("cap"), find_currency(texts["currency"]))
    return LinkedCurrency(cap=cap, **texts)


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(int, _whole)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(LinkedCurrency, _linked)
    return converter


_CONVERTER: Final = _converter()
