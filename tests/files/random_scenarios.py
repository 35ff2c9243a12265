"""Random scenarios: any names, days with any hours, payments that the directory allows."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import strategies as st

from skontro.files import (
    PAYMENTS,
    Scenario,
)
from skontro.model import (
    MAX_AMOUNT,
    SECOND,
    BilateralLimit,
    BusinessDay,
    Collateral,
    Participant,
    ParticipantDirectory,
    Rate,
    RateTable,
    SettlementAccount,
    find_country,
    find_currency,
)
from tests.files.banks import uetr
from tests.files.random_requests import instruction_tables, rulebooks

BICS = ("BANKDEFF", "BANKKZKX", "BANKVNVX", "BANKBHBM123", "NOXXNOKK", "TRUEFR22")
CODES = ("EUR", "KZT", "VND", "BHD")
ZONES = ("Europe/Berlin", "Asia/Almaty", "America/St_Johns", "UTC")

#: Anything that one can read, in any script.
_READABLE = st.characters(exclude_categories=("C", "Zl", "Zp", "M")) | st.sampled_from(
    "\u0301\u200c\u200d"
)
one_line = st.text(_READABLE, min_size=1, max_size=20).filter(lambda text: text.strip() != "")
names = one_line | st.sampled_from(
    ["NO", "on", "1250.50", "2026-01-05", "~", "- a", "#", " x ", "é: b"]
)
amounts = st.integers(0, 10**17) | st.integers(0, 300)


@st.composite
def directories(draw: st.DrawFn) -> ParticipantDirectory:
    bics = draw(st.lists(st.sampled_from(BICS), unique=True, max_size=5))
    pairs = [(bic, code) for bic in bics for code in CODES]
    held = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    lei = st.sampled_from([None, "5493006MHB84DD0ZWV18"])
    return ParticipantDirectory(
        [
            Participant(
                bic,
                draw(names),
                find_country(draw(st.sampled_from(["NO", "KAZ"]))),
                draw(lei),
                draw(admissions),
            )
            for bic in bics
        ],
        [draw(_accounts(bic, code, held)) for bic, code in held],
    )


#: Few were admitted to a running system.
admissions = st.just(0) | st.integers(0, 3)
haircuts = st.integers(0, 9999).map(lambda n: Decimal(n).scaleb(-4))


@st.composite
def _accounts(
    draw: st.DrawFn, bic: str, code: str, held: list[tuple[str, str]]
) -> SettlementAccount:
    others = [other for other, currency in held if currency == code and other != bic]
    limited = draw(st.lists(st.sampled_from(others), unique=True)) if others else []
    few = st.just(()) | st.lists(st.builds(Collateral, names, amounts, haircuts), max_size=2)
    return SettlementAccount(
        bic,
        find_currency(code),
        draw(amounts),
        draw(amounts),
        tuple(draw(few)),
        draw(st.just(0) | amounts),
        draw(st.just(0) | amounts),
        draw(st.none() | amounts),
        tuple(BilateralLimit(other, draw(amounts)) for other in limited),
        draw(admissions),
    )


@st.composite
def day_lists(draw: st.DrawFn) -> tuple[BusinessDay, ...]:
    """Days of the usual hours, and of any others, in a zone whose clocks change."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    steps = draw(st.lists(st.integers(2, 200), min_size=1, max_size=5))
    date, days = datetime.date(2024, 2, 1), []
    for step in steps:
        date += datetime.timedelta(days=step)
        usual = BusinessDay.at(date, datetime.time(9), datetime.time(18, 30), zone)
        odd = st.integers(-20 * 3600 * SECOND, 14 * 3600 * SECOND)
        opens = usual.opens_at + draw(st.just(0) | odd)
        length = draw(st.just(8 * 3600 * SECOND) | st.integers(1, 12 * 3600 * SECOND))
        days.append(draw(st.sampled_from([usual, BusinessDay(date, opens, opens + length)])))
    return tuple(days)


def _link_some(
    draw: st.DrawFn, rows: list[tuple[object, ...]], days: tuple[BusinessDay, ...]
) -> None:
    """Make legs of some payments in two currencies that are submitted on one day."""

    def day_of(row: tuple[object, ...]) -> int:
        return sum(int(str(row[6])) >= day.opens_at for day in days)

    for one, other in zip(range(0, len(rows), 2), range(1, len(rows), 2), strict=False):
        first, second = rows[one], rows[other]
        if first[3] != second[3] and day_of(first) == day_of(second) and draw(st.booleans()):
            rows[one], rows[other] = (*first[:-1], second[0]), (*second[:-1], first[0])


@st.composite
def payment_tables(
    draw: st.DrawFn, directory: ParticipantDirectory, days: tuple[BusinessDay, ...]
) -> pl.DataFrame:
    holders: dict[str, list[str]] = {}
    for account in directory.accounts:
        holders.setdefault(account.currency.code, []).append(account.bic)
    payable = [code for code, bics in holders.items() if len(bics) > 1]
    rows = []
    for number in range(draw(st.integers(0, 6)) if payable else 0):
        code = draw(st.sampled_from(payable))
        payer, payee = draw(st.permutations(holders[code]))[:2]
        day = draw(st.sampled_from(days))
        submitted = draw(st.integers(day.opens_at, day.closes_at - 1))
        earliest = draw(st.none() | st.integers(day.opens_at, day.closes_at))
        latest = draw(st.none() | st.integers(max(submitted, earliest or 0), day.closes_at))
        amount = draw(st.integers(1, 2000) | st.integers(1, MAX_AMOUNT))
        instructed = draw(
            st.just((None, None)) | st.tuples(st.sampled_from(CODES), st.integers(1, MAX_AMOUNT))
        )
        payment_class = draw(st.sampled_from(["urgent", "high", "normal"]))
        parties = (uetr(number), payer, payee, code, amount, payment_class)
        rows.append((*parties, submitted, earliest, latest, *instructed, None))
    _link_some(draw, rows, days)
    timestamps = [name for name, dtype in PAYMENTS.items() if isinstance(dtype, pl.Datetime)]
    raw = pl.Schema(PAYMENTS | dict.fromkeys(timestamps, pl.Int64()))
    table = pl.DataFrame(rows, schema=raw, orient="row").cast(dict(PAYMENTS))
    return table.sort("submitted_at", maintain_order=True)


@st.composite
def rate_tables(draw: st.DrawFn) -> RateTable:
    units = st.decimals("0.000001", "99999999", allow_nan=False, places=6)
    priced = draw(st.lists(st.sampled_from(CODES), unique=True))
    dates = st.dates(datetime.date(1, 1, 1))
    return RateTable(
        find_currency("USD"),
        [
            Rate(find_currency(code), draw(units), draw(dates), draw(one_line).strip())
            for code in priced
        ],
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    directory, days = draw(directories()), draw(day_lists())
    payments, zone = draw(payment_tables(directory, days)), draw(st.sampled_from(ZONES))
    return Scenario(
        name=draw(names),
        business_days=days,
        time_zone=zone,
        directory=directory,
        payments=payments,
        rates=draw(rate_tables()),
        provenance=draw(st.dictionaries(names, names, max_size=3)),
        rulebook=draw(rulebooks(days, ZoneInfo(zone))),
        instructions=draw(instruction_tables(directory, days, payments)),
    )
