"""Whatever the writers are given: the message is valid by its schema, and the same twice."""

import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.messages.writers.account_reports import AccountReport, write_account_report
from skontro.messages.writers.cancellation import (
    CANCELLED,
    PENDING,
    REFUSED,
    CancellationStatus,
    write_resolution,
)
from skontro.messages.writers.entries import Entry
from skontro.messages.writers.heading import Institution
from skontro.messages.writers.notices import write_event, write_rejection
from skontro.messages.writers.receipts import (
    DONE,
    IN_PROGRESS,
    Handling,
    write_acknowledgement,
    write_receipt,
)
from skontro.messages.writers.receipts import REFUSED as REQUEST_REFUSED
from skontro.messages.writers.status_codes import TRANSACTION_STATUSES
from skontro.messages.writers.status_report import TransactionStatus, write_status_report
from skontro.messages.writers.trade_status import STATUSES, Trade, write_trade_status
from skontro.messages.writers.versions import WRITTEN
from tests.draws import examples
from tests.messages.drawn import (
    BICS,
    CURRENCIES,
    DETAILS,
    HEADINGS,
    HOSTILE,
    IDS,
    INSTITUTIONS,
    MOMENTS,
    ORIGINALS,
    REASONS,
    UETRS,
    line,
)
from tests.messages.valid import parts_of

_DRAWS = settings(max_examples=examples(16), deadline=None)
_REASONS = st.lists(REASONS, max_size=3).map(tuple)
_OPTIONAL_MOMENTS = st.none() | MOMENTS
_AMOUNTS = st.one_of(st.integers(1, 1_000), st.integers(1, 10**18 - 1), st.just(10**18 - 1))


@_DRAWS
@given(
    HEADINGS,
    ORIGINALS,
    st.lists(
        st.builds(
            TransactionStatus,
            status=st.sampled_from(sorted({*TRANSACTION_STATUSES.values()})),
            reasons=_REASONS,
            instruction_id=HOSTILE,
            end_to_end_id=HOSTILE,
            transaction_id=HOSTILE,
            uetr=st.just("") | UETRS,
            order=st.just("") | st.integers(0, 2**63).map(str),
            accepted_at=_OPTIONAL_MOMENTS,
            settled_at=_OPTIONAL_MOMENTS,
            original=st.none() | ORIGINALS,
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["", "ACSC", "RJCT", "PART"]),
    _REASONS,
    st.sampled_from(WRITTEN["pacs.002"]),
)
def test_status_reports(
    heading: Any, original: Any, transactions: Any, status: Any, reasons: Any, name: Any
) -> None:
    def write() -> bytes:
        return write_status_report(
            heading,
            original,
            transactions,
            group_status=status,
            group_reasons=reasons,
            message_name=name,
        )

    parts_of(write())
    assert write() == write()


@_DRAWS
@given(
    HEADINGS,
    ORIGINALS,
    st.builds(Handling, st.sampled_from([DONE, REQUEST_REFUSED, IN_PROGRESS]), _REASONS, HOSTILE),
    st.just("") | UETRS,
    st.sampled_from(WRITTEN["camt.025"]),
)
def test_receipts_and_acknowledgements(
    heading: Any, original: Any, handling: Any, uetr: Any, name: Any
) -> None:
    receipt = write_receipt(heading, original, handling, uetr=uetr, message_name=name)
    parts_of(receipt)
    assert receipt == write_receipt(heading, original, handling, uetr=uetr, message_name=name)
    parts_of(write_acknowledgement(heading, original, handling))


@_DRAWS
@given(
    HEADINGS,
    ORIGINALS,
    st.lists(
        st.builds(
            CancellationStatus,
            status=st.sampled_from([CANCELLED, REFUSED, PENDING]),
            reason=st.none() | REASONS,
            case=HOSTILE,
            instruction_id=HOSTILE,
            end_to_end_id=HOSTILE,
            transaction_id=HOSTILE,
            uetr=st.just("") | UETRS,
            original=st.none() | ORIGINALS,
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_resolutions(heading: Any, request: Any, statuses: Any) -> None:
    parts_of(write_resolution(heading, request, statuses))


@_DRAWS
@given(
    HEADINGS,
    ORIGINALS,
    HOSTILE.map(lambda text: text or "?"),
    HOSTILE,
    HOSTILE,
    st.lists(HOSTILE, max_size=3),
)
def test_rejections(
    heading: Any, original: Any, code: Any, text: Any, location: Any, data: Any
) -> None:
    parts_of(write_rejection(heading, original, code, text, location=location, data=data))


@_DRAWS
@given(HEADINGS, HOSTILE, MOMENTS, st.lists(HOSTILE, max_size=3))
def test_events(heading: Any, text: Any, at: Any, parameters: Any) -> None:
    parts_of(write_event(heading, "OPEN", text, at=at, parameters=parameters))


@_DRAWS
@given(
    HEADINGS,
    st.builds(
        Trade,
        reference=IDS,
        message_id=IDS,
        originator_reference=IDS,
        trade_date=st.dates(datetime.date(1970, 1, 2)),
        settlement_date=st.dates(datetime.date(1970, 1, 2)),
        trading_side=INSTITUTIONS,
        counterparty_side=INSTITUTIONS,
        bought=st.integers(1, 10**9),
        bought_currency=CURRENCIES,
        sold=st.integers(1, 10**9),
        sold_currency=CURRENCIES,
        status=st.sampled_from(STATUSES),
        status_at=MOMENTS,
    ),
)
def test_trades(heading: Any, trade: Any) -> None:
    parts_of(write_trade_status(heading, trade))


@st.composite
def _reports(draw: st.DrawFn) -> AccountReport:
    currency = draw(CURRENCIES)
    banks = st.builds(Institution, line(140), BICS)
    sides = st.none() | banks
    entries = draw(
        st.lists(
            st.builds(
                Entry,
                reference=IDS,
                amount=_AMOUNTS,
                is_credit=st.booleans(),
                settled_at=MOMENTS,
                order=st.just("") | st.integers(0, 2**63).map(str),
                uetr=st.just("") | UETRS,
                payer=sides,
                payee=sides,
                details=DETAILS,
            ),
            max_size=3,
        )
    )
    return AccountReport(
        report_id=draw(IDS),
        owner=draw(banks),
        currency=currency,
        begins_at=draw(MOMENTS),
        ends_at=draw(MOMENTS),
        opening=draw(st.integers(1 - 10**18, 10**18 - 1)),
        closing=draw(st.integers(1 - 10**18, 10**18 - 1)),
        entries=entries,
        page=draw(st.integers(1, 99_999)),
        is_last_page=draw(st.booleans()),
    )


@_DRAWS
@given(
    HEADINGS,
    st.lists(_reports(), min_size=1, max_size=2),
    st.sampled_from([*WRITTEN["camt.052"], *WRITTEN["camt.053"], *WRITTEN["camt.054"]]),
)
def test_account_reports(heading: Any, reports: Any, name: Any) -> None:
    message = write_account_report(heading, reports, name)
    parts_of(message)
    assert message == write_account_report(heading, reports, name)
