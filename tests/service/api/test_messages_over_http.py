"""ISO 20022 messages through the API of a real service: taken in, answered, reported."""

import datetime
import itertools
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skontro.messages.schema_store import namespace_of
from skontro.model import to_timestamp
from skontro.system import ScreeningPolicy
from tests.messages.valid import parts_of, text, texts
from tests.messages.written_payments import payment_message, status_request
from tests.service.systems import (
    BANKS,
    MINUTE,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    live_system,
    order,
    write_folder,
)

NOON = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
XML = {"Content-Type": "application/xml"}
REPORT = "FIToFIPmtStsRpt"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder, OFFICE_HOURS)
    with live_system(folder, clock=Clock(to_timestamp(NOON))) as running:
        yield running


def row(**fields: Any) -> dict[str, Any]:
    plain = {
        "uetr": str(uuid.uuid4()),
        "payer": BANKS[0],
        "payee": BANKS[1],
        "currency": "KZT",
        "amount_minor": 12_345,
        "submitted_at": NOON,
    }
    return plain | fields


def message(fields: dict[str, Any], name: str = "pacs.009.001.08", **options: Any) -> bytes:
    return f"<M>{payment_message(fields, name, **options)}</M>".encode()


def request(name: str, content: str) -> bytes:
    return f'<Document xmlns="{namespace_of(name)}">{content}</Document>'.encode()


