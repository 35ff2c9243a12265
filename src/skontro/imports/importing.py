"""The import of foreign files: a scenario, and the outcome of every row."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs
import polars as pl

from skontro.files.bare_payments import assumed_days, assumed_directory, assumed_rates
from skontro.files.payments import PaymentsReading, check_payments
from skontro.files.period import Scenario
from skontro.imports.amounts import AmountForm, plain_amount
from skontro.imports.bank_codes import BankCodes
from skontro.imports.column_map import ImportMap, LiquidityMap, usable_map
from skontro.imports.orders import read_orders
from skontro.imports.outcome import outcomes
from skontro.imports.reading import Sources
from skontro.imports.source_table import SourceTable
from skontro.model import (
    Currency,
    InputError,
    ParticipantDirectory,
    SettlementAccount,
    check_name,
    parse_amount,
)

_SIDES: Final = ("payer", "payee")


@attrs.frozen(eq=False)
class Import:
    """Foreign files as a scenario.

    Attributes:
        scenario: with all good orders.
        outcomes: the outcome of each row of the source, see `outcome.OUTCOMES`.
        references: the origin and further columns of each order of the scenario, by UETR.
    """

    scenario: Scenario
    outcomes: pl.DataFrame
    references: pl.DataFrame


def import_sources(sources: Sources, shape: ImportMap, name: str) -> Import:
    """The scenario of foreign files.

    Each bank is a participant of the country that its BIC names, with an account in every currency
    that it pays or receives. Days are those of the submissions, from midnight to midnight in the
    map's time zone. An account has the opening balance and credit line of the second files; without
    such files it has credit for all its payments, so that no order waits for cover.

    Args:
        sources: as read.
        shape: the map.
        name: of the scenario.

    Raises:
        InputError: the map does not fit the files, or no row is an order.
    """
    usable_map(shape)
    codes = BankCodes()
    if shape.codes is not None:
        codes = BankCodes.of(_second(sources, shape.codes.file), shape.codes)
    chosen, orders = read_orders(sources.payments.rows, shape, codes)
    days = assumed_days(orders, shape.time_zone)
    if not days:
        raise InputError(
            "no row has a time of submission that can be read; see columns and dates in the map"
        )
    names = {**codes.names, **_bank_names(chosen, shape)}
    usable = {bic: _name(name, bic) for bic, name in names.items()}
    directory = assumed_directory(orders, usable)
    path = Path(sources.payments.name)
    reading = check_payments(path, (orders, []), directory, days, shape.time_zone)
    directory, liquidity = _with_liquidity(directory, reading, sources, shape, codes)
    rates, valued = assumed_rates(None, directory, reading)
    provenance = {
        "payments": f"imported from {sources.payments.name}"[:200],
        "assumed days": "those of the submissions, from midnight to midnight",
        "assumed participants": "one for each BIC, of the country that it names",
        "assumed liquidity": liquidity,
        "assumed rates": valued,
    }
    scenario = Scenario(
        name=name,
        business_days=days,
        time_zone=shape.time_zone,
        directory=directory,
        payments=reading.payments,
        rates=rates,
        provenance=provenance,
        rows=reading.rows,
    )
    found, references = outcomes(sources.payments, chosen, orders, reading, shape)
    return Import(scenario, found, references)


def _second(sources: Sources, file: str) -> SourceTable:
    known = [sources.codes, *sources.liquidity.values()]
    for one in known:
        if one is not None and one[1].name == file:
            return one[1]
    raise InputError(f"the map names the file {file}, which is not among those to import; add it")


def _bank_names(rows: pl.DataFrame, shape: ImportMap) -> dict[str, str]:
    """The names that the file has for its banks, by BIC."""
    found: dict[str, str] = {}
    columns = shape.columns
    for code, name in ((columns.payer, columns.payer_name), (columns.payee, columns.payee_name)):
        if code and name:
            pairs = rows.select(code, name).drop_nulls().unique(maintain_order=True)
            for bic, text in pairs.iter_rows():
                found.setdefault(bic, text)
    return found


def _name(text: str, bic: str) -> str:
    try:
        return check_name(" ".join(text.split()))
    except InputError:
        return bic


def _with_liquidity(
    directory: ParticipantDirectory,
    reading: PaymentsReading,
    sources: Sources,
    shape: ImportMap,
    codes: BankCodes,
) -> tuple[ParticipantDirectory, str]:
    """The accounts that pay or receive, with balances and credit lines, and their origin."""
    payments = reading.payments
    used = {
        pair for side in _SIDES for pair in payments.select(side, "currency").unique().iter_rows()
    }
    accounts = [one for one in directory.accounts if (one.bic, one.currency.code) in used]
    bics = {one.bic for one in accounts}
    participants = [one for one in directory.participants if one.bic in bics]
    opening = _amounts(sources, shape.opening_balances, shape, codes, accounts)
    credit = _amounts(sources, shape.credit_lines, shape, codes, accounts)
    if shape.opening_balances is None and shape.credit_lines is None:
        due = payments.group_by("payer", "currency").agg(
            pl.col("amount_minor").cast(pl.Int128).sum()
        )
        credit = {(payer, code): int(minor) for payer, code, minor in due.iter_rows()}
        words = "credit for all outgoing payments of an account: no order waits for cover"
    else:
        named = [
            one.file for one in (shape.opening_balances, shape.credit_lines) if one is not None
        ]
        words = f"opening balances and credit lines of {' and '.join(named)}; none for others"
    supplied = [
        attrs.evolve(
            one,
            opening_balance=opening.get((one.bic, one.currency.code), 0),
            credit_line=credit.get((one.bic, one.currency.code), 0),
        )
        for one in accounts
    ]
    return ParticipantDirectory(participants, supplied), words


def _amounts(
    sources: Sources,
    part: LiquidityMap | None,
    shape: ImportMap,
    codes: BankCodes,
    accounts: list[SettlementAccount],
) -> dict[tuple[str, str], int]:
    """Amounts in minor units by BIC and currency; the last of several counts."""
    if part is None:
        return {}
    table = _second(sources, part.file)
    currencies = {one.currency.code: one.currency for one in accounts}
    amount = plain_amount(part.amount, AmountForm(shape.amounts.decimal_mark, shape.amounts.shift))
    found: dict[tuple[str, str], int] = {}
    names = [part.participant, *([part.currency] if part.currency else [])]
    for text, bank, *code in table.rows.select(amount, *names).iter_rows():
        bic = codes.find(bank or "")
        currency = _currency(code, currencies)
        if bic is None or currency is None or text is None:
            continue
        found[bic, currency.code] = parse_amount(text, currency)
    return found


def _currency(code: list[str], known: Mapping[str, Currency]) -> Currency | None:
    if code:
        return known.get(code[0] or "")
    return next(iter(known.values())) if len(known) == 1 else None
