"""Orders that requests ask for, from messages."""

import datetime
import uuid
from typing import Any

import attrs
import pytest

from skontro.messages import InstructedOrder, MessageRead, SystemView, read_messages
from skontro.messages.instructed_order import Counterleg, TransactionReference
from skontro.messages.requested_orders import (
    order_of_return,
    orders_of_requests,
)
from skontro.messages.requests import PaymentReturn
from skontro.model import (
    Participant,
    ParticipantDirectory,
    PaymentClass,
    PaymentDetails,
    PaymentType,
    SettlementAccount,
    derived_uetr,
    find_country,
    find_currency,
)
from skontro.model.identity import check_uetr
from tests.messages.texts import changed
from tests.messages.written_requests import (
    debit_message,
    return_message,
    trade_message,
    transfer_message,
)

A, B = "AAAAKZK0", "BBBBKGK0XXX"
DAY = datetime.date(2026, 11, 24)
VIEW = SystemView(
    directory=ParticipantDirectory(
        [
            Participant(A, "Bank A", find_country("KAZ")),
            Participant(B, "Bank B", find_country("KGZ")),
            Participant("CCCCUZK0", "Bank C", find_country("UZB")),
        ],
        [
            SettlementAccount(bic, find_currency(code), 0)
            for bic, code in ((A, "KZT"), (A, "RUB"), (B, "KZT"), (B, "RUB"), ("CCCCUZK0", "KZT"))
        ],
    )
)


def read(content: bytes, view: SystemView = VIEW) -> MessageRead:
    (message,) = read_messages(content, view)
    return message


def ordered(content: bytes, view: SystemView = VIEW) -> tuple[InstructedOrder, ...]:
    message = read(content, view)
    assert [one for one in message.findings if one.refuses] == []
    return orders_of_requests(message.requests)


def refused(content: bytes, view: SystemView = VIEW) -> list[tuple[str, str, str]]:
    message = read(content, view)
    assert not message.requests
    return [
        (one.xpath.split("/", 3)[-1], one.code.value, one.text)
        for one in message.findings
        if one.refuses
    ]


def test_a_derived_uetr_is_one_of_version_4_and_the_same_each_time() -> None:
    known = derived_uetr("trade", "X-2", "AAAAKZK0", "BBBBKGK0")
    assert known == "5b57de50-3345-4a68-89cd-4d1b55dffbd1"
    drawn = {derived_uetr("return", str(number)) for number in range(200)}
    assert len(drawn) == 200
    for one in drawn:
        assert check_uetr(one) == one
        assert (uuid.UUID(one).version, uuid.UUID(one).variant) == (4, uuid.RFC_4122)
    assert derived_uetr("a", "bc") != derived_uetr("ab", "c")
    assert derived_uetr("a", "b") != derived_uetr("b", "a")


def test_a_return_is_an_order_between_institutions() -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    content = return_message("R", first, second, payer=A, payee="BBBBKGK0", amount="1.05")
    orders = ordered(content)
    assert [one.uetr for one in orders] == [
        derived_uetr("return", first, "1"),
        derived_uetr("return", second, "1"),
    ]
    (order, _) = orders
    assert (order.payer, order.payee, order.currency, order.amount) == (A, B, "KZT", 105)
    assert (order.value_date, order.payment_class) == (DAY, PaymentClass.NORMAL)
    assert order.payment_type == PaymentType.INTERBANK
    assert order.counterleg is None
    assert (order.details.instruction_id, order.details.end_to_end_id) == ("R-1", "E-1")
    assert order.details.remittance == (f"OrgnlUETR={first}", "RtrRsnInf=AC04")
    message = read(content)
    assert message.references == (
        TransactionReference("R-1", "E-1", "", first),
        TransactionReference("R-2", "E-2", "", second),
    )
    request = message.requests[1]
    assert isinstance(request, PaymentReturn)
    assert order_of_return(request, 7).uetr == derived_uetr("return", second, "7")


def test_a_return_needs_the_uetr_of_the_order() -> None:
    uetr = str(uuid.uuid4())
    content = return_message("R", uetr, payer=A, payee=B)
    without = changed(content, f"<OrgnlUETR>{uetr}</OrgnlUETR>", "")
    assert refused(without) == [
        (
            ["PmtRtr", "TxInf/OrgnlUETR"][1],
            "CH21",
            "is missing: the order that is returned is found by its UETR",
        )
    ]
    nothing = changed(without, "<OrgnlEndToEndId>E-1</OrgnlEndToEndId>", "")
    assert [(code, text[:35]) for _, code, text in refused(nothing)] == [
        ("CH21", "is missing: the order is found by i")
    ]