def only(answer: Any, status: int) -> Any:
    """The document of an answer with this status, which is XML and valid."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/xml"
    return parts_of(answer.content)[1]


def test_a_payment_settles_and_is_answered_in_the_senders_version(system: LiveSystem) -> None:
    sent = row()
    answer = system.bank(0).submit_message(message(sent))
    header, document = parts_of(answer.content)
    assert answer.status_code == 201
    assert header.tag == f"{{{namespace_of('head.001.001.02')}}}AppHdr"
    assert text(header, "To/FIId/FinInstnId/BICFI") == BANKS[0]
    assert text(header, "Fr/OrgId/Nm") == "Test"
    assert document.tag.startswith(f"{{{namespace_of('pacs.002.001.10')}}}")
    told = f"{REPORT}/TxInfAndSts"
    assert text(document, f"{told}/TxSts") == "ACSC"
    assert text(document, f"{told}/OrgnlUETR") == sent["uetr"]
    assert text(document, f"{told}/OrgnlEndToEndId").startswith("EM")
    assert text(document, f"{REPORT}/OrgnlGrpInfAndSts/OrgnlMsgNmId") == "pacs.009.001.08"
    shown = system.bank(1).get(f"/v1/orders/{sent['uetr']}").json()
    assert (shown["status"], shown["amount"]) == ("settled", "123.45")
    assert shown["payment_type"] == "interbank"
    assert text(document, f"{told}/ClrSysRef") == f"{shown['batch']}.{shown['position']}"


def test_a_message_without_header_is_answered_without(system: LiveSystem) -> None:
    answer = system.bank(0).submit_message(
        payment_message(row(), "pacs.008.001.08", with_header=False).encode()
    )
    header, document = parts_of(answer.content)
    assert (answer.status_code, header) == (201, None)
    assert document.tag.startswith(f"{{{namespace_of('pacs.002.001.10')}}}")


def test_the_same_message_gets_the_same_answer_to_the_byte(system: LiveSystem) -> None:
    sent = message(row())
    first = system.bank(0).submit_message(sent)
    again = system.bank(0, person=2).submit_message(sent)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content


def test_a_message_id_or_a_uetr_that_is_in_use_is_a_conflict(system: LiveSystem) -> None:
    used = row()
    assert system.bank(0).submit_message(message(used)).status_code == 201
    same_id = message(used).replace(b">123.45<", b">123.46<")
    document = only(system.bank(0).submit_message(same_id), 409)
    group = f"{REPORT}/OrgnlGrpInfAndSts"
    assert text(document, f"{group}/GrpSts") == "RJCT"
    assert text(document, f"{group}/StsRsnInf/Rsn/Cd") == "DU01"
    assert text(document, f"{group}/StsRsnInf/AddtlInf").startswith("this message id was used")
    same_uetr = (
        message(used)
        .replace(b"<MsgId>M", b"<MsgId>N")
        .replace(b"<h:BizMsgIdr>M", b"<h:BizMsgIdr>N")
        .replace(b">123.45<", b">123.46<")
    )
    document = only(system.bank(0).submit_message(same_uetr), 409)
    assert text(document, f"{group}/StsRsnInf/Rsn/Cd") == "DU03"
    assert used["uetr"] in texts(document, f"{group}/StsRsnInf/AddtlInf")


def test_an_order_that_waits_or_is_rejected_says_so(system: LiveSystem) -> None:
    poor = row(amount_minor=900_000_000, payer=BANKS[2])
    told = f"{REPORT}/TxInfAndSts"
    document = only(system.bank(2).submit_message(message(poor)), 201)
    assert text(document, f"{told}/TxSts") == "ACSP"
    yesterday = NOON - datetime.timedelta(days=1)
    document = only(system.bank(0).submit_message(message(row(submitted_at=yesterday))), 201)
    assert text(document, f"{told}/TxSts") == "RJCT"
    assert text(document, f"{told}/StsRsnInf/Rsn/Cd") == "DT01"
    assert not texts(document, f"{told}/AccptncDtTm")
    tomorrow = NOON + datetime.timedelta(days=1)
    document = only(system.bank(0).submit_message(message(row(submitted_at=tomorrow))), 201)
    assert text(document, f"{told}/TxSts") == "PDNG"
    assert text(document, f"{told}/StsRsnInf/Rsn/Prtry") == "AWAITS_VALUE_DATE"


def test_messages_with_faults_are_refused_with_all_of_them(system: LiveSystem) -> None:
    before = system.operator().get("/v1/orders", limit=1_000).json()["orders"]
    unknown = row(payee="DDDDKGK0")
    document = only(system.bank(0).submit_message(message(unknown)), 422)
    group = f"{REPORT}/OrgnlGrpInfAndSts"
    assert text(document, f"{group}/StsRsnInf/Rsn/Cd") == "RC04"
    assert "DDDDKGK0 is no participant" in text(document, f"{group}/StsRsnInf/AddtlInf")
    not_mine = only(system.bank(1).submit_message(message(row())), 422)
    assert "may instruct for itself alone" in "".join(
        texts(not_mine, f"{group}/StsRsnInf/AddtlInf")
    )
    for body, reason in (
        (b"<a", "no well-formed XML"),
        (b"", "empty"),
        (b"<!DOCTYPE a><a/>", "DOCTYPE"),
        (b"<a/>", "holds no message"),
        (
            message(row()).replace(
                b"</M>", payment_message(row(), "pacs.009.001.08").encode() + b"</M>"
            ),
            "holds 2 messages; send one in each request",
        ),
    ):
        document = only(system.bank(0).submit_message(body), 422)
        assert document.tag.startswith(f"{{{namespace_of('admi.002.001.01')}}}")
        assert reason in text(document, "admi.002.001.01/Rsn/RsnDesc")
    after = system.operator().get("/v1/orders", limit=1_000).json()["orders"]
    assert len(after) == len(before)


def test_other_content_types_and_callers_are_refused(system: LiveSystem) -> None:
    bank = system.bank(0)
    for kind in ("application/json", "text/xml", "text/plain"):
        answer = bank.http.post("/v1/messages", content=b"<a/>", headers={"Content-Type": kind})
        assert answer.status_code == 415
        assert answer.json()["detail"] == "send the body as Content-Type: application/xml"
    answer = bank.http.post("/v1/orders", content=message(row()), headers=XML)
    assert answer.status_code == 415
    answer = bank.http.post(
        "/v1/messages", content=message(row()), headers={"Content-Type": "Application/XML; a=b"}
    )
    assert answer.status_code == 201
    assert system.nobody().submit_message(message(row())).status_code == 401
    assert system.operator().submit_message(message(row())).status_code == 403


def cancellation(uetr: str) -> bytes:
    party = f"<Agt><FinInstnId><BICFI>{BANKS[0]}</BICFI></FinInstnId></Agt>"
    return request(
        "camt.056.001.08",
        f"<FIToFIPmtCxlReq><Assgnmt><Id>{uuid.uuid4().hex}</Id><Assgnr>{party}</Assgnr><Assgne>"
        f"{party}</Assgne><CreDtTm>2026-11-24T12:00:00Z</CreDtTm></Assgnmt><Undrlyg><TxInf>"
        f"<OrgnlEndToEndId>E-1</OrgnlEndToEndId><OrgnlUETR>{uetr}</OrgnlUETR></TxInf></Undrlyg>"
        "</FIToFIPmtCxlReq>",
    )


def test_orders_are_cancelled_by_message(system: LiveSystem) -> None:
    waiting = row(amount_minor=800_000_000)
    assert system.bank(0).submit_message(message(waiting)).status_code == 201
    sent = cancellation(waiting["uetr"])
    status = "RsltnOfInvstgtn/CxlDtls/TxInfAndSts"
    for _ in range(2):  # the second time, it is a repetition
        document = only(system.bank(0).submit_message(sent), 200)
        assert document.tag.startswith(f"{{{namespace_of('camt.029.001.09')}}}")
        assert text(document, f"{status}/TxCxlSts") == "ACCR"
        assert text(document, f"{status}/OrgnlUETR") == waiting["uetr"]
        assert text(document, "RsltnOfInvstgtn/Sts/Conf") == "CNCL"
    assert system.bank(0).get(f"/v1/orders/{waiting['uetr']}").json()["status"] == "cancelled"
    document = only(system.bank(0).submit_message(cancellation(waiting["uetr"])), 200)
    assert text(document, f"{status}/TxCxlSts") == "RJCR"
    assert text(document, f"{status}/CxlStsRsnInf/Rsn/Prtry") == "ORDER_FINAL"
    document = only(system.bank(0).submit_message(cancellation(str(uuid.uuid4()))), 200)
    assert text(document, f"{status}/CxlStsRsnInf/Rsn/Cd") == "NOOR"
    tomorrow = row(submitted_at=NOON + datetime.timedelta(days=1))
    assert system.bank(0).submit_message(message(tomorrow)).status_code == 201
    sent = cancellation(tomorrow["uetr"])
    for _ in range(2):
        document = only(system.bank(0).submit_message(sent), 200)
        assert text(document, f"{status}/TxCxlSts") == "ACCR"
    others = order(1, 0, "8000000.00")
    assert system.bank(1).submit(others).json()["status"] == "queued"
    document = only(system.bank(0).submit_message(cancellation(str(others["uetr"]))), 200)
    assert text(document, f"{status}/CxlStsRsnInf/Rsn/Cd") == "NARR"
    assert system.bank(1).get(f"/v1/orders/{others['uetr']}").json()["status"] == "queued"


def _priority(uetr: str, priority: str) -> bytes:
    return request(
        "camt.007.001.08",
        f"<ModfyTx><MsgHdr><MsgId>{uuid.uuid4().hex}</MsgId></MsgHdr><Mod><PmtId><LngBizId>"
        f"<UETR>{uetr}</UETR><IntrBkSttlmAmt>1</IntrBkSttlmAmt>"
        "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt><InstgAgt><FinInstnId/></InstgAgt>"
        "<InstdAgt><FinInstnId/></InstdAgt></LngBizId></PmtId><NewPmtValSet>"
        f"{priority}</NewPmtValSet></Mod></ModfyTx>",
    )


def test_the_class_of_an_order_is_changed_by_message(system: LiveSystem) -> None:
    sent = row(amount_minor=600_000_000)
    system.bank(0).submit_message(message(sent))
    high = _priority(sent["uetr"], "<Prty><Cd>HIGH</Cd></Prty>")
    handled = "Rct/RctDtls/ReqHdlg"
    for _ in range(2):
        document = only(system.bank(0).submit_message(high), 200)
        assert text(document, f"{handled}/StsCd") == "ACPT"
        assert text(document, "Rct/RctDtls/OrgnlPmtId/PrtryId") == sent["uetr"]
    assert system.bank(0).get(f"/v1/orders/{sent['uetr']}").json()["payment_class"] == "high"
    unknown = _priority(str(uuid.uuid4()), "<Prty><Cd>HIGH</Cd></Prty>")
    document = only(system.bank(0).submit_message(unknown), 422)
    assert text(document, f"{handled}/Desc") == "NOOR; no order with this UETR is known"
    system.bank(0).submit_message(cancellation(sent["uetr"]))
    final = _priority(sent["uetr"], "<Prty><Cd>URGT</Cd></Prty>")
    document = only(system.bank(0).submit_message(final), 422)
    assert text(document, f"{handled}/Desc").startswith("ORDER_")


def test_the_times_of_an_order_are_changed_by_message(system: LiveSystem) -> None:
    sent = row(amount_minor=600_000_000)
    system.bank(0).submit_message(message(sent))
    handled = "Rct/RctDtls/ReqHdlg"
    times = "<PrcgVldtyTm><ToDtTm>2026-11-24T13:00:00Z</ToDtTm></PrcgVldtyTm>"
    later = _priority(sent["uetr"], times)
    for _ in range(2):  # the second time, it is a repetition
        document = only(system.bank(0).submit_message(later), 200)
        assert text(document, f"{handled}/StsCd") == "ACPT"
        assert text(document, f"{handled}/Desc") == "the order has the new times"
    shown = system.bank(0).get(f"/v1/orders/{sent['uetr']}").json()
    assert (shown["earliest_at"], shown["latest_at"]) == (None, "2026-11-24T13:00:00Z")
    both = _priority(sent["uetr"], "<Prty><Cd>HIGH</Cd></Prty>" + times)
    document = only(system.bank(0).submit_message(both), 422)
    assert text(document, f"{handled}/Desc") == (
        "the priority or the times, not both at once: send one change in each message"
    )
    assert system.bank(0).get(f"/v1/orders/{sent['uetr']}").json() == shown
    past = _priority(sent["uetr"], times.replace("13:00", "01:00"))
    document = only(system.bank(0).submit_message(past), 422)
    assert text(document, f"{handled}/Desc").startswith("TM01; LATEST_TIME_PASSED: ")
    system.bank(0).submit_message(cancellation(sent["uetr"]))


def test_statuses_are_told_as_they_are_now(system: LiveSystem) -> None:
    sent = row(amount_minor=700_000_000)
    system.bank(0).submit_message(message(sent))
    system.bank(0).submit_message(cancellation(sent["uetr"]))
    stranger = str(uuid.uuid4())
    asked = status_request("Q-1", sent["uetr"], stranger)
    document = only(system.bank(1).submit_message(asked), 200)
    told = f"{REPORT}/TxInfAndSts"
    assert texts(document, f"{told}/TxSts") == ["CANC", "RJCT"]
    assert texts(document, f"{told}/StsRsnInf/Rsn/Cd") == ["CUST", "NOOR"]
    assert texts(document, f"{told}/OrgnlUETR") == [sent["uetr"], stranger]
    document = only(system.bank(2).submit_message(status_request("Q-1", sent["uetr"])), 200)
    assert texts(document, f"{told}/TxSts") == ["RJCT"]


def test_the_payee_reads_its_credit_with_references(system: LiveSystem) -> None:
    sent = row(payee=BANKS[2], currency="RUB", amount_minor=1)
    plain = order(0, 2, "0.02", "RUB")
    assert system.bank(0).submit(plain).status_code == 201
    assert system.bank(0).submit_message(message(sent, "pacs.008.001.08")).status_code == 201
    path = f"/v1/accounts/{BANKS[2]}/RUB/camt.054"
    answer = system.bank(2).get(path)
    document = only(answer, 200)
    entries = "BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry"
    assert texts(document, f"{entries}/CdtDbtInd")[-1] == "CRDT"
    assert texts(document, f"{entries}/Amt")[-1] == "0.01"
    details = f"{entries}/NtryDtls/TxDtls"
    assert texts(document, f"{details}/Refs/UETR")[-1] == sent["uetr"]
    assert texts(document, f"{details}/Refs/UETR")[-2] == plain["uetr"]
    assert [one[:2] for one in texts(document, f"{details}/Refs/InstrId")] == ["IM"]
    assert [one[:2] for one in texts(document, f"{details}/Refs/EndToEndId")] == ["EM"]
    assert [one[:1] for one in texts(document, f"{details}/Refs/MsgId")] == ["M"]
    assert texts(document, f"{details}/RltdPties/Dbtr/Pty/Nm") == ["Анна Ким"]
    assert texts(document, f"{details}/RltdPties/Cdtr/Pty/Nm") == ["Öl & Gas"]
    assert texts(document, f"{details}/Purp/Cd") == ["GDDS"]
    assert texts(document, f"{details}/RmtInf/Ustrd") == ["Invoice 7"]
    assert texts(document, f"{details}/RltdAgts/InstgAgt/FinInstnId/BICFI")[-1] == BANKS[0]
    assert texts(document, f"{details}/RltdAgts/InstdAgt/FinInstnId/BICFI")[-1] == BANKS[2]
    assert system.bank(1).get(path).status_code == 403
    assert system.operator().get(path).status_code == 200


def test_reports_come_in_pages_that_follow_each_other(system: LiveSystem) -> None:
    for _ in range(3):
        system.bank(0).submit_message(message(row(amount_minor=1, currency="RUB", payee=BANKS[1])))
    path = f"/v1/accounts/{BANKS[0]}/RUB/camt.052"
    whole = only(system.bank(0).get(path, limit=1_000), 200)
    report = "BkToCstmrAcctRpt/Rpt"
    references = texts(whole, f"{report}/Ntry/NtryRef")
    assert len(references) >= 3
    assert text(whole, f"{report}/RptPgntn/LastPgInd") == "true"
    assert texts(whole, f"{report}/Bal/Tp/CdOrPrtry/Cd") == ["OPBD", "ITBD"]
    found, balances, next_path, page = [], [], f"{path}?limit=2", 1
    while next_path:
        answer = system.bank(0).http.get(next_path)
        document = only(answer, 200)
        found += texts(document, f"{report}/Ntry/NtryRef")
        balances.append(texts(document, f"{report}/Bal/Amt"))
        assert text(document, f"{report}/RptPgntn/PgNb") == str(page)
        link = answer.headers.get("link", "")
        assert text(document, f"{report}/RptPgntn/LastPgInd") == str(not link).lower()
        next_path, page = link.partition(">")[0].removeprefix("<"), page + 1
    assert found == references
    assert page > 2
    for before, after in itertools.pairwise(balances):
        assert before[1] == after[0]
    assert [balances[0][0], balances[-1][1]] == texts(whole, f"{report}/Bal/Amt")


def test_a_statement_is_of_a_day_that_is_over(system: LiveSystem) -> None:
    path = f"/v1/accounts/{BANKS[0]}/KZT/camt.053"
    answer = system.bank(0).get(path)
    assert answer.status_code == 409
    assert "2026-11-24 is not over; camt.052" in answer.json()["detail"]
    assert system.bank(0).get(path, date="2026-11-20").status_code == 404


def _asked_report(name: str, currency: str = "") -> bytes:
    party = f"<Agt><FinInstnId><BICFI>{BANKS[1]}</BICFI></FinInstnId></Agt>"
    of = f"<Acct><Id><Othr><Id>{BANKS[1]}-{currency}</Id></Othr></Id></Acct>" if currency else ""
    return request(
        "camt.060.001.05",
        "<AcctRptgReq><GrpHdr><MsgId>Q-3</MsgId><CreDtTm>2026-11-24T12:00:00Z</CreDtTm></GrpHdr>"
        f"<RptgReq><ReqdMsgNmId>{name}</ReqdMsgNmId>{of}<AcctOwnr>{party}</AcctOwnr></RptgReq>"
        "</AcctRptgReq>",
    )


def test_a_report_is_asked_for_by_message(system: LiveSystem) -> None:
    document = only(system.bank(1).submit_message(_asked_report("camt.052.001.08")), 200)
    assert len(texts(document, "BkToCstmrAcctRpt/Rpt/Id")) == len(
        system.service.context.mapper.currencies
    )
    document = only(system.bank(1).submit_message(_asked_report("camt.054", "RUB")), 200)
    assert texts(document, "BkToCstmrDbtCdtNtfctn/Ntfctn/Acct/Ccy") == ["RUB"]


def test_when_the_day_is_over_there_is_its_statement(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, clock=Clock(to_timestamp(NOON))) as system:
        sent = row()
        assert system.bank(0).submit_message(message(sent)).status_code == 201
        system.move_to(to_timestamp(NOON) + 12 * 60 * MINUTE)
        path = f"/v1/accounts/{BANKS[1]}/KZT/camt.053"
        document = only(system.bank(1).get(path, date="2026-11-24"), 200)
        statement = "BkToCstmrStmt/Stmt"
        assert texts(document, f"{statement}/Bal/Tp/CdOrPrtry/Cd") == ["OPBD", "CLBD"]
        assert texts(document, f"{statement}/Bal/Amt") == ["10000.00", "10123.45"]
        assert texts(document, f"{statement}/Ntry/NtryDtls/TxDtls/Refs/UETR") == [sent["uetr"]]


def test_a_payment_that_was_not_screened_waits_for_a_decision(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS, screening=ScreeningPolicy())
    with live_system(tmp_path, clock=Clock(to_timestamp(NOON))) as system:
        sent = row()
        document = only(system.bank(0).submit_message(message(sent, "pacs.008.001.08")), 201)
        told = f"{REPORT}/TxInfAndSts"
        assert text(document, f"{told}/TxSts") == "PDNG"
        assert text(document, f"{told}/StsRsnInf/Rsn/Prtry") == "NOT_SCREENED"
        document = only(system.bank(0).submit_message(cancellation(sent["uetr"])), 200)
        status = "RsltnOfInvstgtn/CxlDtls/TxInfAndSts"
        assert text(document, f"{status}/TxCxlSts") == "ACCR"
        assert system.bank(0).get(f"/v1/orders/{sent['uetr']}").json()["status"] == "cancelled"
