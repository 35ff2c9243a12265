"""Lives of a live system over several business days, of a seed: all that may happen on them.

The record stands in memory: the batches, as the writer would write them.
"""

import datetime
import uuid
from decimal import Decimal
from random import Random
from typing import Any

import attrs
import numpy as np

from skontro.engine import CommandKind, from_records
from skontro.model import (
    Algorithm,
    BilateralLimit,
    Bypass,
    Collateral,
    CurrencyHours,
    CurrencyPrice,
    Participant,
    ParticipantDirectory,
    PositionLimits,
    Rulebook,
    ScheduledRuns,
    SettlementAccount,
    SettlementCalendar,
    WhenQueued,
    find_country,
    find_currency,
)
from skontro.system import (
    NO_SCREENING,
    NO_SUCH_ORDER,
    OPERATOR,
    Action,
    Batch,
    BatchKind,
    Credentials,
    Decision,
    DecisionKind,
    Operator,
    Person,
    Rules,
    SettlementSystem,
)
from skontro.system.acceptance import day_number
from skontro.system.rulebook_document import rulebook_to_document
from tests.command_rows import command_row, command_rows

BANKS = {"AAAAKZK0": "KAZ", "BBBBKGK0": "KGZ", "CCCCUZK0": "UZB", "DDDDTJK0": "TJK"}
CURRENCIES = ("KZT", "RUB", "UZS")
FIRST_DAY = datetime.date(2026, 11, 23)
MINUTE = 60_000_000
HOUR = 60 * MINUTE
_DAY = 24 * HOUR
_ON_DEMAND = (Algorithm.ALL_OR_NOTHING, Algorithm.GREATEST_FIFO_SET, Algorithm.BILATERAL_PASS)
_PERSONS = (Person("Anna", OPERATOR), Person("Boris", OPERATOR))
_OPERATORS = tuple(
    Operator(person.name, "operator", f"{number:064x}") for number, person in enumerate(_PERSONS)
)


def draw_rules(random: Random) -> Rules:
    """Accounts, a calendar with cut-offs, and a rulebook of any kind that runs live."""
    limited = random.random() < 0.2
    countries = [Participant(b, f"Bank {b}", find_country(c)) for b, c in BANKS.items()]
    accounts = [
        _account(random, bic, code, limited)
        for bic in BANKS
        for code in CURRENCIES
        if random.random() < 0.9
    ]
    directory = ParticipantDirectory(countries, accounts)
    held = {(account.bic, account.currency.code) for account in accounts}
    directory = ParticipantDirectory(
        countries, [a if limited else _with_limits(random, a, held) for a in accounts]
    )
    codes = [currency.code for currency in directory.currencies]
    return Rules(
        "Lives",
        directory,
        _limited_rulebook(random, codes) if limited else _rulebook(random),
        _calendar(random, codes),
        most_days_ahead=3,
        credentials=Credentials((), _OPERATORS),
        screening=NO_SCREENING,
    )


def _account(random: Random, bic: str, code: str, limited: bool) -> SettlementAccount:
    currency, lends = find_currency(code), random.choice([0, 0, 4, 20])
    balance = random.randint(0, 20)
    if random.random() < 0.2 and not limited:
        balance = -random.randint(0, lends)
    pledged = min(lends, 4) if random.random() < 0.5 else 0
    return SettlementAccount(
        bic,
        currency,
        balance,
        lends - pledged,
        (Collateral("bond", pledged * 2, Decimal("0.5")),) if pledged else (),
    )


def _with_limits(
    random: Random, account: SettlementAccount, held: set[tuple[str, str]]
) -> SettlementAccount:
    others = [b for b in BANKS if b != account.bic and (b, account.currency.code) in held]
    limits = [BilateralLimit(b, random.randint(0, 15)) for b in others if random.random() < 0.15]
    return attrs.evolve(
        account,
        reserved_urgent=random.choice([0, 0, 0, 3]),
        reserved_high=random.choice([0, 0, 0, 3]),
        net_sender_limit=random.choice([None, None, None, 12]),
        bilateral_limits=tuple(limits),
    )


