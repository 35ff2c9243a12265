"""Drafted rules for rows: statuses, tests, versions, reversals, classes."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from skontro.imports import vocabulary as words
from skontro.imports.amounts import AmountForm, plain_amount
from skontro.imports.profiles import Profile
from skontro.imports.source_table import SourceTable

#: Most different values of a column with statuses or classes.
_FEW: Final = 20
_TRUE: Final = ("true", "1", "y", "yes", "да", "oui")


def row_rules(
    table: SourceTable,
    found: Mapping[str, Profile],
    columns: dict[str, Any],
    content: Mapping[str, Any],
    remarks: dict[str, str],
) -> tuple[dict[str, Any], str]:
    """Rules for rows that are no orders, and the meaning of negative amounts if there are any.

    Args:
        table: the payments.
        found: its columns.
        columns: of the draft; a reference that is not unique gets further columns.
        content: of the draft.
        remarks: gets what a person should confirm.
    """
    rules: dict[str, Any] = {}
    leave_out = [*_statuses(found, columns, remarks), *_tests(found), *_securities(found, columns)]
    if leave_out:
        rules["leave_out"] = leave_out
    version = _version(table, found, columns)
    if version:
        rules["versions"] = version
    negative = "takes_back" if _has_reversals(table, columns, content) else ""
    if not version and not negative:
        _make_unique(table, columns)
    return rules, negative


def _statuses(
    found: Mapping[str, Profile], columns: Mapping[str, Any], remarks: dict[str, str]
) -> list[dict[str, Any]]:
    used = {one for one in columns.values() if isinstance(one, str)}
    few = [one for name, one in found.items() if name not in used and 0 < one.distinct <= _FEW]

    def known(one: Profile) -> int:
        return sum(
            bool(words.named(value, words.NOT_ORDERS)) or bool(words.rank(value, words.ORDERS))
            for value in one.values
        )

    by_name = [one for one in few if words.rank(one.name, words.STATUS)]
    chosen = max(by_name or few, key=known, default=None)
    if chosen is None or (not by_name and known(chosen) < len(chosen.values)):
        return []
    reasons: dict[str, list[str]] = {}
    unknown = []
    for value in chosen.values:
        reason = words.named(value, words.NOT_ORDERS)
        if reason is not None:
            reasons.setdefault(reason, []).append(value)
        elif not words.rank(value, words.ORDERS):
            unknown.append(value)
    if unknown:
        remarks["leave_out"] = (
            f"rows with {chosen.name} {', '.join(sorted(unknown))} are taken as orders; "
            "list here those that are not"
        )
    return [
        {"column": chosen.name, "is": values, "why": reason} for reason, values in reasons.items()
    ]


def _tests(found: Mapping[str, Profile]) -> list[dict[str, Any]]:
    return [
        {"column": one.name, "is": marks, "why": "test row"}
        for one in found.values()
        if words.rank(one.name, words.TEST)
        and one.distinct <= 2
        and (marks := [value for value in one.values if value.casefold() in _TRUE])
    ]


def _securities(found: Mapping[str, Profile], columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows whose unit of account is a security."""
    one = found.get(columns.get("currency", ""))
    if one is None or one.securities == 0:
        return []
    currencies = [value for value in one.values if len(value) == 3]
    return [{"column": one.name, "is_not": currencies, "why": "securities leg, not a payment"}]


def _version(
    table: SourceTable, found: Mapping[str, Profile], columns: Mapping[str, Any]
) -> str | None:
    """The column with versions, if references occur in several."""
    reference = columns.get("reference")
    if not reference:
        return None
    for one in found.values():
        if words.rank(one.name, words.VERSION) and all(value.isdigit() for value in one.values):
            pairs = table.rows.select(*reference, one.name)
            if not pairs.is_duplicated().any() and one.distinct > 1:
                return one.name
    return None


def _has_reversals(
    table: SourceTable, columns: Mapping[str, Any], content: Mapping[str, Any]
) -> bool:
    """Whether negative amounts repeat the reference of an earlier row."""
    reference, amount = columns.get("reference"), columns.get("amount")
    if not reference or not amount:
        return False
    mark = content.get("amounts", {}).get("decimal_mark", ".")
    plain = table.rows.select(*reference, plain_amount(amount, AmountForm(mark)))
    negative = plain.filter(pl.col(amount).str.starts_with("-"))
    positive = plain.filter(~pl.col(amount).str.starts_with("-")).select(reference)
    return bool(negative.join(positive, on=reference, how="semi").height)


def _make_unique(table: SourceTable, columns: dict[str, Any]) -> None:
    """Add columns to a reference that several different rows have."""
    reference = columns.get("reference")
    if not reference:
        return
    rows = table.rows.select(table.columns).unique()
    more = [columns[key] for key in ("date", "payer", "payee", "amount") if key in columns]
    while more and rows.select(reference).drop_nulls().is_duplicated().any():
        reference.append(more.pop(0))


def class_rules(
    found: Mapping[str, Profile], used: set[str], remarks: dict[str, str]
) -> dict[str, Any]:
    """The column with payment classes, and the classes of its words."""
    few = [one for name, one in found.items() if name not in used and 0 < one.distinct <= _FEW]
    named = [one for one in few if words.rank(one.name, words.CLASS)]
    columns = named or [
        one for one in few if all(words.named(value, words.CLASSES) for value in one.values)
    ]
    if not columns:
        return {}
    one = columns[0]
    classes = {value: word for value in one.values if (word := words.named(value, words.CLASSES))}
    unknown = [value for value in one.values if value not in classes]
    if unknown:
        remarks["classes"] = f"which classes are {', '.join(sorted(unknown))}? taken as normal"
        classes |= dict.fromkeys(unknown, "normal")
    return {"class_column": one.name, "classes": classes}
