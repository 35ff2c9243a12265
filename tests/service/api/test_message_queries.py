"""Queries in messages over the API of a real service: accounts and orders."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skontro.messages.schema_store import namespace_of
from skontro.service.api import message_queries
from tests.messages.valid import text, texts
from tests.messages.written_requests import query
from tests.service.api.test_messages_over_http import message, only, row
from tests.service.systems import (
    BANKS,
    DAY,
    NOON,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    live_system,
    order,
    write_folder,
)

ACCOUNT = "RtrAcct/RptOrErr/AcctRpt"
REPORT = "RtrTx/RptOrErr/BizRpt/TxRpt"
PAYMENT = f"{REPORT}/TxOrErr/Tx"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder, OFFICE_HOURS)
    with live_system(folder, clock=Clock(NOON)) as running:
        assert running.bank(0).submit(order(0, 1, "100.00")).json()["status"] == "settled"
        yield running


def ask(system: LiveSystem, name: str, criteria: str = "", bank: int = 0, status: int = 200) -> Any:
    sent = query(name, f"Q-{next(_numbers)}", criteria)
    return only(system.bank(bank).submit_message(sent), status)


def accounts(system: LiveSystem, criteria: str = "", bank: int = 0) -> Any:
    return ask(system, "camt.003.001.07", criteria, bank)


def orders(system: LiveSystem, criteria: str = "", bank: int = 0, status: int = 200) -> Any:
    return ask(system, "camt.005.001.08", criteria, bank, status)


def found(system: LiveSystem, criteria: str, bank: int = 0) -> list[str]:
    return texts(orders(system, criteria, bank), f"{REPORT}/PmtId/LngBizId/UETR")


def search(inner: str) -> str:
    return f"<PmtSch>{inner}</PmtSch>"


def account(identification: str) -> str:
    return f"<AcctId><EQ><Othr><Id>{identification}</Id></Othr></EQ></AcctId>"


def balances(*kinds: str, of: str = "MULT") -> str:
    types = "".join(f"<Tp><Cd>{kind}</Cd></Tp>" for kind in kinds)
    return f"<Bal>{types}<CtrPtyTp>{of}</CtrPtyTp></Bal>"


def test_all_own_accounts_are_answered_with_their_balances(system: LiveSystem) -> None:
    document = accounts(system)
    assert document.tag.startswith(f"{{{namespace_of('camt.004.001.08')}}}")
    header = "RtrAcct/MsgHdr/OrgnlBizQry"
    assert text(document, f"{header}/MsgId").startswith("Q-")
    assert text(document, f"{header}/MsgNmId") == "camt.003.001.07"
    assert text(document, f"{header}/CreDtTm") == "2026-11-24T12:00:00Z"
    assert texts(document, f"{ACCOUNT}/AcctId/Othr/Id") == [f"{BANKS[0]}-KZT", f"{BANKS[0]}-RUB"]
    content = f"{ACCOUNT}/AcctOrErr/Acct"
    assert texts(document, f"{content}/Ccy") == ["KZT", "RUB"]
    assert texts(document, f"{content}/Ownr/Id/OrgId/AnyBIC") == [BANKS[0]] * 2
    assert texts(document, f"{content}/MulBal/Tp/Cd") == ["CRRT", "CRDT", "AVLB"] * 2
    own = system.bank(0).get(f"/v1/accounts/{BANKS[0]}/KZT").json()
    assert texts(document, f"{content}/MulBal/Amt")[:3] == [
        own["balance"],
        own["credit_line"],
        own["cover"],
    ]


def test_accounts_are_chosen_by_identification_currency_and_balance(system: LiveSystem) -> None:
    identification = f"{ACCOUNT}/AcctId/Othr/Id"
    document = accounts(system, "<Ccy>RUB</Ccy>")
    assert texts(document, identification) == [f"{BANKS[0]}-RUB"]
    document = accounts(system, account(f"{BANKS[0]}-KZT"))
    assert texts(document, identification) == [f"{BANKS[0]}-KZT"]
    both = account(f"{BANKS[0]}-KZT") + "<Ccy>RUB</Ccy>"
    error = "RtrAcct/RptOrErr/OprlErr"
    document = accounts(system, both)
    assert text(document, f"{error}/Err/Prtry") == "NO_SETTLEMENT_ACCOUNT"
    assert text(document, f"{error}/Desc") == "you have no account that fits"
    document = accounts(system, account(f"{BANKS[1]}-KZT"))
    assert texts(document, identification) == [f"{BANKS[1]}-KZT"]
    assert text(document, f"{ACCOUNT}/AcctOrErr/BizErr/Desc") == "you have no such account"
    assert not texts(document, f"{ACCOUNT}/AcctOrErr/Acct/Ccy")
    document = accounts(system, f"<Ccy>KZT</Ccy>{balances('AVLB')}")
    assert texts(document, f"{ACCOUNT}/AcctOrErr/Acct/MulBal/Tp/Cd") == ["AVLB"]
    document = accounts(system, f"<Ccy>KZT</Ccy>{balances('AVLB', 'CRRT')}")
    assert texts(document, f"{ACCOUNT}/AcctOrErr/Acct/MulBal/Tp/Cd") == ["CRRT", "AVLB"]
    for criteria, told in (
        (balances("CLSG"), "is CLSG; balances are CRRT, CRDT, AVLB"),
        (balances("AVLB", of="BILA"), "is BILA; balances are with all others: MULT"),
    ):
        refused = ask(system, "camt.003.001.07", criteria, status=422)
        assert told in text(refused, "Rct/RctDtls/ReqHdlg/Desc")


def test_orders_are_told_as_they_are_now(system: LiveSystem) -> None:
    sent = row(amount_minor=1_234)
    system.bank(0).submit_message(message(sent, "pacs.008.001.08"))
    wanted = search(
        f"<PmtId><LngBizId><UETR>{sent['uetr']}</UETR><IntrBkSttlmAmt>1</IntrBkSttlmAmt>"
        "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt><InstgAgt><FinInstnId/></InstgAgt>"
        "<InstdAgt><FinInstnId/></InstdAgt></LngBizId></PmtId>"
    )
    for bank, direction in ((0, "DBIT"), (1, "CRDT")):
        document = orders(system, wanted, bank)
        assert document.tag.startswith(f"{{{namespace_of('camt.006.001.08')}}}")
        assert text(document, "RtrTx/RptOrErr/BizRpt/TxsSummry/NbOfNtries") == "1"
        named = f"{REPORT}/PmtId/LngBizId"
        shown = system.bank(0).get(f"/v1/orders/{sent['uetr']}").json()
        assert text(document, f"{named}/TxId") == f"{shown['batch']}.{shown['position']}"
        assert text(document, f"{named}/UETR") == sent["uetr"]
        assert text(document, f"{named}/IntrBkSttlmAmt") == "12.34"
        assert text(document, f"{named}/IntrBkSttlmDt") == "2026-11-24"
        assert text(document, f"{named}/InstgAgt/FinInstnId/BICFI") == BANKS[0]
        assert text(document, f"{named}/InstdAgt/FinInstnId/BICFI") == BANKS[1]
        assert text(document, f"{named}/EndToEndId").startswith("EM")
        assert text(document, f"{PAYMENT}/CdtDbtInd") == direction
        assert text(document, f"{PAYMENT}/PmtFr/MmbId/FinInstnId/BICFI") == BANKS[0]
        assert text(document, f"{PAYMENT}/PmtTo/MmbId/FinInstnId/BICFI") == BANKS[1]
        assert text(document, f"{PAYMENT}/Pmt/Sts/Cd/Fnl") == "STLD"
        assert text(document, f"{PAYMENT}/Pmt/Prty/Cd") == "NORM"
        assert text(document, f"{PAYMENT}/Pmt/MsgId").startswith("M")
    assert text(orders(system, wanted, 2), "RtrTx/RptOrErr/OprlErr/Err/Prtry") == "NO_ORDER"


def test_orders_are_found_by_each_criterion(system: LiveSystem) -> None:
    poor = row(payer=BANKS[2], payee=BANKS[0], amount_minor=900_000_000)
    assert system.bank(2).submit_message(message(poor)).status_code == 201
    later = order(2, 1, "1.00", "RUB", value_date="2026-11-25", payment_class="urgent")
    assert system.bank(2).submit(later).json()["status"] == "warehoused"
    other = order(2, 0, "2.00", "RUB")
    assert system.bank(2).submit(other).json()["status"] == "settled"
    queued, warehoused, paid = str(poor["uetr"]), str(later["uetr"]), str(other["uetr"])
    message_id = f"M{queued[-12:]}{queued[:8]}"
    member = "<{0}><MmbId><FinInstnId><BICFI>{1}</BICFI></FinInstnId></MmbId></{0}>"
    statuses = "<Sts><PmtInstrSts><{0}>{1}</{0}></PmtInstrSts></Sts>"
    day = "<IntrBkSttlmDt>{}</IntrBkSttlmDt>"
    for criteria, expected in (
        (member.format("PmtFr", BANKS[2]), [queued, warehoused, paid]),
        (member.format("PmtTo", BANKS[1]), [warehoused]),
        (search(statuses.format("PdgSts", "PSTL")), [queued]),
        (search(statuses.format("PdgSts", "ACPD")), [warehoused]),
        (search(statuses.format("PdgAndFnlSts", "PDNG")), [queued, warehoused]),
        (search(statuses.format("FnlSts", "STLD")), [paid]),
        (search("<IntrBkSttlmAmtCcy>RUB</IntrBkSttlmAmtCcy>"), [warehoused, paid]),
        (search(day.format("2026-11-25")), [warehoused]),
        (search(day.format("2026-11-24")), [queued, paid]),
        (search(day.format("2026-11-24") + day.format("2026-11-25")), [queued, warehoused, paid]),
        (search(day.format("2026-11-26")), []),
        (search(f"<MsgId>{message_id}</MsgId>"), [queued]),
        (search(f"<TxId>I{message_id}</TxId>"), [queued]),
        (search(f"<EndToEndId>E{message_id}</EndToEndId>"), [queued]),
        (search("<EndToEndId>strange</EndToEndId>"), []),
        (search(f"<TxId>X</TxId><EndToEndId>E{message_id}</EndToEndId>"), []),
    ):
        assert found(system, criteria, 2) == expected, criteria
    document = orders(system, member.format("PmtTo", BANKS[1]), 2)
    assert text(document, f"{PAYMENT}/Pmt/Sts/Cd/Pdg") == "ACPD"
    assert text(document, f"{PAYMENT}/Pmt/Sts/Rsn/Prtry") == "AWAITS_VALUE_DATE"
    assert text(document, f"{PAYMENT}/Pmt/Prty/Cd") == "URGT"
    assert text(document, f"{REPORT}/PmtId/LngBizId/IntrBkSttlmDt") == "2026-11-25"
    assert found(system, "", 2) == [queued, warehoused, paid]
    refused = orders(system, search(statuses.format("PdgSts", "UMAC")), 2, 422)
    assert "is UMAC; statuses are ACPD, " in text(refused, "Rct/RctDtls/ReqHdlg/Desc")


def test_too_many_orders_are_refused_by_admi_007(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        assert system.bank(1).submit(order(1, 0, "0.01")).status_code == 201
    wanted = f"<PmtFr><MmbId><FinInstnId><BICFI>{BANKS[1]}</BICFI></FinInstnId></MmbId></PmtFr>"
    monkeypatch.setattr(message_queries, "MOST_ORDERS", 3)
    assert len(found(system, wanted)) == 3
    assert system.bank(1).submit(order(1, 0, "0.01")).status_code == 201
    document = orders(system, wanted, status=422)
    assert document.tag.startswith(f"{{{namespace_of('admi.007.001.01')}}}")
    report = "RctAck/Rpt"
    assert text(document, f"{report}/RltdRef/Ref").startswith("Q-")
    assert text(document, f"{report}/RltdRef/MsgNm") == "camt.005.001.08"
    assert text(document, f"{report}/ReqHdlg/StsCd") == "RJCT"
    assert text(document, f"{report}/ReqHdlg/Desc").startswith("more than 3 orders fit")
    monkeypatch.setattr(message_queries, "MOST_ORDERS", 1_000)
    monkeypatch.setattr(message_queries, "MOST_LOOKED_AT", 1)
    assert len(found(system, wanted)) == 4


def test_an_order_without_a_value_date_is_of_the_day_on_which_it_came(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, clock=Clock(NOON)) as system:
        first, second = order(0, 1, "1.00"), order(0, 1, "1.00")
        system.bank(0).submit(first)
        system.move_to(NOON + DAY)
        system.bank(0).submit(second)
        day = "<IntrBkSttlmDt>{}</IntrBkSttlmDt>"
        for date, expected in (("2026-11-24", first), ("2026-11-25", second)):
            assert found(system, search(day.format(date))) == [expected["uetr"]]