def test_a_direct_debit_asks_for_no_order() -> None:
    message = read(debit_message("D", str(uuid.uuid4()), creditor=A, debtor=B))
    assert message.accepted
    assert orders_of_requests(message.requests) == ()
    assert message.references == ()


def test_a_transfer_of_liquidity_is_an_order() -> None:
    references = (
        "<LqdtyTrfId><InstrId>I-6</InstrId><EndToEndId>E-6</EndToEndId><UETR>{}</UETR></LqdtyTrfId>"
    )
    own = str(uuid.uuid4())
    content = transfer_message(
        "L-1", debtor=A, creditor=B, currency="RUB", references=references.format(own)
    )
    (order,) = ordered(content)
    assert order == InstructedOrder(
        uetr=own,
        payer=A,
        payee=B,
        currency="RUB",
        amount=525,
        value_date=DAY,
        payment_class=PaymentClass.NORMAL,
        payment_type=PaymentType.INTERBANK,
        details=PaymentDetails(
            instruction_id="I-6",
            end_to_end_id="E-6",
            message_id="L-1",
            message_name="camt.050.001.05",
        ),
    )
    assert read(content).references == (TransactionReference("I-6", "E-6", "", own),)
    (plain,) = ordered(transfer_message("L-1", debtor=A, creditor=B, date=""))
    assert (plain.uetr, plain.value_date) == (derived_uetr("liquidity", A, "L-1"), None)
    unsaid = read(transfer_message("L-1", debtor=A, creditor=B))
    assert unsaid.references == (TransactionReference(uetr=plain.uetr),)


