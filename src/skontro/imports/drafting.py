"""A map drafted from the file itself, by headings and cells, with what a person should confirm."""

from collections.abc import Mapping
from typing import Any

import attrs

from skontro.imports.bank_codes import BankCodes
from skontro.imports.column_map import (
    FORMAT,
    VERSION,
    CodesMap,
    ImportMap,
    LiquidityMap,
    with_time_zone,
)
from skontro.imports.known_maps import client_bank_map, fin_map
from skontro.imports.profiles import Profile, profiles
from skontro.imports.reading import Sources
from skontro.imports.recognition import Recognition, recognise
from skontro.imports.rules import class_rules, row_rules
from skontro.imports.source_table import SourceTable


@attrs.frozen
class Draft:
    """A drafted map.

    Attributes:
        shape: the map.
        remarks: what a person should confirm, by key of the map.
    """

    shape: ImportMap
    remarks: Mapping[str, str]

    @property
    def meanings(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Meaning, column, and the values that count if not all do, in the order of the map."""
        columns = self.shape.columns.model_dump(exclude_defaults=True)
        found: list[tuple[str, str, tuple[str, ...]]] = [
            (meaning.replace("_", " "), name, ())
            for meaning, value in columns.items()
            for name in (value if isinstance(value, list) else [value])
        ]
        for leg in self.shape.legs:
            parts = leg.model_dump()
            name = parts.pop("name")
            found += [(f"{name}: {meaning}", column, ()) for meaning, column in parts.items()]
        if self.shape.versions:
            found.append(("version", self.shape.versions, ()))
        for rule in self.shape.leave_out:
            values = tuple(rule.is_ or (f"not {one}" for one in rule.is_not))
            found.append((f"left out: {rule.why}", rule.column, values))
        return found


def draft_for(sources: Sources, time_zone: str | None = None) -> Draft:
    """The map of foreign files.

    Args:
        sources: as read.
        time_zone: IANA name, where it is known.
    """
    codes = None
    if sources.codes is not None:
        codes = (sources.codes[0], BankCodes.of(sources.codes[1], sources.codes[0]))
    parts = {key: part for key, (part, _) in sources.liquidity.items()}
    draft = draft_map(sources.payments, codes, parts, sources.profiles)
    if time_zone is None:
        return draft
    remarks = {key: text for key, text in draft.remarks.items() if key != "time_zone"}
    return Draft(with_time_zone(draft.shape, time_zone), remarks)


def draft_map(
    table: SourceTable,
    codes: tuple[CodesMap, BankCodes] | None = None,
    liquidity: Mapping[str, LiquidityMap] | None = None,
    found: dict[str, Profile] | None = None,
) -> Draft:
    """The map of a table.

    Args:
        table: the payments.
        codes: a second file with BICs.
        liquidity: second files by key of the map, `opening_balances` and `credit_lines`.
        found: the look of its columns, where it is known.
    """
    second: dict[str, Any] = {}
    if codes is not None:
        second["codes"] = codes[0].model_dump()
    second |= {key: one.model_dump() for key, one in (liquidity or {}).items()}
    if table.kind == "fin":
        return Draft(ImportMap(**fin_map() | second), {})
    if table.kind == "client_bank":
        remark = {"time_zone": "assumed; times are those of the bank that confirms"}
        return Draft(ImportMap(**client_bank_map(table) | second), remark)
    draft = Recognition(table, found or profiles(table), codes[1] if codes else BankCodes())
    recognise(draft)
    draft.content |= class_rules(draft.found, draft.used, draft.remarks)
    rules, negative = row_rules(table, draft.found, draft.columns, draft.content, draft.remarks)
    draft.content |= rules
    if negative:
        draft.content["amounts"] = draft.content.get("amounts", {}) | {"negative": negative}
    payment_class = draft.content.pop("class_column", None)
    if payment_class:
        draft.columns["payment_class"] = payment_class
    content = {"format": FORMAT, "version": VERSION, "columns": draft.columns, **draft.content}
    draft.remarks["time_zone"] = "assumed; name the time zone of the file"
    return Draft(ImportMap.model_validate(content | second), draft.remarks)
