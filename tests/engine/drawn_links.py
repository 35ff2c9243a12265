"""Random days on which some orders are legs of links with other systems, and some of a pair."""

from random import Random

from skontro.engine import CommandKind
from skontro.model import Rulebook, SettlementAccount, WhenQueued, find_currency
from tests.engine.days import Case, bic
from tests.engine.drawn_days import HUGE, ON_DEMAND, DayWriter, draw_account, draw_rulebook
from tests.engine.drawn_legs import LegWriter
from tests.engine.oracle_legs import LinkedOracle
from tests.engine.oracle_links import LinksOracle

_KINDS = {
    CommandKind.PERMIT: 2,
    CommandKind.EARMARK: 8,
    CommandKind.COMPLETE: 3,
    CommandKind.RELEASE: 4,
}


def draw_case_with_links(seed: int, oracle: type[LinksOracle] = LinksOracle) -> Case:
    """Accounts of banks, then one or two in each currency for earmarks, and one day or more."""
    writer = draw_links_writer(seed, oracle)
    return Case(writer.table, writer.rulebook, writer.write(writer.random.randint(30, 100)))


def draw_links_writer(seed: int, oracle: type[LinksOracle] = LinksOracle) -> "LinksWriter":
    random = Random(seed)
    unit = random.choice([1, 1, 1, 1, 1, HUGE])
    codes = random.choice([("KZT", "UZS"), ("KZT", "RUB", "UZS")])
    table = [
        draw_account(random, number, code, unit, 5)
        for number, code in enumerate(code for code in codes for _ in range(random.randint(2, 4)))
    ]
    banks = len(table)
    for code in codes * random.randint(1, 2):
        table.append(SettlementAccount(bic(50 + len(table)), find_currency(code), 0))
    rulebook = draw_rulebook(random)
    if random.random() < 0.1:
        when = WhenQueued(random.randint(2, 8), random.choice(ON_DEMAND))
        rulebook = Rulebook(when_queued=when, in_runs_only=True)
    return LinksWriter(random, unit, table, rulebook, banks, oracle)


class LinksWriter(LegWriter):
    """Writes legs of links, and requests about them, in the place of most orders."""

    def __init__(
        self,
        random: Random,
        unit: int,
        table: list[SettlementAccount],
        rulebook: Rulebook,
        banks: int,
        oracle: type[LinksOracle],
    ) -> None:
        super().__init__(random, unit, table, rulebook)
        self.table, self.rulebook, self.banks = table, rulebook, banks
        self.links = oracle(self.oracle.accounts, rulebook, currencies=list(self.oracle.currencies))
        self.oracle: LinkedOracle = self.links

    def account(self) -> int:
        """A bank; an account for earmarks seldom."""
        account = super().account()
        anyone = account < 0 or self.random.random() < 0.05
        return account if anyone else account % self.banks

    def counterparty(self, account: int) -> int:
        """A bank; an account for earmarks seldom."""
        for _ in range(9):
            found = super().counterparty(account)
            if found < self.banks or self.random.random() < 0.02:
                break
        return found

    def write_one(self, kind: CommandKind) -> None:
        super().write_one(kind)
        if self.random.random() < 0.4:
            self.about_leg()

    def submit(self) -> None:
        choice = self.random.random()
        if choice < 0.1:
            super().submit()
        elif choice < 0.25:
            DayWriter.submit(self)
        else:
            self.linked()

    def linked(self) -> None:
        earliest = self.time + self.random.randint(-1, 3) if self.random.random() < 0.1 else None
        latest = self.time + self.random.randint(0, 12) if self.random.random() < 0.3 else None
        if latest is not None and earliest is not None and not self.odd():
            latest = max(earliest, latest)
        self.add_order(CommandKind.SUBMIT_LINKED, self.account(), earliest, latest)

    def about_legs(self) -> None:
        """Several legs that are set aside, mostly different ones, to go together."""
        kind = self.random.choice([CommandKind.PERMIT, CommandKind.EARMARK])
        legs = [o.number for o in self.links.orders if o.state == "held" and o.is_aside]
        if len(legs) < 2:
            return
        chosen = self.random.sample(legs, self.random.randint(2, min(4, len(legs))))
        if self.random.random() < 0.05:
            chosen[-1] = self.random.choice([chosen[0], self.order()])
        latest = self.time + self.random.randint(-1, 8) if self.random.random() < 0.1 else None
        for place, number in enumerate(chosen, 1):
            odd = self.random.random() < 0.02
            follow = self.random.randint(-1, 2) if odd else len(chosen) - place
            if kind == CommandKind.PERMIT:
                self.add(kind, order=number, amount=follow, latest=latest)
            else:
                self.add(kind, order=number, amount=follow, payee=self.account_for(number))
            if self.random.random() < 0.02:
                super().write_one(CommandKind.SUBMIT)

    def about_leg(self) -> None:
        if self.random.random() < 0.2:
            self.about_legs()
            return
        [kind] = self.random.choices([*_KINDS], [*_KINDS.values()])
        state = "held" if kind in (CommandKind.PERMIT, CommandKind.EARMARK) else "earmarked"
        legs = [o.number for o in self.links.orders if o.state == state]
        if state == "held":
            legs = [number for number in legs if self.links.orders[number].is_aside]
        if self.odd() or (not legs and self.random.random() < 0.2):
            number = self.order()
        elif legs:
            number = self.random.choice(legs)
        else:
            return
        if kind == CommandKind.PERMIT:
            latest = self.time + self.random.randint(-1, 8) if self.random.random() < 0.4 else None
            self.add(kind, order=number, latest=latest)
        elif kind == CommandKind.EARMARK:
            self.add(kind, order=number, payee=self.account_for(number))
        else:
            self.add(kind, order=number)

    def account_for(self, number: int) -> int:
        """Mostly one in the leg's currency that banks do not use."""
        accounts = self.links.accounts
        if self.odd() or not 0 <= number < len(self.links.orders):
            return self.random.randint(-1, len(accounts))
        payer = self.links.orders[number].payer
        code = accounts[payer].currency if 0 <= payer < len(accounts) else ""
        fit = [n for n in range(self.banks, len(accounts)) if accounts[n].currency == code]
        return self.random.choice(fit or [0])
