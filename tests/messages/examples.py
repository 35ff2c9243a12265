"""One message of each kind, written from arguments that a person can check."""

import datetime

import attrs

from skontro.messages.writers.account_reports import AccountReport, write_account_report
from skontro.messages.writers.cancellation import (
    CANCELLED,
    REFUSED,
    CancellationStatus,
    write_resolution,
)
from skontro.messages.writers.entries import Entry
from skontro.messages.writers.heading import Heading, Institution, Original
from skontro.messages.writers.notices import write_event, write_rejection
from skontro.messages.writers.query_answers import (
    AVAILABLE,
    AccountState,
    OrderReport,
    write_accounts,
    write_orders,
)
from skontro.messages.writers.receipts import (
    DONE,
    Handling,
    write_acknowledgement,
    write_receipt,
)
from skontro.messages.writers.receipts import REFUSED as NOT_DONE
from skontro.messages.writers.status_codes import StatusReason, status_reason
from skontro.messages.writers.status_report import TransactionStatus, write_status_report
from skontro.messages.writers.trade_status import (
    MATCHED,
    REJECTED,
    SETTLED,
    Trade,
    write_trade_status,
)
from skontro.model import ReasonCode, find_currency
from skontro.model.party import Party
from skontro.model.payment_details import PaymentDetails

AT = 1_795_521_600_000_000  # 2026-11-24T12:00:00Z
BANK = Institution("Банк Алматы", "AAAAKZK0")
OTHER = Institution("Bishkek Bank", "E097KGXX")
SYSTEM = Institution("Union RTGS")
HEADING = Heading("SK-1", AT, SYSTEM, BANK)
OLD_HEADING = Heading("SK-1", AT, SYSTEM, OTHER, "head.001.001.01")
BARE = Heading("SK-1", AT, SYSTEM, BANK, "")
PAYMENT = Original("MSG-1", "pacs.008.001.08", AT - 1_500_000)
REQUEST = Original("REQ-1", "camt.056.001.08", AT - 1)
UETRS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(3)]
KZT, KGS = find_currency("KZT"), find_currency("KGS")
SHORT = status_reason(ReasonCode.INSUFFICIENT_LIQUIDITY)
OWN = status_reason(ReasonCode.ORDER_FINAL)

STATUSES = [
    TransactionStatus(
        status="ACSC",
        instruction_id="I-1",
        end_to_end_id="E-1",
        transaction_id="T-1",
        uetr=UETRS[0],
        order="17",
        accepted_at=AT - 5,
        settled_at=AT,
    ),
    TransactionStatus(
        status="RJCT",
        end_to_end_id="E-2",
        uetr=UETRS[1],
        reasons=(SHORT, StatusReason("CH21", ("line 4: is missing; " * 8,))) if SHORT else (),
        original=Original("MSG-0", "pacs.008.001.08"),
    ),
]

