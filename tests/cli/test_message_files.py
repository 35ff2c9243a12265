"""Message files are settled as CSV files are, and answered."""

import re
from math import ceil
from pathlib import Path

import attrs
import polars as pl
import pytest

from skontro.cli.terminal import ExitCode
from skontro.files import Refusals, Scenario, read_results, write_scenario
from skontro.messages.payment_rows import MessageFiles
from skontro.messages.reading import read_messages
from skontro.model import timestamp_text, to_timestamp
from skontro.testing import small_day
from tests.cli.in_process import run_main
from tests.messages.written_payments import payment_message, write_payment_messages
from tests.messages.written_requests import (
    debit_message,
    return_message,
    trade_message,
    transfer_message,
)

DAY = """
    ALFAKZKA KZT 100.00
    BETAKG22 KZT 0.00 50.00
    GAMMUZ22 KZT 10.00
    ALFAKZKA JPY 1000
    BETAKG22 JPY 0
    09:00 ALFAKZKA > BETAKG22 KZT 70.00
    09:30 ALFAKZKA > BETAKG22 JPY 7 high
    10:00 BETAKG22 > ALFAKZKA KZT 20.00 urgent
    11:00 ALFAKZKA > GAMMUZ22 KZT 90.00
    11:00:00.000001 GAMMUZ22 > ALFAKZKA KZT 0.05
"""


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def day() -> Scenario:
    scenario = small_day(DAY)
    last = scenario.payments.height - 1
    changed = pl.int_range(pl.len()) == 1
    payments = scenario.payments.with_columns(
        earliest_at=pl.when(changed).then(pl.col("submitted_at").dt.offset_by("5m")),
        latest_at=pl.when(changed).then(pl.col("submitted_at").dt.offset_by("2h")),
        instructed_currency=pl.when(pl.int_range(pl.len()) == last).then(pl.lit("USD")),
        instructed_amount_minor=pl.when(pl.int_range(pl.len()) == last).then(pl.lit(3, pl.Int64)),
    )
    found = Scenario(**{**_fields(scenario), "payments": payments})
    write_scenario(Path("day"), found, payments_format="csv")
    return found


def _fields(scenario: Scenario) -> dict[str, object]:
    names = ("name", "business_days", "time_zone", "directory", "rates", "rulebook")
    return {name: getattr(scenario, name) for name in names}


def _settle(*arguments: str | Path, code: int = ExitCode.DONE) -> str:
    outcome = run_main("settle", *arguments)
    assert outcome.returncode == code, outcome.stderr
    return outcome.stderr


def test_messages_settle_as_rows_of_csv_do_to_the_byte(day: Scenario) -> None:
    write_payment_messages(Path("day.xml"), day)
    _settle("day", "--output", "of-csv")
    _settle("day", "--payments", "day.xml", "--output", "of-xml", "--messages")
    of_csv, of_xml = Path("of-csv"), Path("of-xml")
    written = {one.name for one in of_csv.iterdir()} - {"manifest.json"}
    assert len(written) >= 8
    for name in written - {one.name for one in of_csv.iterdir() if one.name.startswith(".")}:
        assert (of_csv / name).read_bytes() == (of_xml / name).read_bytes(), name
    more = {"pacs.002.xml", "camt.053.xml", "camt.054.xml"}
    assert {one.name for one in of_xml.iterdir()} == {one.name for one in of_csv.iterdir()} | more
    statuses = read_results(of_xml).orders["status"].to_list()
    assert statuses == ["settled", "settled", "settled", "returned", "settled"]


def test_a_folder_and_several_files_are_one_scenario(day: Scenario) -> None:
    Path("in").mkdir()
    for number, name in enumerate(("in/a.xml", "in/b.XML")):
        write_payment_messages(Path(name), day, number, 2)
    Path("in/notes.txt").write_text("left alone")
    _settle("in")
    _settle("in/a.xml", "in/b.XML")
    of_folder, of_files = read_results(Path("in-settled")), read_results(Path("a-settled"))
    assert of_folder.orders.equals(of_files.orders)
    assert of_folder.orders.height == 5
    assert sorted(of_folder.orders["row"]) == [2, 3, 4, 5, 6]
    assert "assumed days" in of_folder.provenance
    said = _settle("in/a.xml", "day", code=ExitCode.INPUT_UNUSABLE)
    assert "day: only message files (.xml) are settled together" in said