def _rulebook(random: Random) -> Rulebook:
    in_runs_only = random.random() < 0.1
    grown = WhenQueued(random.randint(2, 5), random.choice(_ON_DEMAND))
    schedule = [
        ScheduledRuns(random.choice(_ON_DEMAND), every=random.choice([HOUR, 20 * MINUTE])),
        ScheduledRuns(random.choice(_ON_DEMAND), at=(datetime.time(11, 30), datetime.time(17))),
    ]
    return Rulebook(
        offset_on_entry=not in_runs_only and random.random() < 0.5,
        bypass=Bypass() if not in_runs_only and random.random() < 0.3 else None,
        when_queued=grown if random.random() < 0.5 else None,
        schedule=tuple(runs for runs in schedule if in_runs_only or random.random() < 0.3),
        in_runs_only=in_runs_only,
    )


def _limited_rulebook(random: Random, codes: list[str]) -> Rulebook:
    prices = tuple(
        CurrencyPrice(find_currency(code), Decimal(1), Decimal(random.choice(["0", "0.1"])))
        for code in codes
    )
    limits = PositionLimits(find_currency(codes[0]), prices, random.choice([10, 40]))
    every = random.choice([20 * MINUTE, HOUR])
    runs = ScheduledRuns(Algorithm.WITHIN_POSITION_LIMITS, every=every)
    return Rulebook(schedule=(runs,), position_limits=limits)


def _calendar(random: Random, codes: list[str]) -> SettlementCalendar:
    cut_offs = CurrencyHours(
        datetime.time(15), datetime.time(16), (FIRST_DAY + datetime.timedelta(2),)
    )
    return SettlementCalendar(
        time_zone=random.choice(["UTC", "Asia/Almaty", "Asia/Tashkent"]),
        starts=datetime.time(8),
        opens=datetime.time(9),
        closes=datetime.time(18),
        currencies={code: cut_offs for code in codes if random.random() < 0.5},
    )


