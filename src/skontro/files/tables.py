"""Tables shared by files, simulation and statistics: columns, types and meaning.

Every `*_minor` column counts minor units of the row's currency. Every `*_at` column is a timestamp
in UTC to the microsecond. Totals that may exceed the int64 range are decimals without a fraction.
"""

from typing import Final

import polars as pl

from skontro.model import Algorithm

TIMESTAMP: Final = pl.Datetime("us", "UTC")
TOTAL: Final = pl.Decimal(38, 0)

#: Payments as they are settled: one row per transfer order, in order of submission.
PAYMENTS: Final = pl.Schema(
    {
        "uetr": pl.String(),
        "payer": pl.String(),  # BIC of the participant to debit
        "payee": pl.String(),  # BIC of the participant to credit
        "currency": pl.String(),
        "amount_minor": pl.Int64(),
        "payment_class": pl.String(),  # urgent, high or normal
        "submitted_at": TIMESTAMP,
        "earliest_at": TIMESTAMP,  # null: at once
        "latest_at": TIMESTAMP,  # null: end of the day
        "instructed_currency": pl.String(),  # what the customers agreed on; null: as settled
        "instructed_amount_minor": pl.Int64(),
        "counterleg": pl.String(),  # UETR of the linked leg of payment versus payment; or null
    }
)

#: Requests of participants and the operator during the day: one row each, in order of time.
INSTRUCTIONS: Final = pl.Schema(
    {
        "at": TIMESTAMP,
        "instruction": pl.String(),
        "uetr": pl.String(),  # the order, where the instruction is about one
        "payment_class": pl.String(),  # the new class, or that of the reservation
        "participant": pl.String(),  # BIC of the account's holder, where it is about an account
        "currency": pl.String(),
        "counterparty": pl.String(),  # BIC of the other side of a bilateral limit
        "amount_minor": pl.Int64(),  # null where a limit ends
        "algorithm": pl.String(),  # of an offsetting run
        "earliest_at": TIMESTAMP,  # the new times of an order; null for no change
        "latest_at": TIMESTAMP,
    }
)

#: How an order settled: by itself at entry or from the queue, or by the algorithm of that name.
MECHANISMS: Final = ("entry", "queue", *(algorithm.name.lower() for algorithm in Algorithm))

#: Status of an order of a recorded day whose earmark is open at the close.
EARMARKED: Final = "earmarked"

#: The outcome of each order: the payments' columns, and these.
ORDERS: Final = pl.Schema(
    PAYMENTS
    | {
        "order": pl.Int64(),  # number of the order in the engine
        "business_date": pl.Date(),
        "payer_country": pl.String(),  # ISO 3166 alpha-3
        "payee_country": pl.String(),
        "status": pl.String(),  # settled, rejected, returned, cancelled; earmarked
        "reason": pl.String(),  # name of the reason code; null when settled
        "entered_at": TIMESTAMP,  # when the order first asked for settlement; null if it never did
        "queued_at": TIMESTAMP,  # when it joined the queue; null if it never did
        "final_at": TIMESTAMP,  # when it was settled, rejected, returned or cancelled
        "mechanism": pl.String(),  # one of `MECHANISMS`; null unless settled
        "run": pl.Int64(),  # the offsetting run that settled it; null otherwise
        "row": pl.Int64(),  # of the payments file, as refusals count them; null if in none
    }
)

#: The row of each payment in the payments file.
PAYMENT_ROWS: Final = pl.Schema({"uetr": pl.String(), "row": pl.Int64()})

#: One row per settlement account, by account number.
ACCOUNTS: Final = pl.Schema(
    {
        "account": pl.Int32(),
        "bic": pl.String(),
        "name": pl.String(),
        "country": pl.String(),  # ISO 3166 alpha-3
        "currency": pl.String(),
        "opening_balance_minor": pl.Int64(),
        "credit_line_minor": pl.Int64(),  # intraday credit, with and without collateral
        "closing_balance_minor": pl.Int64(),
        "lowest_balance_minor": pl.Int64(),  # over the whole period, opening balance included
        "liquidity_used_minor": pl.Int64(),  # largest excess of payments made
        "paid_minor": TOTAL,  # by payments, like the next
        "received_minor": TOTAL,
        "transferred_in_minor": TOTAL,  # liquidity from outside the system
        "transferred_out_minor": TOTAL,
    }
)

#: Account statements: one row per posting, by account, then in order of settlement.
STATEMENTS: Final = pl.Schema(
    {
        "account": pl.Int32(),
        "bic": pl.String(),
        "currency": pl.String(),
        "entry": pl.Int64(),  # 1, 2, 3 … within the account
        "settled_at": TIMESTAMP,
        "uetr": pl.String(),  # null on a liquidity transfer
        "counterparty": pl.String(),  # null on a liquidity transfer
        "debit_minor": pl.Int64(),  # null on a credit
        "credit_minor": pl.Int64(),  # null on a debit
        "balance_minor": pl.Int64(),  # after the entry
    }
)

#: Offsetting runs: one row per run and currency in which orders were considered, by run.
RUNS: Final = pl.Schema(
    {
        "run": pl.Int64(),
        "at": TIMESTAMP,
        "algorithm": pl.String(),
        "currency": pl.String(),
        "considered_orders": pl.Int64(),
        "settled_orders": pl.Int64(),
        "settled_minor": pl.Int64(),
        "liquidity_freed_minor": pl.Int64(),
        "bound_minor": pl.Int64(),  # no selection settles more; null except for maximum value
        "work": pl.Int64(),  # units of work used; null except for maximum value
    }
)


#: Payments of net positions: one row for each source, by cut-off. Unlike orders, these
#: payments bring money in from outside, or take it out.
RESIDUALS: Final = pl.Schema(
    {
        "cycle": pl.Int64(),  # 1, 2, 3 …
        "cut_off_at": TIMESTAMP,
        "debtor": pl.String(),  # BIC of the net debtor; for a sale over a holding limit,
        "creditor": pl.String(),  # null, and the creditor is the participant that sells
        "debtor_country": pl.String(),  # ISO 3166 alpha-3; of a sale, the issuer's
        "creditor_country": pl.String(),
        "currency": pl.String(),  # currency of the position
        "amount_minor": pl.Int64(),
        "source": pl.String(),  # one of `SOURCES`
        "funded_by": pl.String(),  # BIC of a survivor that paid for the debtor; else null
        "funding_currency": pl.String(),  # currency finally given for it
        "national_by_corridor": pl.Boolean(),  # whether either country issues that currency
        "national_by_member": pl.Boolean(),  # whether any country of the group issues it
    }
)

#: Sources of the money.
SOURCES: Final = (
    "balance",  # the balance of the account
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
        "cut_off_at": TIMESTAMP,
        "borrower": pl.String(),  # ISO 3166 alpha-3
        "currency": pl.String(),
        "drawn_minor": pl.Int64(),  # at this cut-off
        "repaid_minor": pl.Int64(),
        "outstanding_minor": pl.Int64(),  # afterwards
        "interest_minor": pl.Int64(),  # on the amount outstanding since the previous cut-off
    }
)
