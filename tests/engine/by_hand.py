"""A day told step by step, which the engine and the oracle must both tell the same way."""

from skontro.engine import CommandKind, Engine, EventKind
from skontro.model import Algorithm, PaymentClass, Rulebook, SettlementAccount, find_currency
from tests.engine.days import as_batch, as_events, as_runs, bic, new_oracle
from tests.engine.oracle import Command, Event, Run

#: Kinds whose number is that of an order.
_OF_ORDERS = (
    EventKind.REJECTED,
    EventKind.HELD,
    EventKind.QUEUED,
    EventKind.SETTLED,
    EventKind.RETURNED,
    EventKind.CANCELLED,
    EventKind.CLASS_CHANGED,
    EventKind.TIMES_CHANGED,
    EventKind.MOVED_IN_QUEUE,
    EventKind.SELECTED,
)


def in_words(event: Event) -> str:
    """For example ``3 settled: bypassed fifo``; the number only where it is that of an order."""
    number, _, kind, reason = event
    words = f"{number} {kind.name}" if kind in _OF_ORDERS else kind.name
    if reason:
        words += f": {reason.name}"
    return words.lower().replace("_", " ")


class DayByHand:
    """One business day from time 0; each step is one command and takes one microsecond.

    Banks are the letters of `balances`, a step returns what happened in words, and orders are
    numbered 0, 1, 2 … as they come.
    """

    def __init__(
        self, rulebook: Rulebook | None = None, *, credit_line: int = 0, **balances: int
    ) -> None:
        tenge = find_currency("KZT")
        table = [
            SettlementAccount(bic(number), tenge, balance, credit_line)
            for number, balance in enumerate(balances.values())
        ]
        self.banks = list(balances)
        self.engine = Engine(table, rulebook or Rulebook())
        self.oracle = new_oracle(table, rulebook or Rulebook())
        self.time = 0
        self.run: Run | None = None
        self.step(CommandKind.OPEN_DAY)

    def step(self, kind: CommandKind, **values: int | None) -> list[str]:
        command = Command(kind, self.time, **values)  # type: ignore[arg-type]
        told, runs = len(self.oracle.events), len(self.oracle.runs)
        self.oracle.apply(command)
        events = as_events(self.engine.apply(as_batch([command])))
        self.engine.check()
        assert events == self.oracle.events[told:]
        assert as_runs(self.engine.runs) == self.oracle.runs[runs:]
        assert self.engine.balances.tolist() == [a.balance for a in self.oracle.accounts]
        if self.oracle.runs:
            self.run = self.oracle.runs[-1]
        self.time += 1
        return [in_words(event) for event in events]

    def pays(
        self,
        payer: str,
        payee: str,
        amount: int,
        payment_class: PaymentClass = PaymentClass.NORMAL,
        **times: int,
    ) -> list[str]:
        accounts = {"payer": self.banks.index(payer), "payee": self.banks.index(payee)}
        rest = {"amount": amount, "payment_class": payment_class, **times}
        return self.step(CommandKind.SUBMIT, **accounts, **rest)

    def about(self, kind: CommandKind, order: int) -> list[str]:
        return self.step(kind, order=order)

    def set(self, kind: CommandKind, bank: str, amount: int, payment_class: int = -1) -> list[str]:
        account = self.banks.index(bank)
        return self.step(kind, payer=account, amount=amount, payment_class=payment_class)

    def limits(self, bank: str, amount: int, towards: str | None = None) -> list[str]:
        if towards is None:
            return self.set(CommandKind.SET_NET_SENDER_LIMIT, bank, amount)
        accounts = {"payer": self.banks.index(bank), "payee": self.banks.index(towards)}
        return self.step(CommandKind.SET_BILATERAL_LIMIT, **accounts, amount=amount)

    def offset(self, algorithm: Algorithm) -> list[str]:
        return self.step(CommandKind.OFFSET, amount=algorithm)

    @property
    def balances(self) -> dict[str, int]:
        return dict(zip(self.banks, self.engine.balances.tolist(), strict=True))
