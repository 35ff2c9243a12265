"""Conversions as orders of the engine, and how they move the numbers of the orders after them."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import polars as pl

from skontro.engine import CommandKind, Commands, Engine
from skontro.files import MOMENT, PAYMENTS, Scenario
from skontro.files.conversions import leg_reference
from skontro.model import Country, Currency, InputError, NettingRules, PaymentClass
from skontro.netting.conversions import Conversion
from skontro.netting.obligations import Books
from skontro.simulation.rows import NO_ACCOUNT, Row


@attrs.frozen
class _Leg:
    """One order of a conversion."""

    payer: int
    payee: int
    currency: int
    amount: int
    moment: int
    is_linked: bool


@attrs.define(eq=False)
class Legs:
    """The orders of all conversions so far.

    Attributes:
        books: participants and accounts.
        currencies: by the engine's positions.
        name: of the scenario; the references of the orders derive from it.
        agent: position of the clearing agent among the participants, or None.
        legs: in order of submission.
        before: for each leg, how many payments of the scenario were submitted before it.
    """

    books: Books
    currencies: Sequence[Currency]
    name: str
    agent: int | None
    legs: list[_Leg]
    before: list[int]

    @classmethod
    def of(
        cls, rules: NettingRules, books: Books, currencies: Sequence[Currency], name: str
    ) -> "Legs":
        """No conversions yet.

        Raises:
            InputError: the clearing agent is not in the directory.
        """
        agent = None
        if rules.clearing_agent is not None:
            bics = [participant.bic for participant in books.directory.participants]
            if rules.clearing_agent not in bics:
                raise InputError(
                    f"netting: clearing_agent {rules.clearing_agent} is not in the participant"
                    " directory; add it, with an account in each currency"
                )
            agent = bics.index(rules.clearing_agent)
        return cls(books, currencies, name, agent, [], [])

    def account(self, participant: int, currency: int) -> int:
        """The number of this account.

        Raises:
            InputError: the participant has none.
        """
        bic = self.books.directory.participants[participant].bic
        code = self.currencies[currency].code
        number = self.books.directory.account_number(bic, code)
        if number is None:
            raise InputError(
                f"netting: {bic} needs a settlement account in {code}: add it to the participants"
            )
        return number

    def accounts_of(self, country: Country, currency: int) -> list[int]:
        """Numbers of the accounts that participants of a country hold in a currency."""
        participants = self.books.directory.participants
        rows = np.flatnonzero(self.books.currency == currency).tolist()
        return [row for row in rows if participants[self.books.holder[row]].country == country]

    def submit(self, found: list[Conversion], moment: int, engine: Engine) -> list[Row]:
        """The commands of conversions: the agent pays what a participant gets, and is paid."""
        agent = self.agent
        order, submitted = engine.orders, engine.orders - len(self.legs)
        rows: list[Row] = []
        for conversion in found if agent is not None else []:
            assert agent is not None
            linked = conversion.gets is not None and conversion.gives is not None
            first = NO_ACCOUNT
            for side, payer, payee in (
                (conversion.gets, agent, conversion.participant),
                (conversion.gives, conversion.participant, agent),
            ):
                if side is None:
                    continue
                currency, amount = side
                rows.append(
                    Row(
                        CommandKind.SUBMIT_LEG if linked else CommandKind.SUBMIT,
                        moment,
                        self.account(payer, currency),
                        self.account(payee, currency),
                        amount,
                        int(PaymentClass.NORMAL),
                        first,
                    )
                )
                self.legs.append(_Leg(payer, payee, currency, amount, moment, linked))
                self.before.append(submitted)
                first = order
                order += 1
        return rows

    def renumbered(self, commands: Commands) -> Commands:
        """Commands with the numbers of their orders moved by the legs that came before these."""
        if not self.before or not len(commands.order):
            return commands
        moved = np.searchsorted(np.array(self.before), commands.order, side="right")
        order = np.where(commands.order >= 0, commands.order + moved, commands.order)
        return attrs.evolve(commands, order=order)


def with_legs(
    scenario: Scenario, accounts: pl.DataFrame, legs: Legs
) -> tuple[Scenario, pl.DataFrame]:
    """The scenario's payments with the orders of conversions among them, row i being order i."""
    if not legs.legs:
        return scenario, accounts
    place = np.arange(scenario.payments.height)
    place = place + np.searchsorted(np.array(legs.before), place, side="right")
    of_legs = np.array(legs.before) + np.arange(len(legs.legs))
    order = np.argsort(np.concatenate([place, of_legs]), kind="stable")
    bics = [participant.bic for participant in legs.books.directory.participants]
    uetrs = [leg_reference(legs.name, number) for number in range(len(legs.legs))]
    table = pl.DataFrame(
        [_row(leg, uetr, bics, legs.currencies) for leg, uetr in zip(legs.legs, uetrs, strict=True)]
    )
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in PAYMENTS.items()
        if name not in table.columns
    ]
    table = table.with_columns(pl.col("submitted_at").cast(MOMENT), *missing)
    table = table.with_columns(
        pl.Series("counterleg", _counterlegs(legs.legs, uetrs), dtype=pl.String)
    )
    table = table.select(list(PAYMENTS)).cast(PAYMENTS)
    numbers = pl.DataFrame(
        {
            side: [legs.account(getattr(leg, side), leg.currency) for leg in legs.legs]
            for side in ("payer", "payee")
        },
        schema=accounts.schema,
    )
    payments = pl.concat([scenario.payments, table])[order]
    return attrs.evolve(scenario, payments=payments), pl.concat([accounts, numbers])[order]


def _row(leg: _Leg, uetr: str, bics: list[str], currencies: Sequence[Currency]) -> dict[str, Any]:
    return {
        "uetr": uetr,
        "payer": bics[leg.payer],
        "payee": bics[leg.payee],
        "currency": currencies[leg.currency].code,
        "amount_minor": leg.amount,
        "payment_class": PaymentClass.NORMAL.name.lower(),
        "submitted_at": leg.moment,
    }


def _counterlegs(legs: list[_Leg], uetrs: list[str]) -> list[str | None]:
    """The reference of each linked leg's other one; linked legs stand side by side."""
    found: list[str | None] = []
    while len(found) < len(legs):
        number = len(found)
        found += [uetrs[number + 1], uetrs[number]] if legs[number].is_linked else [None]
    return found
