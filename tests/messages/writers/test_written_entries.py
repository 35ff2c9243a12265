"""Entries of account reports: codes, parties, and text that is longer than its element."""

from typing import Any

import pytest

from skontro.messages.writers.account_reports import AccountReport, write_account_report
from skontro.messages.writers.elements import add_lines, root
from skontro.messages.writers.entries import Entry
from skontro.messages.writers.heading import Heading, Institution, Original
from skontro.messages.writers.notices import write_rejection
from skontro.model import InputError, Party, PaymentDetails, find_currency
from tests.messages.valid import parts_of, text, texts

UETR = "00000000-0000-4000-8000-000000000001"
BANK = Institution("Bank A", "AAAAKZK0")
NOTICE = "BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry"
STATEMENT = "BkToCstmrStmt/Stmt/Ntry"
DETAILS = f"{NOTICE}/NtryDtls/TxDtls"


def written(
    parties: dict[str, Party] | None = None, name: str = "camt.054.001.08", **fields: Any
) -> Any:
    """The document of a notification with one credit, which is valid by its schema."""
    of_entry = {one: fields.pop(one) for one in ("uetr", "is_credit") if one in fields}
    details = PaymentDetails(parties=[*(parties or {}).items()], **fields)
    entry = Entry(
        **({"uetr": UETR, "is_credit": True} | of_entry),
        reference="1",
        amount=5,
        settled_at=0,
        payer=BANK,
        payee=Institution("Bank B", "BBBBKGK0"),
        details=details,
    )
    report = AccountReport(
        report_id="R",
        owner=BANK,
        currency=find_currency("KZT"),
        begins_at=0,
        ends_at=1,
        entries=[entry],
    )
    heading = Heading("M", 0, Institution("System"), BANK, "")
    return parts_of(write_account_report(heading, [report], name))[1]


def remittance(document: Any, entry: str = NOTICE) -> str:
    return "".join(texts(document, f"{entry}/NtryDtls/TxDtls/RmtInf/Ustrd"))


@pytest.mark.parametrize(
    ("message_name", "expected"),
    [
        ("pacs.008.001.08", "XBCT"),
        ("", "XBCT"),
        ("pacs.009.001.08", "FICT"),
        ("pacs.010.001.03", "FICT"),
        ("camt.050.001.05", "FICT"),
        ("fxtr.014.001.05", "FICT"),
        ("pacs.004.001.13", "RRTN"),
    ],
)
def test_the_kind_of_an_entry_follows_its_message(message_name: str, expected: str) -> None:
    family = f"{NOTICE}/BkTxCd/Domn/Fmly"
    for is_credit, code in ((True, "RCDT"), (False, "ICDT")):
        document = written(message_name=message_name, is_credit=is_credit)
        assert text(document, f"{family}/SubFmlyCd") == expected
        assert text(document, f"{family}/Cd") == code
    without = written(message_name=message_name, uetr="")
    assert text(without, f"{family}/SubFmlyCd") == "FIOA"
    assert not texts(without, f"{DETAILS}/Refs/UETR")


@pytest.mark.parametrize(
    ("address", "cut"),
    [
        (("x" * 70,) * 7, False),
        ((*("x" * 70,) * 6, "x" * 71), True),  # with commas between, 503 characters
        (("x" * 200, "y" * 200, "z" * 86), False),  # with commas between, 490
        (("x" * 200, "y" * 200, "z" * 87), True),
        (("x",) * 24, False),
    ],
)
def test_an_address_that_was_cut_is_among_the_remittance_in_full(
    address: tuple[str, ...], cut: bool
) -> None:
    for role, place in (
        ("debtor", "RltdPties/Dbtr/Pty"),
        ("creditor_agent", "RltdAgts/CdtrAgt/FinInstnId"),
    ):
        document = written({role: Party(name="N", address=address)}, remittance=("Invoice 7",))
        lines = texts(document, f"{DETAILS}/{place}/PstlAdr/AdrLine")
        assert 1 <= len(lines) <= 7
        assert lines[-1].endswith("…") == cut
        whole = f"{role}/PstlAdr={', '.join(address)}"
        assert remittance(document) == "Invoice 7" + (whole if cut else "")
    assert not remittance(written({"debtor": Party(name="N", address=("x",))}))