@pytest.mark.parametrize(
    ("fields", "view", "expected"),
    [
        (
            {"debtor": A, "creditor": A},
            {},
            [("LqdtyCdtTrf/Cdtr", "AGNT", f"is {A}, as the payer: payer and")],
        ),
        (
            {"debtor": "DDDDKZK0", "creditor": A},
            {},
            [("LqdtyCdtTrf/Dbtr", "RC03", "DDDDKZK0 is no participant of this system")],
        ),
        (
            {"debtor": A, "creditor": "CCCCUZK0", "currency": "RUB"},
            {},
            [("LqdtyCdtTrf/Cdtr", "AM03", "CCCCUZK0 has no account in RUB")],
        ),
        (
            {"debtor": A, "creditor": B},
            {"sender": B},
            [("LqdtyCdtTrf/Dbtr", "AGNT", f"is {A}; {B} sent the messag")],
        ),
        (
            {"debtor": A, "creditor": B, "amount": "5.255"},
            {},
            [("LqdtyCdtTrf/TrfdAmt", "CH20", "'5.255' has 3 decimals")],
        ),
    ],
)  # fmt: skip
def test_transfers_that_are_refused(
    fields: dict[str, Any], view: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    found = refused(transfer_message("L-2", **fields), attrs.evolve(VIEW, **view))
    assert [one[:2] for one in found] == [one[:2] for one in expected]
    assert found[0][2].startswith(expected[0][2])


def test_accounts_of_a_transfer_are_those_of_the_system() -> None:
    content = transfer_message("L-3", debtor=A, creditor=B)
    with_bic = "<Dbtr><FinInstnId><BICFI>{}</BICFI></FinInstnId></Dbtr><DbtrAcct>"
    named = changed(content, "<DbtrAcct>", with_bic.format(A))
    assert len(ordered(named)) == 1
    other = changed(named, f"{A}-KZT", "KZ86125KZT5004100100")
    assert refused(other) == [
        (
            "LqdtyCdtTrf/DbtrAcct",
            "AC02",
            f"is KZ86125KZT5004100100; the account of {A} in this system is {A}-KZT",
        )
    ]
    assert len(ordered(other, SystemView())) == 1
    other = changed(
        changed(content, "<CdtrAcct>", with_bic.format(B).replace("Dbtr", "Cdtr")),
        f"{B}-KZT",
        f"{B}-RUB",
    )
    assert [one[:2] for one in refused(other)] == [("LqdtyCdtTrf/CdtrAcct", "AC03")]
    unknown = changed(content, f"{A}-KZT", "77")
    assert refused(unknown)[0] == (
        "LqdtyCdtTrf/Dbtr",
        "CH21",
        "names no participant: give its BIC (BICFI), or its account as BIC-CURRENCY",
    )


def test_the_currency_of_a_transfer_is_that_of_the_amount_else_of_an_account() -> None:
    content = transfer_message("L-4", debtor=A, creditor=B)
    with_currency = changed(
        content, "<AmtWthtCcy>5.25</AmtWthtCcy>", "<AmtWthCcy Ccy='RUB'>5.25</AmtWthCcy>"
    )
    assert [one[:2] for one in refused(with_currency)] == [
        ("LqdtyCdtTrf/DbtrAcct", "AC02"),
        ("LqdtyCdtTrf/CdtrAcct", "AC03"),
    ]
    stated = changed(
        content, f"<Id>{B}-KZT</Id></Othr></Id>", f"<Id>{B}-KZT</Id></Othr></Id><Ccy>RUB</Ccy>"
    )
    assert [one[:2] for one in refused(stated)] == [
        ("LqdtyCdtTrf/DbtrAcct", "AC02"),
        ("LqdtyCdtTrf/CdtrAcct", "AC03"),
    ]


def test_references_of_a_transfer_that_no_order_can_have_are_refused() -> None:
    spaced = "<LqdtyTrfId><EndToEndId>E\t6</EndToEndId></LqdtyTrfId>"
    found = refused(transfer_message("L-5", debtor=A, creditor=B, references=spaced))
    assert found[0][:2] == ("LqdtyCdtTrf/LqdtyTrfId", "CH16")
    assert found[0][2].startswith("the order's end_to_end_id ")


def test_an_instructed_trade_is_a_leg_that_names_the_other() -> None:
    sides = {"side": A, "other": "BBBBKGK0"}
    content = trade_message("T-1", "C-1", buys=("KZT", "500.01"), sells=("RUB", "99.5"), **sides)
    (leg,) = ordered(content)
    own, other = derived_uetr("trade", "C-1", A, B), derived_uetr("trade", "C-1", B, A)
    assert leg == InstructedOrder(
        uetr=own,
        payer=A,
        payee=B,
        currency="RUB",
        amount=9_950,
        value_date=DAY,
        payment_class=PaymentClass.NORMAL,
        payment_type=PaymentType.INTERBANK,
        details=PaymentDetails(
            instruction_id="T-1",
            end_to_end_id="C-1",
            message_id="T-1",
            message_name="fxtr.014.001.05",
            remittance=("TradDt=2026-11-23", "XchgRate=5"),
        ),
        counterleg=Counterleg(other, B, A, "KZT", 50_001),
    )
    mirrored = trade_message(
        "T-2", "C-1", side=B, other=A, buys=("RUB", "99.5"), sells=("KZT", "500.01")
    )
    (counter,) = ordered(mirrored)
    assert (counter.uetr, counter.counterleg) == (other, Counterleg(own, A, B, "RUB", 9_950))
    assert read(content).references == (TransactionReference("T-1", "C-1", "", own),)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"other": "DDDDKZK0"}, [("CtrPtySdId/SubmitgPty", "RC04")]),
        ({"side": "DDDDKZK0"}, [("TradgSdId/SubmitgPty", "RC03")]),
        ({"other": "CCCCUZK0"}, [("CtrPtySdId/SubmitgPty", "AM03")]),
        (
            {"other": "CCCCUZK0", "buys": ("RUB", "1"), "sells": ("KZT", "5")},
            [("CtrPtySdId/SubmitgPty", "AM03")],
        ),
        ({"other": A}, [("CtrPtySdId/SubmitgPty", "AGNT")] * 2),
        (
            {"buys": ("KZT", "0.01"), "sells": ("RUB", "10000000000")},
            [("TradAmts/TradgSdSellAmt", "AM02")],
        ),
        ({"buys": ("KZT", "0.01"), "sells": ("RUB", "999999999.99")}, []),
        ({"buys": ("KZT", "0")}, [("TradAmts/TradgSdBuyAmt", "AM01")]),
    ],
)  # fmt: skip
def test_trades_that_are_refused(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = read(trade_message("T-3", "C-2", **({"side": A, "other": B} | fields)))
    assert [
        (one.xpath.removeprefix("/Document/FXTradInstr/"), one.code.value)
        for one in found.findings
        if one.refuses
    ] == expected
    assert bool(found.requests) == (not expected)


def test_the_sender_of_a_trade_is_its_trading_side() -> None:
    view = attrs.evolve(VIEW, sender=B)
    found = read(trade_message("T-4", "C-3", side=A, other=B), view)
    assert [(one.code.value, one.text) for one in found.findings if one.refuses] == [
        ("AGNT", f"is {A}; {B} sent the message and may instruct for itself alone")
    ]
    assert read(trade_message("T-4", "C-3", side=B, other=A), view).accepted