PARTIES = {
    "debtor": Party(
        name="Анна Ким",
        country="KZ",
        address=["Abay 1", "050000", "Almaty"],
        account="KZ86125KZT5004100100",
        identifiers=[("CCPT", "N1234567")],
        birth_date="1970-01-31",
        birth_place="Almaty, KZ",
    ),
    "creditor": Party(
        name="Öl & Gas <KG>",
        country="KG",
        account="1234567890",
        identifiers=[("LEI", "5493001KJTIIGC8Y1R12"), ("TXID", "99"), ("Trade Register", "7")],
        birth_place="nowhere",
    ),
    "ultimate_debtor": Party(
        name="X", identifiers=[("BIC", "AAAAKZK0"), ("BIC", "BBBBKGKG")], account="77"
    ),
    "creditor_agent": Party(
        name="Bishkek Bank",
        country="KG",
        identifiers=[("BIC", "E097KGXX"), ("CLEARING", "109018"), ("X", "9")],
        account="55",
    ),
    "underlying_previous_instructing_agent_1": Party(identifiers=[("BIC", "no BIC")]),
    "underlying_debtor": Party(name="Y", birth_date="1970-01-31", birth_place="Almaty"),
}
CUSTOMER = PaymentDetails(
    instruction_id="I-1",
    end_to_end_id="E-1",
    message_id="MSG-1",
    message_name="pacs.008.001.08",
    purpose="GDDS",
    category_purpose="TRAD",
    charge_bearer="SHAR",
    remittance=["Invoice 7", "R" * 150],
    parties=PARTIES.items(),
)
BETWEEN = PaymentDetails(
    message_name="pacs.009.001.08",
    purpose="LONGER THAN A CODE",
    parties=[("debtor", Party(name="Bank", identifiers=[("BIC", "AAAAKZK0")]))],
)
ENTRIES = [
    Entry(
        reference="1",
        amount=12_345,
        is_credit=True,
        settled_at=AT,
        order="17",
        uetr=UETRS[0],
        payer=OTHER,
        payee=BANK,
        details=CUSTOMER,
    ),
    Entry(
        reference="2",
        amount=10,
        is_credit=False,
        settled_at=AT + 1,
        order="18",
        uetr=UETRS[1],
        payer=BANK,
        payee=OTHER,
        details=BETWEEN,
    ),
    Entry(reference="3", amount=5, is_credit=False, settled_at=AT + 2),
]
REPORT = AccountReport(
    report_id="R-1",
    owner=BANK,
    currency=KZT,
    begins_at=AT - 10,
    ends_at=AT + 10,
    opening=-100,
    closing=12_230,
    entries=ENTRIES,
    page=2,
    is_last_page=False,
)
#: Second report of a message: an account without entries.
EMPTY = AccountReport(
    report_id="R-2", owner=BANK, currency=KGS, begins_at=AT, ends_at=AT, opening=0, closing=0
)


def trade(bought: int, sold: int, status: str) -> Trade:
    return Trade(
        reference="21",
        message_id="M-9",
        originator_reference="O-9",
        trade_date=datetime.date(2026, 11, 23),
        settlement_date=datetime.date(2026, 11, 24),
        trading_side=BANK,
        counterparty_side=SYSTEM,
        bought=bought,
        bought_currency=KZT,
        sold=sold,
        sold_currency=find_currency("JPY"),
        status=status,
        status_at=AT,
    )


REJECTED_TRADE = attrs.evolve(
    trade(10_000, 77, REJECTED), sub_status="ED05", common_reference="C-9"
)
QUERY = Original("Q-1", "camt.003.001.07", AT - 2)
ACCOUNTS = [
    AccountState(BANK, KZT, -12_345, 100_000, AT),
    AccountState(OTHER, KGS, 10**18, 10**17, AT + 1),
]
ORDERS = [
    OrderReport(
        reference="4.0",
        uetr=UETRS[0],
        end_to_end_id="E-1",
        message_id="MSG-1",
        payer=BANK,
        payee=OTHER,
        currency=KZT,
        amount=12_345,
        value_date=datetime.date(2026, 11, 24),
        payment_class="urgent",
        status="settled",
        status_at=AT,
        is_credit=False,
    ),
    *(
        OrderReport(
            reference=f"5.{place}",
            uetr=UETRS[1],
            payer=OTHER,
            payee=BANK,
            currency=KGS,
            amount=place + 1,
            value_date=datetime.date(2026, 11, 25),
            payment_class="high" if place % 2 else "normal",
            status=status,
            status_at=AT + place,
            reasons=tuple(one for one in (SHORT, OWN) if one is not None),
            is_credit=True,
        )
        for place, status in enumerate(
            ("warehoused", "held", "queued", "rejected", "returned", "cancelled")
        )
    ),
]

#: A text without repetitions, longer than most elements.
LONG = "".join(f"{number:03}." for number in range(300))


