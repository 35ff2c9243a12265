"""Strict reading of a contract between two systems from JSON values."""

from typing import Any, Final

from cattrs import Converter

from skontro.model import InputError, find_currency, parse_amount
from skontro.system.links.contract import LinkContract, LinkedCurrency
from skontro.system.strict_documents import check_string, read_document, strict_converter


def read_contract(document: object) -> LinkContract:
    """A contract from the values that `LinkContract.to_document` gives.

    Raises:
        InputError: the document is malformed, has an unknown key, or its parts contradict each
            other.
    """
    return read_document(_CONVERTER, document, LinkContract, "contract")


_CURRENCY_KEYS: Final = (
    "currency",
    "earmark_account",
    "cap",
    "vostro_account",
    "nostro_account",
)


def _linked(document: dict[str, Any], _kind: type[LinkedCurrency]) -> LinkedCurrency:
    """A currency with its terms; the cap is decimal text."""
    unknown = sorted(document.keys() - {*_CURRENCY_KEYS})
    if unknown:
        raise InputError(f"currencies: unknown key {unknown[0]!r}")
    texts = {name: check_string(value) for name, value in document.items()}
    cap = parse_amount(texts.pop("cap"), find_currency(texts["currency"]))
    return LinkedCurrency(cap=cap, **texts)


def _converter() -> Converter:
    converter = strict_converter()
    converter.register_structure_hook(LinkedCurrency, _linked)
    return converter


_CONVERTER: Final = _converter()