def test_answers_say_what_became_of_each_payment(day: Scenario) -> None:
    write_payment_messages(Path("day.xml"), day)
    _settle("day", "--payments", "day.xml", "--output", "out", "--messages")
    answers = Path("out/pacs.002.xml").read_text()
    assert answers.count("<TxSts>ACSC</TxSts>") == 4
    assert answers.count("<TxSts>RJCT</TxSts>") == 1
    assert answers.count("<Cd>AM04</Cd>") == 1
    statements = Path("out/camt.053.xml").read_text()
    assert statements.count("<Stmt>") == 5
    assert statements.count("<EndToEndId>") == statements.count("<InstrId>") == 8
    assert "<Ustrd>Invoice 7</Ustrd>" in statements
    assert "<Nm>Анна Ким</Nm>" in statements
    notified = Path("out/camt.054.xml").read_text()
    assert notified.count("<Ntfctn>") == 5
    assert notified.count("<Ntry>") == 8


def test_what_is_refused_is_named_by_file_and_place_and_answered(day: Scenario) -> None:
    rows = [*day.payments.iter_rows(named=True)]
    good, unknown, late = rows[0], rows[1], rows[2]
    Path("in").mkdir()
    stranger = payment_message(unknown | {"payee": "DELTAM22"}, "pacs.009.001.08")
    Path("in/1.xml").write_text(f"<B>{payment_message(good, 'pacs.008.001.08')}\n{stranger}</B>")
    no_bank = payment_message(late, "pacs.009.001.08").replace("<InstrId>", "<InstrID>")
    Path("in/2.xml").write_text(f"<B>\n{no_bank.replace('</InstrId>', '</InstrID>')}</B>")
    after = payment_message(rows[3], "pacs.009.001.08")
    Path("in/3.xml").write_text(f"<B>{after.replace('-26</IntrBk', '-27</IntrBk')}</B>")
    said = _settle("day", "--payments", "in", "--output", "out", code=ExitCode.ROWS_REFUSED)
    assert "1.xml, row 3, payee 'DELTAM22'" in said
    assert "2.xml, row 2, /B/Document/FICdtTrf/CdtTrfTxInf/PmtId/InstrID: CH17: is unknown" in said
    assert "3.xml, row 2, IntrBkSttlmDt '2026-10-27': is not one of the business days" in said
    _settle("day", "--payments", "in", "--output", "out", "--messages", "--skip-invalid")
    answers = Path("out/pacs.002.xml").read_bytes()
    found = read_messages(answers)
    assert [one.name for one in found] == [
        *["pacs.002.001.10"] * 4,
    ]
    text = answers.decode()
    assert text.count("<TxSts>ACSC</TxSts>") == 1
    assert text.count("<TxSts>RJCT</TxSts>") == 2
    assert "<Cd>RC01</Cd></Rsn><AddtlInf>payee: " in text
    assert "<Cd>DT01</Cd></Rsn><AddtlInf>IntrBkSttlmDt: is not one of the business days" in text


