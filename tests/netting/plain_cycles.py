"""Netting cycles once more, in plain Python by the rules in words: names, fractions and sums.

Written from `docs/reference/netting-cycles.md`, with nothing of the simulation in it.
"""

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from skontro.files import Scenario
from skontro.model import Netting, NettingRules, ResidualCurrency, find_currency
from skontro.model.netting import Guarantee
from tests.netting.unions import UNITS

_MINUTE = 60 * 10**6
_DAY = 24 * 60 * _MINUTE

Payment = tuple[str, str, str, int]  # debtor, creditor, currency, minor units
Row = tuple[int, str | None, str, str, int, str, str | None]


class NobodyLeftError(Exception):
    """No other participant exchanged anything of value with the one that fails."""


def exact_value(amount: int, code: str) -> Fraction:
    """In minor units of the currency of account, which has two decimals as all here have."""
    return Fraction(amount) / Fraction(UNITS.get(code, "1"))


def value(amount: int, code: str) -> int:
    return round(exact_value(amount, code))  # half to even


def amount_of(worth: int, code: str) -> int:
    return round(Fraction(worth) * Fraction(UNITS.get(code, "1")))


def cut_offs(scenario: Scenario, rules: NettingRules) -> list[tuple[int, datetime.date]]:
    days, number = scenario.business_days, rules.length.number
    if rules.length.unit == "minutes":
        timestamps = []
        for day in days:
            timestamp = day.opens_at + number * _MINUTE
            while timestamp < day.closes_at - 1:
                timestamps.append((timestamp, day.date))
                timestamp += number * _MINUTE
            timestamps.append((day.closes_at - 1, day.date))
        return timestamps
    ends = []
    for place, day in enumerate(days):
        following = days[place + 1] if place + 1 < len(days) else None
        if rules.length.unit == "days":
            ends_here = (place + 1) % number == 0
        else:
            period = (day.date.year, (day.date.month - 1) // number)
            ends_here = following is not None and period != (
                following.date.year,
                (following.date.month - 1) // number,
            )
        if ends_here or following is None:
            ends.append((day.closes_at - 1, day.date))
    return ends


def pay_off(positions: dict[str, int]) -> list[tuple[str, str, int]]:
    """The largest debtor pays the largest creditor, and so on."""
    debtors = sorted(((-a, who) for who, a in positions.items() if a < 0),
                     key=lambda one: (-one[0], one[1]))  # fmt: skip
    creditors = sorted(((a, who) for who, a in positions.items() if a > 0),
                       key=lambda one: (-one[0], one[1]))  # fmt: skip
    payments = []
    for owed, debtor in debtors:
        left = owed
        while left:
            due, creditor = creditors.pop(0)
            paid = min(left, due)
            payments.append((debtor, creditor, paid))
            left -= paid
            if due > paid:
                creditors.insert(0, (due - paid, creditor))
    return payments


@dataclass
class PlainCycles:
    scenario: Scenario
    rules: NettingRules
    rows: list[Row] = field(default_factory=list)
    swap_rows: list[tuple[int, str, str, int, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        directory = self.scenario.directory
        self.balance = {(a.bic, a.currency.code): a.opening_balance for a in directory.accounts}
        self.credit = {(a.bic, a.currency.code): a.intraday_credit for a in directory.accounts}
        self.country = {p.bic: p.country for p in directory.participants}
        self.outstanding = [0] * len(self.rules.swap_lines)
        self.pledged = {b: value(a, "USD") for b, a in self.rules.collateral.items()}
        self.before: int | None = None

    def settle(self) -> None:
        payments = self.scenario.payments.select(
            "payer", "payee", "currency", "amount_minor", "submitted_at"
        ).rows()
        done = 0
        for cycle, (timestamp, date) in enumerate(cut_offs(self.scenario, self.rules), 1):
            of_cycle = []
            while done < len(payments) and _micros(payments[done][4]) <= timestamp:
                of_cycle.append(payments[done][:4])
                done += 1
            self.cut_off(cycle, timestamp, date, of_cycle)
        assert done == len(payments)

    def cut_off(
        self, cycle: int, timestamp: int, date: datetime.date, payments: list[Payment]
    ) -> None:
        days = 0 if self.before is None else (timestamp - self.before) // _DAY
        self.before = timestamp
        interest = []
        for line, left in zip(self.rules.swap_lines, self.outstanding, strict=True):
            whole, rest = divmod(left * days * Fraction(line.annual_rate), 360)
            interest.append(int(whole) + (2 * rest >= 360))
        residuals = self.netted(payments, date)
        drawn = [0] * len(self.outstanding)
        self.fund(cycle, date, payments, residuals, drawn)
        self.pay_out(cycle, date, interest, drawn)

    def netted(self, payments: list[Payment], date: datetime.date) -> list[Payment]:
        by_pair: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        for debtor, creditor, code, amount in payments:
            low, high = sorted((debtor, creditor))
            by_pair[code][low, high] += amount if debtor == low else -amount
        multilateral = self.rules.netting == Netting.MULTILATERAL
        found = []
        if self.rules.residual == ResidualCurrency.AS_ORDERED:
            for code in sorted(by_pair):
                if multilateral:
                    pays = pay_off(_positions(by_pair[code]))
                else:
                    pays = _directed(by_pair[code])
                found += [(debtor, creditor, code, amount) for debtor, creditor, amount in pays]
            return found
        worth: Counter[tuple[str, str]] = Counter()
        for code, pairs in by_pair.items():
            for pair, amount in pairs.items():
                worth[pair] += value(amount, code)
        pays = pay_off(_positions(worth)) if multilateral else _directed(worth)
        for debtor, creditor, due in pays:
            who = {ResidualCurrency.DEBTOR: debtor, ResidualCurrency.CREDITOR: creditor}
            code = "USD"
            if self.rules.residual in who:
                code = self.country[who[self.rules.residual]].currency_on(date).code
            if amount_of(due, code):
                found.append((debtor, creditor, code, amount_of(due, code)))
        return found

    def fund(
        self,
        cycle: int,
        date: datetime.date,
        payments: list[Payment],
        residuals: list[Payment],
        drawn: list[int],
    ) -> None:
        lacking: Counter[tuple[str, str]] = Counter()
        for debtor, creditor, code, amount in residuals:
            lacking[debtor, code] += amount
            if self.rules.netting == Netting.MULTILATERAL:
                lacking[creditor, code] -= amount
        for key in lacking:
            lacking[key] = max(0, lacking[key] - self.balance[key] - self.credit[key])
        failing = [one.bic for one in self.rules.failures if one.date == date]
        for debtor, creditor, code, amount in residuals:
            short = min(amount, lacking[debtor, code])
            lacking[debtor, code] -= short
            parts: list[tuple[str, int, str | None]] = [("balance", amount - short, None)]
            if short and debtor in failing:
                parts += self.guaranteed(debtor, code, short, failing, payments)
            elif short:
                parts += self.afar(debtor, code, short, date, drawn)
            self.rows += [
                (cycle, debtor, creditor, code, part, source, by)
                for source, part, by in parts
                if part
            ]
            self.balance[debtor, code] += short - amount
            self.balance[creditor, code] += amount

    def afar(
        self, debtor: str, code: str, short: int, date: datetime.date, drawn: list[int]
    ) -> list[tuple[str, int, str | None]]:
        if self.country[debtor].issues(find_currency(code), date):
            return [("central_bank", short, None)]
        parts: list[tuple[str, int, str | None]] = []
        for place, line in enumerate(self.rules.swap_lines):
            if (line.borrower, line.currency.code) == (self.country[debtor], code):
                part = min(short, line.limit - self.outstanding[place])
                self.outstanding[place] += part
                drawn[place] += part
                short -= part
                parts.append(("swap_line", part, None))
        return [*parts, ("third_currency", short, None)]

    def guaranteed(
        self, debtor: str, code: str, short: int, failing: list[str], payments: list[Payment]
    ) -> list[tuple[str, int, str | None]]:
        parts: list[tuple[str, int, str | None]] = []
        if self.rules.guarantee == Guarantee.COLLATERAL_THEN_SURVIVORS:
            worth = self.pledged.get(debtor, 0)
            taken = min(short, amount_of(worth, code))
            self.pledged[debtor] = worth - min(worth, value(taken, code))
            short -= taken
            parts.append(("collateral", taken, None))
        sums: Counter[tuple[str, str, str]] = Counter()
        for one, other, currency, amount in payments:
            sums[one, other, currency] += amount
        exchanged: Counter[str] = Counter()
        for (one, other, currency), amount in sums.items():
            partner = other if one == debtor else one
            if debtor in (one, other) and partner not in failing:
                exchanged[partner] += value(amount, currency)
        total = sum(exchanged.values())
        if short and not total:
            raise NobodyLeftError(debtor)
        exact = {who: Fraction(short * part, total or 1) for who, part in exchanged.items()}
        shares = {who: int(part) for who, part in exact.items()}
        most = sorted(exact, key=lambda who: (shares[who] - exact[who], who))
        for who in most[: short - sum(shares.values())]:
            shares[who] += 1
        order = [p.bic for p in self.scenario.directory.participants]
        return parts + [("survivors", shares[who], who) for who in sorted(shares, key=order.index)]

    def pay_out(
        self, cycle: int, date: datetime.date, interest: list[int], drawn: list[int]
    ) -> None:
        for place, line in enumerate(self.rules.swap_lines):
            code, repaid = line.currency.code, 0
            for bic in sorted(self.country):
                if self.country[bic] == line.borrower:
                    part = min(max(0, self.balance[bic, code]), self.outstanding[place])
                    self.balance[bic, code] -= part
                    self.outstanding[place] -= part
                    repaid += part
            row = (drawn[place], repaid, self.outstanding[place], interest[place])
            if any(row):
                self.swap_rows.append((cycle, line.borrower.alpha3, code, *row))
        for limit in self.rules.holding_limits:
            key = (limit.bic, limit.currency.code)
            excess = self.balance[key] - limit.limit
            if excess > 0:
                self.balance[key] -= excess
                self.rows.append((cycle, None, limit.bic, key[1], excess, "holding_limit", None))


def _micros(timestamp: datetime.datetime) -> int:
    since = timestamp.replace(tzinfo=datetime.UTC) - datetime.datetime(
        1970, 1, 1, tzinfo=datetime.UTC
    )
    return since // datetime.timedelta(microseconds=1)


def _positions(pairs: Counter[tuple[str, str]]) -> dict[str, int]:
    positions: Counter[str] = Counter()
    for (low, high), amount in pairs.items():
        positions[low] -= amount
        positions[high] += amount
    return positions


def _directed(pairs: Counter[tuple[str, str]]) -> list[tuple[str, str, int]]:
    return [
        (low, high, amount) if amount > 0 else (high, low, -amount)
        for (low, high), amount in sorted(pairs.items())
        if amount
    ]