def _long() -> dict[str, bytes]:
    """Messages whose texts are longer than their elements."""
    original = Original(LONG, LONG, AT)
    reason = StatusReason("CH21", (LONG, LONG))
    own = StatusReason(LONG, (LONG,), is_proprietary=True)
    ids = dict.fromkeys(("instruction_id", "end_to_end_id", "transaction_id"), LONG)
    ids["uetr"] = UETRS[2]
    status = TransactionStatus(
        status="RJCT", reasons=(reason, own), order=LONG, original=original, **ids
    )
    cancellation = CancellationStatus(
        status=REFUSED, reason=own, case=LONG, original=original, **ids
    )
    refused = Handling(NOT_DONE, (reason, own), LONG)
    return {
        "long pacs.002.001.10": write_status_report(
            BARE, original, [status], group_status=LONG, group_reasons=[own]
        ),
        "long camt.029.001.09": write_resolution(BARE, original, [cancellation]),
        "long camt.025.001.05": write_receipt(BARE, original, refused, uetr=LONG),
        "long camt.025.001.08": write_receipt(
            BARE, original, refused, uetr=UETRS[2], message_name="camt.025.001.08"
        ),
        "long admi.002.001.01": write_rejection(
            BARE, original, LONG, LONG, location=LONG, data=[LONG]
        ),
        "long admi.004.001.02": write_event(
            BARE, "CLSD", LONG, at=AT, parameters=[LONG[:36], LONG[:35]]
        ),
        "long admi.007.001.01": write_acknowledgement(BARE, original, refused),
        "long camt.004.001.08": write_accounts(BARE, original, [], [LONG]),
        "long camt.006.001.08": write_orders(
            BARE,
            original,
            [attrs.evolve(ORDERS[1], end_to_end_id=LONG, message_id=LONG, reasons=(own,))],
        ),
    }


def examples() -> dict[str, bytes]:
    """Messages by a name that says what each shows."""
    done, refused = Handling(DONE, text="done"), Handling(NOT_DONE, (OWN,) if OWN else ())
    resolution = [
        CancellationStatus(
            status=REFUSED,
            reason=OWN,
            case="C-1",
            instruction_id="I-1",
            end_to_end_id="E-1",
            transaction_id="T-1",
            uetr=UETRS[0],
            original=PAYMENT,
        ),
        CancellationStatus(status=CANCELLED, uetr=UETRS[1]),
    ]
    return {
        "pacs.002.001.10": write_status_report(HEADING, PAYMENT, STATUSES),
        "pacs.002.001.14": write_status_report(
            BARE,
            PAYMENT,
            group_status="RJCT",
            group_reasons=[OWN] if OWN else [],
            message_name="pacs.002.001.14",
        ),
        "pacs.002.001.08": write_status_report(
            OLD_HEADING, Original("", ""), STATUSES, message_name="pacs.002.001.08"
        ),
        "camt.025.001.05": write_receipt(HEADING, REQUEST, refused, uetr=UETRS[0]),
        "camt.025.001.08": write_receipt(
            HEADING, REQUEST, refused, uetr=UETRS[0], message_name="camt.025.001.08"
        ),
        "camt.025.001.08 done": write_receipt(BARE, REQUEST, done, message_name="camt.025.001.08"),
        "camt.029.001.09": write_resolution(HEADING, REQUEST, resolution),
        "camt.029.001.09 all": write_resolution(BARE, REQUEST, resolution[1:]),
        "camt.052.001.08": write_account_report(BARE, [EMPTY], "camt.052.001.08"),
        "camt.053.001.08": write_account_report(HEADING, [REPORT, EMPTY], "camt.053.001.08"),
        "camt.053.001.12": write_account_report(BARE, [REPORT], "camt.053.001.12"),
        "camt.054.001.08": write_account_report(BARE, [REPORT], "camt.054.001.08"),
        "admi.002.001.01": write_rejection(
            HEADING, Original("", ""), "FF01", "no XML", location="/Document", data=["a", "b"]
        ),
        "admi.004.001.02": write_event(
            BARE, "CLSD", "the business day is over", at=AT + 1, parameters=["2026-11-24"]
        ),
        "admi.007.001.01": write_acknowledgement(BARE, REQUEST, done),
        "fxtr.017.001.05": write_trade_status(HEADING, trade(10_000, 3, SETTLED)),
        "fxtr.017.001.05 rejected": write_trade_status(BARE, REJECTED_TRADE),
        "camt.004.001.08": write_accounts(HEADING, QUERY, ACCOUNTS, ["77"]),
        "camt.004.001.08 one balance": write_accounts(BARE, QUERY, ACCOUNTS[:1], (), [AVAILABLE]),
        "camt.004.001.08 none": write_accounts(BARE, Original("", ""), []),
        "camt.006.001.08": write_orders(HEADING, QUERY, ORDERS),
        "camt.006.001.08 none": write_orders(BARE, QUERY, []),
        **_long(),
        "fxtr.017.001.05 inverse": write_trade_status(BARE, trade(10_000, 77, MATCHED)),
    }