@attrs.define(eq=False)
class Life:
    """A system, what it was told and answered, and the UETRs of its orders with what they name."""

    random: Random
    system: SettlementSystem
    batches: list[Batch] = attrs.field(factory=list)
    uetrs: dict[bytes, bytes] = attrs.field(factory=dict)
    numbers: dict[bytes, int] = attrs.field(factory=dict)
    awaited: list[Any] = attrs.field(factory=list)
    time: int = 0  # of the last change

    @classmethod
    def of(cls, seed: int) -> "Life":
        """Days of any kind, each of them over."""
        random = Random(seed)
        life = cls(random, SettlementSystem(draw_rules(random)))
        life.time = life._start()
        life.live(random.randint(1, 3), random.randint(10, 60))
        return life

    def live(self, days: int, changes: int) -> None:
        calendar = self.system.rules.calendar
        for number in range(days):
            date = FIRST_DAY + datetime.timedelta(number)
            start = calendar.timestamp(date, datetime.time(7))
            hours = sorted(self.random.choices([1, 2, 5, 8, 9, 10], k=changes))
            for hour in hours:
                at = start + hour * HOUR + self.random.randrange(HOUR)
                self.let_steps_happen(at)
                self.time = max(at, self.time + 1)
                self.happen()
            # Beyond whatever extension there was.
            self.let_steps_happen(start + 15 * HOUR)

    def let_steps_happen(self, until: int) -> None:
        while True:
            due = max(self.time + 1, self.system.clock.next_step(self.time + 1).due)
            if due > max(until, self.time + 1):
                return
            self.add(self.system.step(due))

    def add(self, batch: Batch | None) -> None:
        if batch is not None:
            self.batches.append(batch)
            self.time = batch.time

    def happen(self) -> None:
        what = self.random.random()
        if what < 0.7:
            self.submit()
        elif what < 0.85:
            self.request()
        else:
            self.agree(self.action())

    def submit(self) -> None:
        rows = command_rows(self.random.choice([1, 1, 2, 4]), CommandKind.SUBMIT, 0)
        for row in rows:
            self._fill(row)
            self.uetrs[row["uetr"].tobytes()] = row["counterleg"].tobytes()
        for row in rows:
            # As the sequencer marks them.
            other = self.uetrs.get(row["counterleg"].tobytes(), row["uetr"].tobytes())
            if row["kind"] == int(CommandKind.SUBMIT_LEG) and other != row["uetr"].tobytes():
                row["order"] = NO_SUCH_ORDER
        first = self.system.engine.orders
        batch = self.system.orders(self.time, from_records(rows))
        for number, uetr in enumerate(batch.commands.accepted.uetr.tolist(), first):
            self.numbers[uetr] = number
        self.add(batch)

    def _fill(self, row: Any) -> None:
        random, accounts = self.random, self.system.directory.accounts
        pairs = [
            (one, other)
            for one, payer in enumerate(accounts)
            for other, payee in enumerate(accounts)
            if payer.currency == payee.currency and one != other
        ]
        row["payer"], row["payee"] = random.choice(pairs)
        row["amount"] = random.choice([1, 3, 7, 12, 30])
        row["payment_class"] = random.choice([0, 1, 2, 2])
        row["payment_type"] = random.randrange(2)
        row["earliest"], row["latest"] = self._times(row)
        row["uetr"] = _uetr(random)
        if random.random() < 0.4:
            self._link(row)
        else:
            today = day_number(FIRST_DAY) + (self.time - self._start()) // _DAY
            row["value_date"] = random.choice([0, 0, 0, today, today + 1, today + 2, today + 9])

    def _start(self) -> int:
        return self.system.rules.calendar.timestamp(FIRST_DAY, datetime.time(0))

    def _times(self, row: Any) -> tuple[int, int]:
        """Anywhere: in other years, on other days, at the hours of the day, and soon."""
        random, now = self.random, self.time
        close = self.system.rules.calendar.timestamp(
            datetime.datetime.fromtimestamp(now / 1e6, datetime.UTC).date(), datetime.time(18)
        )
        timestamps = [
            now - _DAY,
            now + _DAY,
            now + HOUR,
            now + 2 * HOUR,
            close,
            close + 1,
            close - 1,
        ]
        timestamps += [now - 1, now, now + 1, -HOUR, 253_000_000_000_000_000]
        earliest = random.choice(timestamps) if random.random() < 0.3 else None
        latest = random.choice(timestamps) if random.random() < 0.3 else None
        if earliest is not None and latest is not None and latest < earliest:
            earliest, latest = latest, earliest
        return (
            int(row["earliest"]) if earliest is None else earliest,
            int(row["latest"]) if latest is None else latest,
        )

    def _link(self, row: Any) -> None:
        random = self.random
        row["kind"] = int(CommandKind.SUBMIT_LEG)
        what = random.random()
        if self.awaited and what < 0.6:
            first = self.awaited.pop(random.randrange(len(self.awaited)))
            row["uetr"], row["counterleg"] = first["counterleg"], first["uetr"]
            if random.random() < 0.1:
                row["counterleg"] = _uetr(random)
        elif self.uetrs and what < 0.65:
            row["counterleg"] = np.void(random.choice(sorted(self.uetrs)))
        else:
            row["counterleg"] = _uetr(random)
        if row["uetr"].tobytes() in self.uetrs:  # it came before, and so is not taken again
            row["uetr"] = _uetr(random)
        if row["counterleg"].tobytes() not in self.uetrs:
            self.awaited.append(row.copy())
        if random.random() < 0.1:
            row["counterleg_payer"], row["counterleg_payee"], row["counterleg_amount"] = 0, 1, 3

    def request(self) -> None:
        random = self.random
        kind = random.choice(
            [
                CommandKind.CANCEL,
                CommandKind.CHANGE_CLASS,
                CommandKind.CHANGE_TIMES,
                CommandKind.MOVE_TO_FRONT,
                CommandKind.MOVE_TO_END,
                CommandKind.SET_RESERVATION,
            ]
        )
        if kind == CommandKind.SET_RESERVATION:
            fields = {"payer": self._any_account(), "amount": random.choice([0, 2, 9])}
            fields["payment_class"] = random.randrange(2)
        else:
            fields = {"order": random.randint(0, self.system.engine.orders + 1)}
            if kind == CommandKind.CHANGE_CLASS:
                fields["payment_class"] = random.randrange(3)
            if kind == CommandKind.CHANGE_TIMES:
                for name in random.choice([("earliest",), ("latest",), ("earliest", "latest")]):
                    fields[name] = self.time + random.randint(-10, 300) * 60_000_000
        row = command_row(kind, 0, **fields)
        if kind == CommandKind.CANCEL and self.uetrs and random.random() < 0.4:
            row["uetr"] = np.void(random.choice(sorted(self.uetrs)))
        self.add(self.system.request(self.time, from_records(row)))

    def _any_account(self) -> int:
        return self.random.randrange(len(self.system.directory.accounts))

    def action(self) -> Action:
        random, bics = self.random, sorted(BANKS)
        accounts = self.system.directory.accounts
        account = accounts[self._any_account()]
        code = account.currency.code
        of = {"participant": account.bic, "currency": code}
        others = [a.bic for a in accounts if a.currency.code == code and a.bic != account.bic]
        other = random.choice(others or [account.bic])
        limit, until = random.choice([None, 0, 5, 12]), self.time + random.choice([1, 2]) * HOUR
        step = random.choice(["customer_cut_off", "interbank_cut_off", "end_of_day"])
        waiting = random.choice(sorted(self.numbers.items()) or [(bytes(16), 0)])
        return random.choice(
            [
                Action("set_credit_line", amount=random.choice([0, 5, 30]), **of),
                Action("transfer_in", amount=random.choice([1, 9]), **of),
                Action("transfer_out", amount=random.choice([1, 9]), **of),
                Action("set_net_sender_limit", amount=limit, **of),
                Action("set_bilateral_limit", amount=limit, counterparty=other, **of),
                Action(random.choice(["suspend", "resume"]), participant=bics[0]),
                Action("resume", participant=bics[0]),
                Action("extend", step=step, until=until),
                Action("offset", algorithm=random.choice([2, 3, 4, 6, 7])),
                Action("offset", algorithm=random.choice([2, 3, 4])),
                *self._about_members(account),
                Action("cancel", uetr=str(uuid.UUID(bytes=waiting[0])), order=waiting[1]),
            ]
        )

    def _about_members(self, account: SettlementAccount) -> list[Action]:
        """Who takes part, with which accounts, and by which rulebook: now or on a day to come."""
        random = self.random
        directory = self.system.directory
        tomorrow = FIRST_DAY + datetime.timedelta(1 + (self.time - self._start()) // _DAY)
        on = tomorrow.isoformat()
        bic = random.choice([p.bic for p in directory.participants])
        code = random.choice([*CURRENCIES, "TJS"])
        number = len(directory.participants)
        newcomer = {
            "participant": f"NEWC{'ABCDEFGHIJKL'[number]}ZK0"[:8],
            "name": f"Newcomer {number}",
            "country": "KAZ",
            "currencies": tuple(random.sample([*CURRENCIES, "TJS"], 2)),
        }
        limited = self.system.membership.rulebook.position_limits is not None
        rulebook = rulebook_to_document(Rulebook() if limited else _rulebook(random))
        standing = {"participant": account.bic, "currency": account.currency.code}
        return [
            Action("admit", effective_on=random.choice([None, on]), **newcomer),
            Action("open_account", participant=bic, currency=code),
            *([Action("exit", participant=bic, effective_on=on)] if random.random() < 0.2 else []),
            Action("set_rulebook", rulebook=rulebook, effective_on=on),
            Action("set_standing_net_sender_limit", amount=random.choice([None, 9]), **standing),
        ]

    def agree(self, action: Action) -> None:
        """One person proposes, another approves what was shown."""
        self.add(
            self.system.decide(self.time + 1, Decision(DecisionKind.PROPOSE, _PERSONS[0], action))
        )
        for shown in self.system.four_eyes.open:
            approval = Decision(
                DecisionKind.APPROVE, _PERSONS[1], proposal=shown.number, hash=shown.hash
            )
            self.add(self.system.decide(self.time + 1, approval))


def _uetr(random: Random) -> Any:
    """A UUID of version 4."""
    number = bytearray(random.randbytes(16))
    number[6], number[8] = number[6] & 0x0F | 0x40, number[8] & 0x3F | 0x80
    return np.void(bytes(number))


def days_of(batches: list[Batch]) -> list[tuple[datetime.date, int, int]]:
    """Each business day that is over, with the batches of its opening and its close."""
    import json

    found, opened = [], -1
    for place, batch in enumerate(batches):
        if batch.kind != BatchKind.STEP:
            continue
        body = json.loads(batch.body)
        if body["kind"] == "open":
            opened = place
        elif body["kind"] == "end_of_day":
            found.append((datetime.date.fromisoformat(body["date"]), opened, place))
    return found