def test_a_large_file_of_one_message_is_read_in_parts(
    day: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = day.payments.row(-1, named=True)
    assert row["instructed_currency"] == "USD"
    Path("one.xml").write_text(f"<B>{payment_message(row, 'pacs.008.001.08')}</B>")
    _settle("day", "--payments", "one.xml", "--output", "whole", "--messages")
    monkeypatch.setattr("skontro.messages.payment_rows.MAX_MESSAGE_BYTES", 100)
    _settle("day", "--payments", "one.xml", "--output", "parts", "--messages")
    for name in ("orders.parquet", "pacs.002.xml", "camt.053.xml", "camt.054.xml"):
        assert (Path("whole") / name).read_bytes() == (Path("parts") / name).read_bytes()


@pytest.mark.parametrize("most", [100, 10**6])
def test_details_are_those_of_the_first_good_message(
    day: Scenario, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("skontro.messages.payment_rows.MAX_MESSAGE_BYTES", most)
    row = day.payments.row(0, named=True)
    good = f"<B>{payment_message(row, 'pacs.008.001.08')}</B>"
    for name, content in {
        "1": good.replace("<NbOfTxs>1", "<NbOfTxs>2").replace("Invoice 7", "refused"),
        "2": good.replace("Invoice 7", "first"),
        "3": good.replace("Invoice 7", "second"),
    }.items():
        Path(f"{name}.xml").write_text(content)
    files = MessageFiles([Path("2.xml"), Path("3.xml")])
    table, refused = files.read(Path("1.xml"), ())
    assert [one.file for one in refused] == ["1.xml"]
    assert table["uetr"].to_list() == [row["uetr"]] * 2
    assert list(files.kept) == [row["uetr"]]
    assert len(files.kept) == 1
    assert files.kept[row["uetr"]].remittance == ("first",)
    assert files.kept.get("none") is None
    assert [one.orders for one in files.received] == [range(0), range(1), range(1, 2)]
    assert [one.message.references for one in files.received] == [()] * 3
    (found,) = files.kept.references(files.received[2].orders)
    assert (found.uetr, found.end_to_end_id[:2], found.transaction_id[:2]) == (
        *(row["uetr"], "EM", "TM"),
    )


def _bulk(day: Scenario, count: int) -> str:
    """One pacs.008 with copies of the first payment, each with a UETR of its own."""
    text = payment_message(day.payments.row(0, named=True), "pacs.008.001.08", with_header=False)
    begin, end = text.index("<CdtTrfTxInf>"), text.index("</CdtTrfTxInf>") + len("</CdtTrfTxInf>")
    uetr = day.payments["uetr"][0]
    copies = [
        text[begin:end].replace(uetr, f"{number:08x}{uetr[8:]}").replace("Invoice", f"No {number}")
        for number in range(1, count + 1)
    ]
    return (text[:begin] + "".join(copies) + text[end:]).replace("Txs>1<", f"Txs>{count}<")


@pytest.mark.parametrize("most", [100, 10**6])
@pytest.mark.parametrize("together", [1, 3, 4, 5])
def test_rows_are_the_same_however_many_are_kept_together(
    day: Scenario, monkeypatch: pytest.MonkeyPatch, most: int, together: int
) -> None:
    monkeypatch.setattr("skontro.messages.payment_rows.MAX_MESSAGE_BYTES", most)
    monkeypatch.setattr("skontro.messages.payment_rows.ROWS_TOGETHER", together)
    Path("1.xml").write_text(_bulk(day, 4))
    Path("2.xml").write_text(_bulk(day, 5).replace("Txs>5<", "Txs>6<"))
    Path("3.xml").write_text(_bulk(day, 1))
    files = MessageFiles([Path("2.xml"), Path("3.xml")])
    table, refused = files.read(Path("1.xml"), ())
    assert table["row"].to_list() == [2, 3, 4, 5, 6]
    assert [one[:8] for one in table["uetr"]] == [f"{n:08x}" for n in (1, 2, 3, 4, 1)]
    assert table.n_chunks() == 1
    assert table["submitted_at"].n_unique() == 1
    assert {one.file for one in refused} == {"2.xml"}
    assert [one.orders for one in files.received] == [range(4), range(4, 4), range(4, 5)]
    assert [files.kept[uetr].remittance for uetr in table["uetr"][:4]] == [
        (f"No {number} 7",) for number in range(1, 5)
    ]
    where = files.locate(Refusals.of([attrs.evolve(refused[0], file="1.xml", row=6)]))
    assert [(one.file, one.row) for one in where] == [("3.xml", 2)]


def test_a_refused_large_file_takes_its_faults_with_it(
    day: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skontro.messages.payment_rows.MAX_MESSAGE_BYTES", 100)
    text = _bulk(day, 2)
    date = day.business_days[0].date
    Path("1.xml").write_text(text.replace(f"Dt>{date}<", f"Dt>{date.replace(year=2027)}<", 1))
    Path("2.xml").write_text(Path("1.xml").read_text().replace("Txs>2<", "Txs>3<"))
    files = MessageFiles([Path("2.xml")])
    table, refused = files.read(Path("1.xml"), day.business_days)
    assert table["row"].to_list() == [3]
    assert [(one.file, one.row, one.field) for one in refused] == [
        ("1.xml", 2, "IntrBkSttlmDt"),
        ("2.xml", 1, "/Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs"),
    ]
    assert files.kept.count == 2


@pytest.mark.long
@pytest.mark.parametrize("most", [1, 2, 4, 5])
def test_messages_with_many_transactions_go_on_in_the_next(
    day: Scenario, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    Path("day.xml").write_text(f"<B>{_bulk(day, 5)}<x/>{_bulk(day, 1)}</B>".replace("<x/>", ""))
    _settle("day.xml", "--output", "whole", "--messages", "--skip-invalid")
    monkeypatch.setattr("skontro.messages.settled_day.MOST_OF_A_MESSAGE", most)
    _settle("day.xml", "--output", "parts", "--messages", "--skip-invalid")
    number = ceil(5 / most)
    answers = (Path("parts") / "pacs.002.xml").read_text()
    assert answers.count("<GrpHdr>") == number + 1
    found = re.findall("<MsgId>(.*?)</MsgId>", answers)
    assert [one.split("-", 1)[1] for one in found] == [
        "ANSWER-1",
        *(f"ANSWER-1-PART-{part}" for part in range(2, number + 1)),
        "ANSWER-2",
    ]
    whole = (Path("whole") / "pacs.002.xml").read_text()
    pattern = "(?s)<TxInfAndSts>.*?</TxInfAndSts>"
    assert re.findall(pattern, whole) == re.findall(pattern, answers)
    (original,) = set(re.findall("<OrgnlMsgId>(.*?)</OrgnlMsgId>", whole))
    assert answers.count(f"<OrgnlMsgId>{original}</OrgnlMsgId>") == number + 1
    for name, entries in (("camt.053.xml", 10), ("camt.054.xml", 10)):
        one, several = ((Path(part) / name).read_text() for part in ("whole", "parts"))
        pattern = "(?s)<Ntry>.*?</Ntry>"
        assert re.findall(pattern, one) == re.findall(pattern, several)
        assert several.count("<Ntry>") == entries
        pages = [str(page) for page in range(1, number + 1)] * 2
        assert re.findall("<PgNb>(.*?)</PgNb>", several) == pages
        last = ["true" if page == str(number) else "false" for page in pages]
        assert re.findall("<LastPgInd>(.*?)</LastPgInd>", several) == last
        assert several.count("<GrpHdr>") == len(pages)
        assert not [one for one in read_messages(several.encode()) if one.findings[1:]]
    balances = re.findall(
        r"(?s)<Bal>.*?<Cd>(.*?)</Cd>.*?<Amt[^>]*>(.*?)</Amt>",
        (Path("parts") / "camt.053.xml").read_text(),
    )
    opening, closing = (
        [amount for code, amount in balances if code == name] for name in ("OPBD", "CLBD")
    )
    for first in (0, number):
        assert opening[first + 1 : first + number] == closing[first : first + number - 1]


def test_parts_of_an_account_report_share_messages_up_to_the_limit(
    day: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ALFAKZKA has 3 entries in one currency and 1 in another."""
    write_payment_messages(Path("day.xml"), day)
    for most, together in ((3, 1), (4, 2)):
        monkeypatch.setattr("skontro.messages.settled_day.MOST_OF_A_MESSAGE", most)
        name = f"at-{most}"
        _settle("day", "--payments", "day.xml", "--output", name, "--messages")
        text = (Path(name) / "camt.053.xml").read_text()
        messages = [one for one in text.split("<GrpHdr>")[1:] if "ALFAKZKA-KZT" in one]
        assert len(messages) == 1
        assert messages[0].count("<Stmt>") == together


def test_requests_are_refused_by_name(day: Scenario) -> None:
    Path("q.xml").write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.003.001.07"><GetAcct><MsgHdr>'
        "<MsgId>1</MsgId></MsgHdr></GetAcct></Document>"
    )
    said = _settle("day", "--payments", "q.xml", code=ExitCode.ROWS_REFUSED)
    assert "q.xml, row 1, (row): camt.003.001.07 holds no payments; other messages are" in said
    _settle("day", "--payments", "q.xml", "--output", "o", "--messages", "--skip-invalid")
    (answer,) = read_messages(Path("o/pacs.002.xml").read_bytes())
    assert answer.name == "camt.025.001.05"
    assert "<StsCd>RJCT</StsCd>" in Path("o/pacs.002.xml").read_text()


def test_a_file_without_a_good_message_says_why(day: Scenario) -> None:
    Path("bad.xml").write_text("<a/>")
    said = _settle("bad.xml", code=ExitCode.INPUT_UNUSABLE)
    assert "bad.xml, row 1, /a: FF01: holds no message" in said
    Path("empty").mkdir()
    Path("day/scenario.yaml").write_text(
        Path("day/scenario.yaml").read_text().replace("payments.csv", "nothing.xml")
    )
    assert "nothing.xml: " in _settle("day", code=ExitCode.INPUT_UNUSABLE)


DATE = "2026-10-26"
ALFA, BETA = "ALFAKZKA", "BETAKG22"


def _timed(message: bytes, created: str = f"{DATE}T04:30:00Z") -> bytes:
    return message.replace(b"2026-11-24T12:00:00Z", created.encode())


def test_returns_transfers_and_trades_settle_as_payments_do(day: Scenario) -> None:
    row = next(day.payments.iter_rows(named=True))
    returned = return_message("R-1", row["uetr"], payer=BETA, payee=ALFA, amount="70", date=DATE)
    sides = {"debtor": ALFA, "creditor": BETA}
    one = transfer_message("L-1", amount="20", date=f"<SttlmDt>{DATE}</SttlmDt>", **sides)
    undated = transfer_message("L-2", amount="10", date="", **sides)
    yens, tenges = ("JPY", "5"), ("KZT", "1.00")
    Path("in").mkdir()
    for name, content in {
        "1": f"<B>{payment_message(row, 'pacs.008.001.08')}</B>".encode(),
        "2": _timed(returned, f"{DATE}T10:00:00Z"),
        "3": _timed(one),
        "4": _timed(undated).replace(b"<CreDtTm>2026-10-26T04:30:00Z</CreDtTm>", b""),
        "5": trade_message("T", "C", side=BETA, other=ALFA, buys=yens, sells=tenges, date=DATE),
        "6": trade_message("U", "C", side=ALFA, other=BETA, buys=tenges, sells=yens, date=DATE),
    }.items():
        Path(f"in/{name}.xml").write_bytes(content)
    _settle("day", "--payments", "in", "--output", "out", "--messages")
    orders = read_results(Path("out")).orders
    assert orders["status"].to_list() == ["settled"] * 6
    by_row = {one["row"]: one for one in orders.iter_rows(named=True)}
    assert [by_row[number]["amount_minor"] for number in range(2, 8)] == [
        *(7_000, 7_000, 2_000, 1_000, 100, 5),
    ]
    assert (by_row[3]["payer"], by_row[3]["submitted_at"].hour) == (BETA, 10)
    opening = timestamp_text(day.business_days[0].opens_at)
    assert timestamp_text(to_timestamp(by_row[5]["submitted_at"])) == opening
    assert by_row[6]["final_at"] == by_row[7]["final_at"]
    answers = read_messages(Path("out/pacs.002.xml").read_bytes())
    assert [one.name for one in answers] == [
        *["pacs.002.001.10"] * 2,
        *["camt.025.001.05"] * 2,
        *["fxtr.017.001.05"] * 2,
    ]
    text = Path("out/pacs.002.xml").read_text()
    assert (text.count("ACSC"), text.count("ACPT"), text.count("STLD")) == (2, 2, 2)
    assert f"<OrgnlUETR>{row['uetr']}</OrgnlUETR>" in text


def test_direct_debits_are_refused_for_want_of_a_mandate(day: Scenario) -> None:
    debit = debit_message("D-1", "00000000-0000-4000-8000-000000000001", creditor=ALFA, debtor=BETA)
    Path("d.xml").write_bytes(debit)
    said = _settle("day", "--payments", "d.xml", code=ExitCode.ROWS_REFUSED)
    assert "d.xml, row 1, (row): no direct debit is taken: a debtor cannot grant one" in said
    _settle("day", "--payments", "d.xml", "--output", "o", "--messages", "--skip-invalid")
    answer = Path("o/pacs.002.xml").read_text()
    assert "<GrpSts>RJCT</GrpSts>" in answer
    assert "<Cd>MD01</Cd>" in answer
