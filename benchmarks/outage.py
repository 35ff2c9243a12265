"""Time to all offers after an outage, for a day of many orders that it made late."""

import datetime
from decimal import Decimal

import attrs
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.command_rows import command_rows
from tests.service.systems import MINUTE, OFFICE_HOURS, new_database

from benchmarks.measuring import Cell, Findings, stopwatch
from skontro.compensation.daily_rates import DailyRate, DailyRates
from skontro.compensation.schemes import preset
from skontro.engine import CommandKind, from_records
from skontro.ledger import (
    Entry,
    Journal,
    genesis,
    genesis_body,
    make_entry,
    open_record,
    own_request,
    request_rows,
    writer_body,
)
from skontro.ledger.keys import public_text
from skontro.ledger.recovery import recover
from skontro.model import (
    NO_DIGEST,
    Participant,
    ParticipantDirectory,
    Rulebook,
    SettlementAccount,
    find_country,
    find_currency,
    to_timestamp,
)
from skontro.service.outage_offers import find_outage, outage_offers
from skontro.system import NO_SCREENING, Batch, BatchKind, Rules, SettlementSystem

_SERIES = "overnight credit of the central bank"
_DAY = datetime.date(2026, 11, 24)
_SIX = to_timestamp(datetime.datetime(2026, 11, 24, 6, tzinfo=datetime.UTC))
_BATCH = 500


def _rules(banks: int) -> Rules:
    bics = [f"B{chr(65 + n // 26)}{chr(65 + n % 26)}AKZK0" for n in range(banks)]
    tenge, country = find_currency("KZT"), find_country("KAZ")
    directory = ParticipantDirectory(
        [Participant(bic, bic, country) for bic in bics],
        [SettlementAccount(bic, tenge, 1_000) for bic in bics],
    )
    return Rules("Outage", directory, Rulebook(), OFFICE_HOURS, screening=NO_SCREENING)


class _Writing:
    """A record that is written without a service, batch by batch."""

    def __init__(self, rules: Rules, key: Ed25519PrivateKey) -> None:
        self._key, self.system = key, SettlementSystem(rules)
        first = genesis(genesis_body(rules, {"public_key": public_text(key)}), _SIX)
        self.entries = [self._signed(first)]
        self.claims = 0
        self.claim(_SIX + 1)

    def _signed(self, entry: Entry) -> Entry:
        return attrs.evolve(entry, signature=self._key.sign(entry.hash))

    def add(self, batch: Batch) -> None:
        count, last = len(batch.commands), self.entries[-1]
        rows = [(0, NO_DIGEST, NO_DIGEST, NO_DIGEST, place, 1) for place in range(count)]
        requests = request_rows(rows) if batch.kind == BatchKind.ORDERS else own_request(count)
        self.entries.append(self._signed(make_entry(last.number + 1, batch, requests, last.hash)))

    def claim(self, time: int) -> None:
        self.claims += 1
        self.system.last_time = time
        self.add(Batch(BatchKind.WRITER, time, body=writer_body(self.claims)))

    def steps(self, until: int) -> None:
        time = int(self.system.last_time) + 1
        while self.system.clock.next_step(time).due <= until:
            step = self.system.step(max(time, until))
            if step is None:
                return
            self.add(step)
            time = until = max(until, int(self.system.last_time) + 1)


def _day(orders: int, banks: int, key: Ed25519PrivateKey) -> tuple[Rules, list[Entry]]:
    """A day whose orders nearly all wait when a two-hour outage begins, past its end."""
    rules, draw = _rules(banks), np.random.default_rng(1)
    record = _Writing(rules, key)
    for hour in (8, 9):
        record.steps(_SIX + (hour - 6) * 60 * MINUTE)
    time = _SIX + 4 * 60 * MINUTE
    for start in range(0, orders, _BATCH):
        count = min(_BATCH, orders - start)
        time += MINUTE // 10
        rows = command_rows(count, CommandKind.SUBMIT, time)
        rows["payer"] = draw.integers(0, banks, count)
        rows["payee"] = (rows["payer"] + draw.integers(1, banks, count)) % banks
        rows["amount"] = draw.integers(1_000_000, 10_000_000, count)
        rows["payment_class"] = 2
        rows["uetr"] = np.frombuffer(draw.bytes(16 * count), "V16")
        record.add(record.system.orders(time, from_records(rows)))
    last = _SIX + 11 * 60 * MINUTE
    rows = command_rows(1, CommandKind.SUBMIT, last)
    rows["payee"], rows["amount"], rows["uetr"] = 1, 1, np.void(bytes(15) + b"\1")
    record.add(record.system.orders(last, from_records(rows)))
    record.claim(last + 120 * MINUTE)
    record.steps(last + 120 * MINUTE + 1)
    return rules, record.entries


def offers_after_outage(sizes: list[int], banks: int, repeats: int) -> Findings:
    """Seconds from the claim of the record to all offers, with the replay of the day.

    Args:
        sizes: orders of the day.
        banks: payees, each of which gets an offer.
        repeats: measurements of each size; the median counts.
    """
    key = Ed25519PrivateKey.generate()
    rates = DailyRates([DailyRate(_SERIES, find_currency("KZT"), _DAY, Decimal(15))])
    table: list[tuple[Cell, ...]] = []
    for size in sizes:
        url = new_database()
        rules, entries = _day(size, banks, key)
        journal = Journal(url)
        journal.claim(lambda _head, _epoch, first=entries[:2]: first)
        for start in range(2, len(entries), 32):
            journal.append(entries[start : start + 32])
        journal.close()
        measured = [_measure(url, rules, key, rates) for _ in range(repeats)]
        replay, offers, late, made = sorted(measured, key=lambda one: one[0] + one[1])[
            len(measured) // 2
        ]
        table.append((size, late, made, round(replay, 2), round(offers, 2)))
    return Findings(
        name="outage",
        title=f"Offers after an outage of two hours, {banks} payees, replay from the first batch",
        columns=("orders", "late payments", "offers", "replay, s", "offers, s"),
        rows=table,
    )


def _measure(
    url: str, rules: Rules, key: Ed25519PrivateKey, rates: DailyRates
) -> tuple[float, float, int, int]:
    with open_record(url) as connection:
        begin = stopwatch()
        read = recover(connection, rules, 20, key.public_key())
        between = stopwatch()
        found = outage_offers(
            read.order_index,
            read.system.directory,
            find_outage(read.order_index, None),
            preset("csdr-cash"),
            rates,
        )
        end = stopwatch()
    return between - begin, end - between, found.payments, len(found.offers)