@pytest.mark.parametrize(
    ("name", "entry", "most"),
    [("camt.054.001.08", NOTICE, 35), ("camt.053.001.12", STATEMENT, 256)],
)
def test_an_identifier_that_was_cut_is_among_the_remittance_in_full(
    name: str, entry: str, most: int
) -> None:
    for length in (most - 1, most, min(most + 1, 256)):
        value = "v" * length
        party = Party(name="N", identifiers=[("TAX NUMBER", value)])
        document = written({"ultimate_debtor": party}, name)
        kept = f"{entry}/NtryDtls/TxDtls/RltdPties/UltmtDbtr/Pty/Id/OrgId/Othr/Id"
        cut = length > most
        assert text(document, kept) == (value[: most - 1] + "…" if cut else value)
        expected = f"ultimate_debtor/TAX NUMBER={value}" if cut else ""
        assert remittance(document, entry) == expected


def test_identifiers_of_an_agent_are_one_and_in_full_where_it_is_too_short() -> None:
    pairs = [("BIC", "DEMIKG22"), ("CLEARING", "1" * 20), ("OTHER", "2" * 13)]
    place = f"{DETAILS}/RltdAgts/DbtrAgt/FinInstnId"
    document = written({"debtor_agent": Party(name="Demir", identifiers=pairs)})
    assert text(document, f"{place}/BICFI") == "DEMIKG22"
    assert text(document, f"{place}/Othr/Id") == f"{'1' * 20}; {'2' * 13}"
    assert text(document, f"{place}/Othr/SchmeNm/Prtry") == "CLEARING; OTHER"
    assert not remittance(document)
    longer = [*pairs[:2], ("OTHER", "2" * 14)]
    document = written({"debtor_agent": Party(name="Demir", identifiers=longer)})
    assert text(document, f"{place}/Othr/Id") == f"{'1' * 20}; {'2' * 12}…"
    whole = f"debtor_agent/Othr=CLEARING {'1' * 20}; OTHER {'2' * 14}"
    assert remittance(document) == whole
    schemes = [("A" * 35, "1"), ("B", "2")]
    document = written({"debtor_agent": Party(name="Demir", identifiers=schemes)})
    assert remittance(document) == f"debtor_agent/Othr={'A' * 35} 1; B 2"


def test_accounts_without_an_element_are_identifiers_also_of_parties_with_many() -> None:
    many = [(f"S{number}", "v") for number in range(19)] + [("ACCOUNT", "A-1")]
    party = Party(name="N", account="A-1", identifiers=many)
    document = written({"ultimate_creditor": party, "creditor": party, "underlying_debtor": party})
    ultimate = f"{DETAILS}/RltdPties/UltmtCdtr/Pty/Id/OrgId/Othr"
    assert texts(document, f"{ultimate}/SchmeNm/Prtry")[0] == "ACCOUNT"
    assert texts(document, f"{ultimate}/Id")[0] == "A-1"
    assert len(texts(document, f"{ultimate}/Id")) == 21
    creditor = f"{DETAILS}/RltdPties"
    assert text(document, f"{creditor}/CdtrAcct/Id/Othr/Id") == "A-1"
    assert len(texts(document, f"{creditor}/Cdtr/Pty/Id/OrgId/Othr/Id")) == 20
    assert text(document, f"{creditor}/Prtry/Tp") == "underlying_debtor"
    assert len(texts(document, f"{creditor}/Prtry/Pty/Pty/Id/OrgId/Othr/Id")) == 21
    agent = Party(name="Bank", account="A-2", identifiers=[("BIC", "DEMIKG22")])
    document = written({"creditor_agent": agent})
    assert text(document, f"{DETAILS}/RltdAgts/CdtrAgt/FinInstnId/Othr/Id") == "A-2"


