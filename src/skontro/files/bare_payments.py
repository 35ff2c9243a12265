"""Payments files without a scenario: assume and report participants, accounts and business days."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import attrs
import polars as pl

from skontro.files.checks import clean
from skontro.files.currency_dates import check_account_currencies
from skontro.files.instructions import read_instructions
from skontro.files.participants import read_participants
from skontro.files.payments import PaymentsReading, RowReader, check_payments, read_rows
from skontro.files.period import Scenario
from skontro.files.rates import read_rates
from skontro.files.refusals import Refusals
from skontro.files.scenario import ScenarioReading
from skontro.files.tables import INSTRUCTIONS
from skontro.files.timestamps import with_timestamp
from skontro.model import (
    ArgumentError,
    BusinessDay,
    InputError,
    Participant,
    ParticipantDirectory,
    RateTable,
    SettlementAccount,
    check_bic,
    find_country,
    find_currency,
    to_timestamp,
)

#: Time zone of times without an offset, and of the begin and end of days.
TIME_ZONE: Final = "UTC"
ENDINGS: Final = (".csv", ".parquet")

_SIDES: Final = ("payer", "payee")


def is_bare(path: Path) -> bool:
    """Whether a path names a payments file instead of a scenario."""
    return path.suffix.lower() in ENDINGS and not path.is_dir()


def read_bare_payments(
    path: Path,
    *,
    participants: Path | None = None,
    rates: Path | None = None,
    instructions: Path | None = None,
    opening_share: Decimal | None = None,
    rows: RowReader = read_rows,
) -> ScenarioReading:
    """Read a payments file as a scenario, with assumptions for the missing parts.

    Each BIC is a participant, with an account in every currency that it pays or receives. Each date
    of a submission is a business day from midnight to midnight, UTC; the rulebook is the plain one.
    The assumptions are in the scenario's provenance, under keys that begin with ``assumed``.

    Args:
        path: the payments.
        participants: a file of participants, instead of the assumed ones.
        rates: exchange rates; without them one currency is valued in itself, several are not added.
        instructions: a file of instructions.
        opening_share: opening balances as a part of each account's outgoing payments on an average
            day, without credit; None for no balances and as much credit as the payments need.
        rows: reads the payments.

    Raises:
        InputError: a file as a whole cannot be used, or the options contradict each other.
    """
    if participants is not None and opening_share is not None:
        raise ArgumentError(
            lambda name: f"the participants' file has the opening balances; leave out {name}",
            "liquidity",
        )
    read = rows(path, ())
    table, _ = read
    assumed = {"payments": f"the rows of {path.name}"}
    days = assumed_days(table, TIME_ZONE)
    if not days:
        raise InputError(
            f"{path}: no row has a time of submission such as 2026-10-26T09:30; "
            "without one there is no day to settle"
        )
    assumed["assumed days"] = f"{_dates(days)}, from midnight to midnight, {TIME_ZONE}"
    if participants is None:
        directory = assumed_directory(table, {})
        reading = check_payments(path, read, directory, days, TIME_ZONE)
        directory, liquidity = _with_liquidity(directory, reading, len(days), opening_share)
        assumed["assumed participants"] = (
            f"{len(directory.participants)}, one for each BIC, of the country that it names"
        )
        assumed["assumed accounts"] = (
            f"{len(directory.accounts)}, in every currency that a participant pays or receives"
        )
        assumed["assumed liquidity"] = liquidity
    else:
        directory = read_participants(participants)
        reading = check_payments(path, read, directory, days, TIME_ZONE)
    check_account_currencies(participants or path, directory, days)
    rate_table, valued = assumed_rates(rates, directory, reading)
    if rates is None:
        assumed["assumed rates"] = valued
    assumed["assumed rulebook"] = "gross, first in first out by class, without offsetting"
    requests = INSTRUCTIONS.to_frame()
    refusals = [reading.refusals.table]
    if instructions is not None:
        of_file = read_instructions(instructions, directory, days, TIME_ZONE, reading.payments)
        requests, refusals = of_file.instructions, [*refusals, of_file.refusals.table]
    scenario = Scenario(
        name=path.stem,
        business_days=days,
        time_zone=TIME_ZONE,
        directory=directory,
        payments=reading.payments,
        rates=rate_table,
        provenance=assumed,
        instructions=requests,
        rows=reading.rows,
    )
    files = [one for one in (path, participants, rates, instructions) if one is not None]
    return ScenarioReading(scenario, Refusals(pl.concat(refusals)), reading.warnings, tuple(files))


def assumed_days(table: pl.DataFrame, time_zone: str) -> tuple[BusinessDay, ...]:
    """The dates of submission, in order, each from midnight to midnight; none without a time.

    Args:
        table: rows of a payments file.
        time_zone: IANA name.
    """
    table, _ = with_timestamp(table, "submitted_at", time_zone)
    local = table["submitted_at:timestamp"].drop_nulls().dt.convert_time_zone(time_zone)
    zone = ZoneInfo(time_zone)

    def midnight(date: datetime.date) -> int:
        return to_timestamp(datetime.datetime.combine(date, datetime.time(), zone))

    one_day = datetime.timedelta(days=1)
    return tuple(
        BusinessDay(date, midnight(date), midnight(date + one_day))
        for date in local.dt.date().unique().sort().to_list()
    )


def _dates(days: Sequence[BusinessDay]) -> str:
    if len(days) == 1:
        return str(days[0].date)
    return f"{len(days)} days from {days[0].date} to {days[-1].date}, those of the submissions"


def assumed_directory(table: pl.DataFrame, names: Mapping[str, str]) -> ParticipantDirectory:
    """Every participant named by a valid BIC; the reader of payments reports the others.

    Args:
        table: rows of a payments file.
        names: names by BIC; another participant has its BIC for a name.
    """
    pairs = pl.concat(
        table.select(clean(side).alias("bic"), clean("currency").alias("currency"))
        for side in _SIDES
    )
    participants: dict[str, Participant] = {}
    accounts = []
    for bic, code in pairs.drop_nulls().unique().sort("bic", "currency").iter_rows():
        try:
            country, currency = find_country(check_bic(bic)[4:6]), find_currency(code)
        except InputError:
            continue
        participants.setdefault(bic, Participant(bic, names.get(bic, bic), country))
        accounts.append(SettlementAccount(bic, currency, 0))
    return ParticipantDirectory(participants.values(), accounts)


def _with_liquidity(
    directory: ParticipantDirectory, reading: PaymentsReading, days: int, share: Decimal | None
) -> tuple[ParticipantDirectory, str]:
    """The accounts with balances or credit, and a description of both."""
    due = {
        (payer, currency): int(minor)
        for payer, currency, minor in reading.payments.group_by("payer", "currency")
        .agg(pl.col("amount_minor").cast(pl.Int128).sum())
        .iter_rows()
    }

    def supplied(account: SettlementAccount) -> SettlementAccount:
        paid_out = due.get((account.bic, account.currency.code), 0)
        if share is None:
            return attrs.evolve(account, credit_line=paid_out)
        opening = int((share * paid_out / days).to_integral_value(ROUND_FLOOR))
        return attrs.evolve(account, opening_balance=opening)

    words = (
        "no opening balances, and credit for all outgoing payments of an account: no order waits "
        "for cover, and the liquidity used is that of immediate settlement"
        if share is None
        else f"opening balances of {(share * 100).normalize():f}% of an account's outgoing "
        "payments on an average day, without credit"
    )
    accounts = [supplied(account) for account in directory.accounts]
    return ParticipantDirectory(directory.participants, accounts), words


def assumed_rates(
    path: Path | None, directory: ParticipantDirectory, reading: PaymentsReading
) -> tuple[RateTable, str]:
    """The rates of a file, or none, with the words for it.

    Args:
        path: a file of rates, or None.
        directory: with the currencies of the accounts.
        reading: the payments.
    """
    if path is not None:
        return read_rates(path), ""
    used = reading.payments["currency"].unique().sort().to_list()
    known = used or [*directory.currency_codes] or ["USD"]
    table = RateTable(find_currency(known[0]), [])
    if len(directory.currencies) <= 1:
        return table, f"values in {known[0]}, the only currency"
    return table, (
        f"none: {len(directory.currencies)} currencies are shown separately and not added up; "
        "a file of rates values them in one"
    )
