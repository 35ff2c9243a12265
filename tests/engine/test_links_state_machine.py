"""Links by a state machine: Hypothesis chooses each step, and shortens what fails."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from skontro.engine import CommandKind, Engine
from skontro.model import Bypass, Rulebook, SettlementAccount, find_currency
from tests.draws import examples
from tests.engine.days import as_batch, as_events, bic, new_oracle
from tests.engine.oracle import Command
from tests.engine.oracle_links import LinksOracle

#: Three banks, then two accounts for earmarks.
BANKS, ACCOUNTS = 3, 5
ORDERS = st.integers(0, 12)


class Links(RuleBasedStateMachine):
    @initialize(bypass=st.booleans(), offset=st.booleans())
    def begin(self, bypass: bool, offset: bool) -> None:
        tenge = find_currency("KZT")
        table = [SettlementAccount(bic(n), tenge, 8 * (n < BANKS)) for n in range(ACCOUNTS)]
        rulebook = Rulebook(offset_on_entry=offset, bypass=Bypass() if bypass else None)
        self.engine, oracle = Engine(table, rulebook), new_oracle(table, rulebook, LinksOracle)
        assert isinstance(oracle, LinksOracle)
        self.oracle, self.time, self.legs = oracle, 0, list[int]()
        self.step(CommandKind.OPEN_DAY)

    def step(self, kind: CommandKind, **values: int | None) -> None:
        told = len(self.oracle.events)
        command = Command(kind, self.time, **values)  # type: ignore[arg-type]
        self.oracle.apply(command)
        events = as_events(self.engine.apply(as_batch([command])))
        assert events == self.oracle.events[told:]
        assert self.engine.balances.tolist() == [a.balance for a in self.oracle.accounts]

    @rule(payer=st.integers(0, BANKS - 1), other=st.integers(1, BANKS - 1),
          amount=st.integers(1, 6), payment_class=st.integers(0, 2),
          latest=st.none() | st.integers(0, 9), linked=st.booleans())  # fmt: skip
    def submit(
        self,
        payer: int,
        other: int,
        amount: int,
        payment_class: int,
        latest: int | None,
        linked: bool,
    ) -> None:
        if linked:
            self.legs.append(self.engine.orders)
        self.step(
            CommandKind.SUBMIT_LINKED if linked else CommandKind.SUBMIT,
            payer=payer, payee=(payer + other) % BANKS, amount=amount,
            payment_class=payment_class, latest=None if latest is None else self.time + latest,
        )  # fmt: skip

    def leg(self, place: int) -> int:
        """One of the last legs, or any number where there is none."""
        return self.legs[-1 - place % len(self.legs)] if self.legs else place

    @rule(place=ORDERS, latest=st.none() | st.integers(0, 9))
    def permit(self, place: int, latest: int | None) -> None:
        until = None if latest is None else self.time + latest
        self.step(CommandKind.PERMIT, order=self.leg(place), latest=until)

    @rule(place=ORDERS, account=st.integers(BANKS - 1, ACCOUNTS - 1))
    def earmark(self, place: int, account: int) -> None:
        self.step(CommandKind.EARMARK, order=self.leg(place), payee=account)

    @rule(places=st.lists(ORDERS, min_size=2, max_size=3), earmarks=st.booleans())
    def together(self, places: list[int], earmarks: bool) -> None:
        for follow, place in zip(range(len(places) - 1, -1, -1), places, strict=True):
            if earmarks:
                self.step(
                    CommandKind.EARMARK, order=self.leg(place), payee=ACCOUNTS - 1, amount=follow
                )
            else:
                self.step(CommandKind.PERMIT, order=self.leg(place), amount=follow)

    @rule(place=ORDERS, completes=st.booleans())
    def end(self, place: int, completes: bool) -> None:
        kind = CommandKind.COMPLETE if completes else CommandKind.RELEASE
        self.step(kind, order=self.leg(place))

    @rule(place=ORDERS)
    def cancel(self, place: int) -> None:
        self.step(CommandKind.CANCEL, order=self.leg(place))

    @rule(bank=st.integers(0, BANKS - 1), limit=st.integers(-1, 8))
    def limit(self, bank: int, limit: int) -> None:
        self.step(CommandKind.SET_NET_SENDER_LIMIT, payer=bank, amount=limit)

    @rule(seconds=st.integers(1, 5))
    def wait(self, seconds: int) -> None:
        self.time += seconds

    @rule()
    def another_day(self) -> None:
        self.step(CommandKind.CLOSE_DAY)
        self.step(CommandKind.OPEN_DAY)

    @rule()
    def restart(self) -> None:
        snapshot = self.engine.snapshot()
        self.engine.restore(snapshot)
        assert self.engine.snapshot() == snapshot

    @invariant()
    def is_sound(self) -> None:
        self.engine.check()
        orders = [earmark.order.number for earmark in self.oracle.earmarks]
        assert self.engine.earmarks["order"].tolist() == sorted(orders)


Links.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=30, deadline=None)
test_links = Links.TestCase
