"""The case of a bundle, with the orders that it is about."""

import json
from typing import Any

from skontro.ledger.bundles.making import Attached, BundleContent
from skontro.system.cases.case import Case


def content_of(
    system: str,
    case: Case | None,
    uetrs: tuple[str, ...] = (),
    attached: tuple[Attached, ...] = (),
    others: tuple[bytes, ...] = (),
) -> BundleContent:
    """The content of a bundle about a case: its order, and the one that paid it.

    Args:
        system: name of the system.
        case: with its history; None for orders alone.
        uetrs: of further orders, which come first.
        attached, others: as in `BundleContent`.
    """
    return BundleContent(
        system=system,
        uetrs=tuple(dict.fromkeys([*uetrs, *_orders_of(case)])),
        case=None if case is None else _document(case),
        attached=attached,
        others=others,
    )


def _document(case: Case) -> dict[str, Any]:
    """The case as JSON values, without types of Python."""
    document: dict[str, Any] = json.loads(json.dumps(case.to_document()))
    return document


def _orders_of(case: Case | None) -> list[str]:
    if case is None:
        return []
    found = [] if case.order is None else [case.order.uetr]
    if case.payment is not None and case.payment.placed:
        found.append(case.payment.uetr)
    return found
