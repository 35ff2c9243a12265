"""Orders that requests in messages ask for, over the API of a real service."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skontro.messages.requested_orders import derived_uetr
from skontro.messages.schema_store import namespace_of
from tests.messages.valid import text, texts
from tests.messages.written_requests import (
    debit_message,
    return_message,
    trade_message,
    transfer_message,
)
from tests.service.api.test_messages_over_http import only
from tests.service.systems import (
    BANKS,
    MINUTE,
    NOON,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    live_system,
    order,
    write_folder,
)

REPORT = "FIToFIPmtStsRpt"
GROUP, TRANSACTION = f"{REPORT}/OrgnlGrpInfAndSts", f"{REPORT}/TxInfAndSts"
HANDLED = "Rct/RctDtls/ReqHdlg"
STATUS = "FXTradStsAndDtlsNtfctn/StsDtls"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder, OFFICE_HOURS)
    with live_system(folder, clock=Clock(NOON)) as running:
        yield running
        assert running.verified().difference is None


def settled(system: LiveSystem, **fields: object) -> str:
    """The UETR of an order of the first bank to the second that has settled."""
    sent = order(0, 1, "100.00") | fields
    payer = BANKS.index(str(sent["payer"]))
    assert system.bank(payer).submit(sent).json()["status"] == "settled"
    return str(sent["uetr"])


def returned(message_id: str, *originals: str, **fields: Any) -> bytes:
    """A return by the second bank to the first."""
    sides = {"payer": BANKS[1], "payee": BANKS[0]}
    return return_message(message_id, *originals, **(sides | fields))


def cancel(system: LiveSystem, uetr: str) -> None:
    """Cancel an order of the first bank that would let others of its class wait."""
    assert system.bank(0).send("POST", f"/v1/orders/{uetr}/cancellation", {}).is_success


def orders_of(system: LiveSystem) -> int:
    return len(system.operator().get("/v1/orders", limit=1_000).json()["orders"])


def test_a_settled_order_is_returned_by_a_new_one(system: LiveSystem) -> None:
    original = settled(system)
    sent = returned("RET-1", original, amount="99.00", name="pacs.004.001.13")
    answer = system.bank(1).submit_message(sent)
    document = only(answer, 201)
    assert document.tag.startswith(f"{{{namespace_of('pacs.002.001.14')}}}")
    assert text(document, f"{TRANSACTION}/TxSts") == "ACSC"
    assert text(document, f"{TRANSACTION}/OrgnlInstrId") == "R-1"
    assert text(document, f"{TRANSACTION}/OrgnlEndToEndId") == "E-1"
    assert text(document, f"{TRANSACTION}/OrgnlUETR") == original
    assert text(document, f"{GROUP}/OrgnlMsgId") == "RET-1"
    assert text(document, f"{GROUP}/OrgnlMsgNmId") == "pacs.004.001.13"
    new = derived_uetr("return", original, "1")
    shown = system.bank(0).get(f"/v1/orders/{new}").json()
    assert (shown["payer"], shown["payee"], shown["amount"]) == (BANKS[1], BANKS[0], "99.00")
    assert (shown["payment_type"], shown["payment_class"]) == ("interbank", "normal")
    assert text(document, f"{TRANSACTION}/ClrSysRef") == f"{shown['batch']}.{shown['position']}"
    assert f"OrgnlUETR={original}" in shown["details"]["remittance"]
    assert "RtrRsnInf=AC04" in shown["details"]["remittance"]
    again = system.bank(1, person=2).submit_message(sent)
    assert (again.status_code, again.content) == (201, answer.content)


def test_an_order_is_returned_once(system: LiveSystem) -> None:
    original = settled(system)
    assert system.bank(1).submit_message(returned("RET-2", original)).status_code == 201
    document = only(system.bank(1).submit_message(returned("RET-3", original)), 422)
    assert text(document, f"{GROUP}/GrpSts") == "RJCT"
    assert text(document, f"{GROUP}/StsRsnInf/Rsn/Cd") == "AM05"
    told = texts(document, f"{GROUP}/StsRsnInf/AddtlInf")
    assert told[0] == f"R-1: {original}"
    assert told[1].startswith("was returned before: order ")
    twice = returned("RET-4", *[settled(system)] * 2)
    document = only(system.bank(1).submit_message(twice), 409)
    assert text(document, f"{GROUP}/StsRsnInf/Rsn/Cd") == "DU03"


def test_a_return_that_did_not_settle_may_be_sent_anew(system: LiveSystem) -> None:
    original = settled(system)
    late = returned("RET-5", original, date="2026-11-23")
    first = system.bank(1).submit_message(late)
    assert text(only(first, 201), f"{TRANSACTION}/TxSts") == "RJCT"
    assert system.bank(1).submit_message(late).content == first.content
    document = only(system.bank(1).submit_message(returned("RET-6", original)), 201)
    assert text(document, f"{TRANSACTION}/TxSts") == "ACSC"
    new = derived_uetr("return", original, "2")
    assert system.bank(1).get(f"/v1/orders/{new}").json()["status"] == "settled"
    assert system.bank(1).submit_message(late).content == first.content


def test_an_order_of_another_with_the_uetr_of_a_return_is_passed_over(system: LiveSystem) -> None:
    original = settled(system)
    settled(system, uetr=derived_uetr("return", original, "1"))
    document = only(system.bank(1).submit_message(returned("RET-7", original)), 201)
    assert text(document, f"{TRANSACTION}/TxSts") == "ACSC"
    new = derived_uetr("return", original, "2")
    assert system.bank(1).get(f"/v1/orders/{new}").json()["payer"] == BANKS[1]


def test_returns_that_fit_no_settled_order_are_refused_whole(system: LiveSystem) -> None:
    original, before = settled(system), orders_of(system)
    queued = order(0, 1, "9000000.00")
    assert system.bank(0).submit(queued).json()["status"] == "queued"
    strange = str(uuid.uuid4())
    others = order(1, 2, "1.00")
    assert system.bank(1).submit(others).json()["status"] == "settled"
    own = order(1, 0, "100.00")
    assert system.bank(1).submit(own).json()["status"] == "settled"
    for sent, code, told in (
        (returned("X-1", strange), "NOOR", "no order with this UETR is known"),
        (returned("X-2", str(queued["uetr"])), "NARR", "is queued; a settled order is returned"),
        (
            returned("X-3", str(own["uetr"])),
            "AGNT",
            f"was paid by {BANKS[1]} to {BANKS[0]}; {BANKS[0]} may return it to {BANKS[1]}",
        ),
        (returned("X-4", original, currency="RUB"), "AM03", "was paid in KZT, not in RUB"),
        (returned("X-5", original, amount="100.01"), "AM09", "was of 100.00; no more goes back"),
    ):
        document = only(system.bank(1).submit_message(sent), 422)
        assert text(document, f"{GROUP}/StsRsnInf/Rsn/Cd") == code
        assert texts(document, f"{GROUP}/StsRsnInf/AddtlInf")[1] == told
    both = returned("X-6", original, strange)
    document = only(system.bank(1).submit_message(both), 422)
    assert texts(document, f"{GROUP}/StsRsnInf/Rsn/Cd") == ["NOOR"]
    assert texts(document, f"{GROUP}/StsRsnInf/AddtlInf")[0] == f"R-2: {strange}"
    foreign = return_message("X-7", str(others["uetr"]), payer=BANKS[0], payee=BANKS[1])
    document = only(system.bank(0).submit_message(foreign), 422)
    assert text(document, f"{GROUP}/StsRsnInf/Rsn/Cd") == "NOOR"
    assert orders_of(system) == before + 3
    cancel(system, str(queued["uetr"]))


def test_direct_debits_are_refused_for_want_of_a_mandate(system: LiveSystem) -> None:
    before = orders_of(system)
    sent = debit_message("D-1", str(uuid.uuid4()), creditor=BANKS[0], debtor=BANKS[1])
    document = only(system.bank(0).submit_message(sent), 422)
    assert text(document, f"{GROUP}/GrpSts") == "RJCT"
    assert text(document, f"{GROUP}/StsRsnInf/Rsn/Cd") == "MD01"
    assert texts(document, f"{GROUP}/StsRsnInf/AddtlInf")[1] == "ask the debtor for a pacs.009"
    assert orders_of(system) == before


@pytest.mark.parametrize("name", ["camt.050.001.05", "camt.050.001.07"])
def test_liquidity_moves_between_participants(system: LiveSystem, name: str) -> None:
    old = name.endswith("05")
    sent = transfer_message(f"LIQ-{name}", debtor=BANKS[0], creditor=BANKS[1], name=name)
    answer = system.bank(0).submit_message(sent)
    document = only(answer, 201)
    version = "camt.025.001.05" if old else "camt.025.001.08"
    assert document.tag.startswith(f"{{{namespace_of(version)}}}")
    assert text(document, f"{HANDLED}/StsCd" if old else f"{HANDLED}/Sts/Cd") == "ACPT"
    told = f"{HANDLED}/Desc" if old else f"{HANDLED}/StsRsn/AddtlInf"
    assert text(document, told) == "the transfer is settled"
    uetr = derived_uetr("liquidity", BANKS[0], f"LIQ-{name}")
    kept = "PrtryId" if old else "UETR"
    assert text(document, f"Rct/RctDtls/OrgnlPmtId/{kept}") == uetr
    shown = system.bank(1).get(f"/v1/orders/{uetr}").json()
    assert (shown["status"], shown["amount"], shown["currency"]) == ("settled", "5.25", "KZT")
    assert (shown["payer"], shown["payee"]) == (BANKS[0], BANKS[1])
    assert (shown["payment_type"], shown["payment_class"]) == ("interbank", "normal")
    assert shown["value_date"] == "2026-11-24"
    assert system.bank(0).submit_message(sent).content == answer.content


def test_a_transfer_may_wait_or_be_rejected(system: LiveSystem) -> None:
    sides = {"debtor": BANKS[0], "creditor": BANKS[1]}
    large = transfer_message("LIQ-2", amount="9000000", date="", **sides)
    document = only(system.bank(0).submit_message(large), 201)
    assert text(document, f"{HANDLED}/StsCd") == "PDNG"
    assert text(document, f"{HANDLED}/Desc").endswith("the transfer is queued or earmarked")
    uetr = text(document, "Rct/RctDtls/OrgnlPmtId/PrtryId")
    assert system.bank(0).get(f"/v1/orders/{uetr}").json()["value_date"] is None
    past = transfer_message("LIQ-3", date="<SttlmDt>2026-11-23</SttlmDt>", **sides)
    document = only(system.bank(0).submit_message(past), 201)
    assert text(document, f"{HANDLED}/StsCd") == "RJCT"
    assert text(document, f"{HANDLED}/Desc").startswith("DT01; NO_BUSINESS_DAY")
    assert text(document, f"{HANDLED}/Desc").endswith("; the transfer is rejected or returned")
    changed = transfer_message("LIQ-2", amount="1", date="", **sides)
    document = only(system.bank(0).submit_message(changed), 409)
    assert text(document, f"{HANDLED}/StsCd") == "RJCT"
    assert text(document, f"{HANDLED}/Desc").startswith("DU01; this message id was used")
    cancel(system, uetr)


def test_a_transfer_from_the_account_of_another_is_refused(system: LiveSystem) -> None:
    sent = transfer_message("LIQ-4", debtor=BANKS[1], creditor=BANKS[0])
    document = only(system.bank(0).submit_message(sent), 422)
    assert "may instruct for itself alone" in text(document, f"{HANDLED}/Desc")


def trade(reference: str, common: str, number: int = 0, **fields: Any) -> bytes:
    """The instruction of one side: the first bank sells RUB for KZT to the second."""
    sides = {"side": BANKS[number], "other": BANKS[1 - number]}
    amounts = {"buys": ("KZT", "500.00"), "sells": ("RUB", "100.00")}
    if number:
        amounts = {"buys": ("RUB", "100.00"), "sells": ("KZT", "500.00")}
    return trade_message(reference, common, **(sides | amounts | fields))


def test_two_sides_of_a_trade_settle_payment_versus_payment(system: LiveSystem) -> None:
    first = system.bank(0).submit_message(trade("T-1", "C-1"))
    document = only(first, 201)
    assert document.tag.startswith(f"{{{namespace_of('fxtr.017.001.05')}}}")
    assert text(document, f"{STATUS}/CurSts/StsCd/Cd") == "UMTC"
    information = "FXTradStsAndDtlsNtfctn/TradInf"
    assert text(document, f"{information}/OrgtrRef") == "T-1"
    assert text(document, f"{information}/CmonRef") == "C-1"
    second = system.bank(1).submit_message(trade("T-2", "C-1", 1))
    assert text(only(second, 201), f"{STATUS}/CurSts/StsCd/Cd") == "STLD"
    own = text(document, f"{STATUS}/MtchgSysUnqRef")
    uetr = derived_uetr("trade", "C-1", BANKS[0], BANKS[1])
    assert own == uetr.replace("-", "")
    shown = system.bank(0).get(f"/v1/orders/{uetr}").json()
    assert (shown["status"], shown["amount"], shown["currency"]) == ("settled", "100.00", "RUB")
    other = derived_uetr("trade", "C-1", BANKS[1], BANKS[0])
    assert shown["counterleg"] == other
    assert shown["counterleg_terms"] == {
        "payer": BANKS[1],
        "payee": BANKS[0],
        "currency": "KZT",
        "amount": "500.00",
    }
    assert system.bank(1).get(f"/v1/orders/{other}").json()["status"] == "settled"
    assert system.bank(0).submit_message(trade("T-1", "C-1")).content == first.content
    assert system.bank(1).submit_message(trade("T-2", "C-1", 1)).content == second.content


def test_sides_that_differ_do_not_match(system: LiveSystem) -> None:
    only(system.bank(0).submit_message(trade("T-3", "C-2")), 201)
    differs = trade("T-4", "C-2", 1, buys=("RUB", "100.01"))
    document = only(system.bank(1).submit_message(differs), 201)
    assert text(document, f"{STATUS}/CurSts/StsCd/Cd") == "RJCT"
    assert text(document, f"{STATUS}/CurSts/SubStsCd") == "ED05"
    held = derived_uetr("trade", "C-2", BANKS[0], BANKS[1])
    assert system.bank(0).get(f"/v1/orders/{held}").json()["status"] == "held"


def test_a_trade_that_cannot_be_taken_is_refused_by_receipt(system: LiveSystem) -> None:
    document = only(system.bank(1).submit_message(trade("T-5", "C-3")), 422)
    assert text(document, f"{HANDLED}/StsCd") == "RJCT"
    only(system.bank(0).submit_message(trade("T-6", "C-4")), 201)
    document = only(system.bank(0).submit_message(trade("T-6", "C-5")), 409)
    assert text(document, f"{HANDLED}/Desc").startswith("DU01; ")
    document = only(system.bank(0).submit_message(trade("T-7", "C-4", sells=("RUB", "1"))), 409)
    assert text(document, f"{HANDLED}/Desc").startswith("DU03; ")


def test_messages_are_known_after_a_restart(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, clock=Clock(NOON)) as system:
        original = settled(system)
        sent = [
            (1, returned("A-1", original)),
            (0, transfer_message("A-2", debtor=BANKS[0], creditor=BANKS[1])),
            (0, trade("A-3", "C-9")),
        ]
        first = [system.bank(number).submit_message(one).content for number, one in sent]
        url = system.url
    clock = Clock(NOON + MINUTE)
    with live_system(tmp_path, url, clock) as system:
        again = [system.bank(number).submit_message(one) for number, one in sent]
        assert [one.content for one in again] == first
        assert [one.status_code for one in again] == [201] * 3
        document = only(system.bank(1).submit_message(trade("A-4", "C-9", 1)), 201)
        assert text(document, f"{STATUS}/CurSts/StsCd/Cd") == "STLD"
        assert system.verified().difference is None
