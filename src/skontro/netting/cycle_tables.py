"""Tables of netting cycles: residual payments by funding source, and the use of swap lines."""

import datetime
from collections.abc import Sequence
from typing import Any

import attrs
import polars as pl

from skontro.files import RESIDUALS, SWAP_LINES
from skontro.model import Country, Currency, NettingRules
from skontro.netting.funding import FundedPart, FundedResidual, SwapUse
from skontro.netting.obligations import AccountHolders


@attrs.define(eq=False)
class CycleTables:
    """Rows of `RESIDUALS` and `SWAP_LINES` so far."""

    rules: NettingRules
    holders: AccountHolders
    currencies: Sequence[Currency]
    timestamps: list[int]
    dates: list[datetime.date]
    group: list[Country]
    residual_rows: list[dict[str, Any]]
    swap_rows: list[dict[str, Any]]

    @classmethod
    def of(
        cls, rules: NettingRules, holders: AccountHolders, currencies: Sequence[Currency]
    ) -> "CycleTables":
        """No rows yet."""
        group = {
            account.bic: holders.directory.participant(account.bic).country
            for account in holders.directory.accounts
            if account.bic != rules.clearing_agent
        }
        return cls(rules, holders, currencies, [], [], sorted({*group.values()}), [], [])

    def begin(self, timestamp: int, date: datetime.date) -> int:
        """Begin a cut-off of this business day; the number of its cycle."""
        self.timestamps.append(timestamp)
        self.dates.append(date)
        return len(self.timestamps)

    def add_funding(self, cycle: int, funded: list[FundedResidual]) -> None:
        """One row for each source of each payment."""
        participants = self.holders.directory.participants
        for payment in funded:
            residual = payment.residual
            debtor, creditor = participants[residual.debtor], participants[residual.creditor]
            currency = self.currencies[residual.currency]
            for part in payment.parts:
                given = self._funding_currency(part, currency)
                by = None if part.funded_by is None else participants[part.funded_by].bic
                row = self._row(cycle, debtor.country, creditor.country, currency, given)
                self.residual_rows.append(
                    row
                    | {
                        "debtor": debtor.bic,
                        "creditor": creditor.bic,
                        "amount_minor": part.amount,
                        "source": part.source,
                        "funded_by": by,
                    }
                )

    def _funding_currency(self, part: FundedPart, currency: Currency) -> Currency:
        bought = part.source in ("third_currency", "collateral")
        return self.rules.third_currency if bought else currency

    def _row(
        self,
        cycle: int,
        debtor: Country,
        creditor: Country,
        currency: Currency,
        given: Currency,
    ) -> dict[str, Any]:
        date = self.dates[cycle - 1]
        by_corridor = any(country.issues(given, date) for country in (debtor, creditor))
        return {
            "cycle": cycle,
            "cut_off_at": self.timestamps[cycle - 1],
            "debtor_country": debtor.alpha3,
            "creditor_country": creditor.alpha3,
            "currency": currency.code,
            "funding_currency": given.code,
            "national_by_corridor": by_corridor,
            "national_by_member": by_corridor
            or any(country.issues(given, date) for country in self.group),
        }

    def add_sale(self, cycle: int, account: int, amount: int) -> None:
        """Add a sale of currency by an account's holder to the country that issues it."""
        holder = self.holders.directory.participants[self.holders.holder[account]]
        currency = self.currencies[self.holders.currency[account]]
        issuers = sorted(
            participant.country
            for participant in self.holders.directory.participants
            if participant.country.issues(currency, self.dates[cycle - 1])
        )
        issuer = issuers[0] if issuers else holder.country
        row = self._row(cycle, issuer, holder.country, currency, self.rules.third_currency)
        self.residual_rows.append(
            row | {"creditor": holder.bic, "amount_minor": amount, "source": "holding_limit"}
        )

    def add_swaps(self, cycle: int, swaps: list[SwapUse]) -> None:
        """One row for each line that was used or is."""
        self.swap_rows += [
            {
                "cycle": cycle,
                "cut_off_at": self.timestamps[cycle - 1],
                "borrower": use.line.borrower.alpha3,
                "currency": use.line.currency.code,
                "drawn_minor": use.drawn,
                "repaid_minor": use.repaid,
                "outstanding_minor": use.outstanding,
                "interest_minor": use.interest,
            }
            for use in swaps
            if use.drawn or use.repaid or use.outstanding or use.interest
        ]

    def residuals(self) -> pl.DataFrame:
        """The table `RESIDUALS`."""
        return _table(self.residual_rows, RESIDUALS)

    def swap_lines(self) -> pl.DataFrame:
        """The table `SWAP_LINES`."""
        return _table(self.swap_rows, SWAP_LINES)


def _table(rows: list[dict[str, Any]], schema: pl.Schema) -> pl.DataFrame:
    columns = {name: [row.get(name) for row in rows] for name in schema}
    return pl.DataFrame(columns, schema_overrides={"cut_off_at": pl.Int64}).cast(schema)