def test_a_persons_birth_is_whole_or_among_the_identifiers() -> None:
    place = f"{DETAILS}/RltdPties/Dbtr/Pty/Id/PrvtId"
    born = Party(name="N", birth_date="1980-02-29", birth_place="Almaty, KZ")
    document = written({"debtor": born})
    assert text(document, f"{place}/DtAndPlcOfBirth/BirthDt") == "1980-02-29"
    assert text(document, f"{place}/DtAndPlcOfBirth/CityOfBirth") == "Almaty"
    assert text(document, f"{place}/DtAndPlcOfBirth/CtryOfBirth") == "KZ"
    town = "T" * 36
    long = Party(name="N", birth_date="1980-02-29", birth_place=f"{town}, KZ")
    document = written({"debtor": long})
    assert texts(document, f"{place}/Othr/SchmeNm/Prtry") == ["BIRTH_DATE", "BIRTH_PLACE"]
    assert remittance(document) == f"debtor/BIRTH_PLACE={town}, KZ"


def test_participants_are_the_agents_where_the_details_name_none() -> None:
    document = written({})
    agents = f"{DETAILS}/RltdAgts"
    assert text(document, f"{agents}/InstgAgt/FinInstnId/BICFI") == "AAAAKZK0"
    assert text(document, f"{agents}/InstdAgt/FinInstnId/BICFI") == "BBBBKGK0"
    assert text(document, f"{agents}/InstdAgt/FinInstnId/Nm") == "Bank B"
    named = Party(name="Own", identifiers=[("BIC", "DEMIKG22")])
    document = written({"instructing_agent": named})
    assert text(document, f"{agents}/InstgAgt/FinInstnId/BICFI") == "DEMIKG22"


def test_purpose_category_and_charge_bearer_are_told() -> None:
    document = written(purpose="GDDS", category_purpose="SUPP", charge_bearer="SHAR")
    assert text(document, f"{DETAILS}/Purp/Cd") == "GDDS"
    assert text(document, f"{DETAILS}/AddtlTxInf") == "CtgyPurp=SUPP; ChrgBr=SHAR"
    document = written(purpose="GOODS", charge_bearer="SHAR")
    assert text(document, f"{DETAILS}/Purp/Prtry") == "GOODS"
    assert text(document, f"{DETAILS}/AddtlTxInf") == "ChrgBr=SHAR"


def test_all_mistakes_of_a_rejected_message_have_20_000_characters() -> None:
    heading = Heading("M", 0, Institution("System"), BANK, "")
    for length in (19_999, 20_000, 20_001):
        message = write_rejection(heading, Original("", ""), "FF01", "no XML", data=["x" * length])
        data = text(parts_of(message)[1], "admi.002.001.01/Rsn/AddtlData")
        assert data == ("x" * length if length <= 20_000 else "x" * 19_999 + "…")


@pytest.mark.parametrize(("net", "expected"), [(-1, "DBIT"), (0, "CRDT"), (1, "CRDT")])
def test_the_sum_of_a_summary_has_its_direction(net: int, expected: str) -> None:
    entries = [
        Entry(reference=str(credit), amount=amount, is_credit=credit, settled_at=0)
        for credit, amount in ((True, 5 + net), (False, 5))
    ]
    report = AccountReport(
        report_id="R",
        owner=BANK,
        currency=find_currency("KZT"),
        begins_at=0,
        ends_at=1,
        entries=entries,
    )
    heading = Heading("M", 0, Institution("System"), BANK, "")
    document = parts_of(write_account_report(heading, [report], "camt.054.001.08"))[1]
    total = "BkToCstmrDbtCdtNtfctn/Ntfctn/TxsSummry/TtlNtries/TtlNetNtry"
    assert text(document, f"{total}/CdtDbtInd") == expected
    assert text(document, f"{total}/Amt") == f"0.0{abs(net)}"


def test_empty_lines_are_left_out_where_lines_are_joined() -> None:
    parent = root("camt.054.001.08")
    add_lines(parent, "AdrLine", ["ab", "", "cd", "ef"], 5, 2)
    assert [one.text for one in parent] == ["ab, c", "d, ef"]


def test_an_institution_has_a_bic_or_none() -> None:
    assert Institution("Name").bic == ""
    with pytest.raises(InputError, match="'AAAAKZ' is not a BIC"):
        Institution("Name", "AAAAKZ")
