"""Tables that netting cycles leave beside the orders: what was paid, and what was borrowed."""

from typing import Final

import polars as pl

from skontro.files.tables import MOMENT

#: How each net position was paid: one row for each source, by cut-off. Other than orders, these
#: payments bring money in from outside, or take it out.
RESIDUALS: Final = pl.Schema(
    {
        "cycle": pl.Int64(),  # 1, 2, 3 …
        "cut_off_at": MOMENT,
        "debtor": pl.String(),  # BIC of the net debtor; of a sale of what exceeds a holding limit,
        "creditor": pl.String(),  # null, and the creditor is the participant that sells
        "debtor_country": pl.String(),  # ISO 3166 alpha-3; of a sale, the issuer's
        "creditor_country": pl.String(),
        "currency": pl.String(),  # in which the position was due
        "amount_minor": pl.Int64(),
        "source": pl.String(),  # one of `SOURCES`
        "funded_by": pl.String(),  # BIC of a survivor that paid for the debtor; else null
        "funding_currency": pl.String(),  # what was finally given for it
        "national_by_corridor": pl.Boolean(),  # whether either country issues that
        "national_by_member": pl.Boolean(),  # whether any country of the group issues it
    }
)

#: Where the money came from.
SOURCES: Final = (
    "balance",  # what the account held
    "central_bank",  # the debtor's own central bank, in its own currency
    "swap_line",
    "third_currency",  # bought with the third currency
    "collateral",  # of a debtor that failed
    "survivors",  # the other participants, for a debtor that failed
    "holding_limit",  # sold for the third currency, since the holder may not keep it
)

#: Swap lines after each cut-off at which any amount was outstanding, drawn or repaid.
SWAP_LINES: Final = pl.Schema(
    {
        "cycle": pl.Int64(),
        "cut_off_at": MOMENT,
        "borrower": pl.String(),  # ISO 3166 alpha-3
        "currency": pl.String(),
        "drawn_minor": pl.Int64(),  # at this cut-off
        "repaid_minor": pl.Int64(),
        "outstanding_minor": pl.Int64(),  # afterwards
        "interest_minor": pl.Int64(),  # on what was outstanding since the cut-off before
    }
)
