"""Exact limits of what messages hold, and what becomes of the rest."""

import re
from pathlib import Path

import attrs
import pytest
from lxml import etree

import skontro
from skontro.ledger.order_records import STATUSES
from skontro.messages.account_requests import STATUSES_OF_CODE
from skontro.messages.schema_store import known_messages
from skontro.messages.writers import versions
from skontro.messages.writers.account_reports import write_account_report
from skontro.messages.writers.elements import (
    add,
    add_lines,
    add_timestamp,
    amount_text,
    check_reference,
    fit,
    readable,
    root,
)
from skontro.messages.writers.heading import Heading, Institution
from skontro.messages.writers.query_answers import QUERY_STATUSES
from skontro.messages.writers.receipts import DONE, Handling
from skontro.messages.writers.status_codes import (
    TRANSACTION_STATUSES,
    StatusReason,
    status_reason,
)
from skontro.messages.writers.status_report import write_status_report
from skontro.messages.writers.trade_status import MATCHED, Trade, write_trade_status
from skontro.messages.writers.versions import DEFAULTS, WRITTEN, answer_version
from skontro.model import InputError, ReasonCode, find_currency
from tests.messages.examples import AT, BANK, EMPTY, ENTRIES, HEADING, PAYMENT, SYSTEM, trade
from tests.messages.valid import parts_of, text, texts

_JPY, _KZT, _BHD = find_currency("JPY"), find_currency("KZT"), find_currency("BHD")


@pytest.mark.parametrize(("minor", "code", "expected"), [
    (0, "KZT", "0.00"),
    (5, "KZT", "0.05"),
    (999_999_999_999_999_999, "KZT", "9999999999999999.99"),
    (1_000_000_000_000_000_000, "KZT", "10000000000000000.00"),  # 17 digits without its zeros
    (999_999_999_999_999_999, "JPY", "999999999999999999"),
    (1, "BHD", "0.001"),
])  # fmt: skip
def test_amounts_are_exact(minor: int, code: str, expected: str) -> None:
    assert amount_text(minor, find_currency(code)) == expected


@pytest.mark.parametrize(
    ("minor", "code"), [(-1, "KZT"), (1_000_000_000_000_000_001, "KZT"), (10**18, "JPY")]
)
def test_amounts_that_no_message_holds_are_refused(minor: int, code: str) -> None:
    with pytest.raises(InputError, match=f"{code} does not fit into a message.* 18 digits"):
        amount_text(minor, find_currency(code))


def test_text_is_cut_only_beyond_its_length() -> None:
    assert fit("a" * 35, 35) == "a" * 35
    assert fit("a" * 36, 35) == "a" * 34 + "…"
    assert readable("a\r\n\tb\x00\ud800\uffff\U0010ffff") == "a b���\U0010ffff"


def _lines(lines: list[str], most: int, number: int) -> list[str]:
    parent = root("pacs.002.001.10")
    add_lines(parent, "L", lines, most, number)
    return [one.text for one in parent]


def test_long_lines_are_continued_and_many_lines_joined() -> None:
    assert _lines(["abcd", "", "e"], 4, 2) == ["abcd", "e"]
    assert _lines(["abcde", "f"], 4, 3) == ["abcd", "e", "f"]
    assert _lines(["ab", "c", "de"], 4, 2) == ["ab, ", "c, …"]
    assert _lines(["ab", "c", "d"], 4, 2) == ["ab, ", "c, d"]
    assert _lines([], 4, 2) == []


def test_moments_are_in_utc() -> None:
    parent = root("pacs.002.001.10")
    add_timestamp(parent, "A/B", 1_795_521_600_000_001)
    add_timestamp(parent, "C", None)
    assert [one.tag.rpartition("}")[2] for one in parent] == ["A"]
    assert parent[0][0].text == "2026-11-24T12:00:00.000001Z"
    assert etree.QName(add(parent, "D")).namespace.endswith(":pacs.002.001.10")


@pytest.mark.parametrize("reference", ["", "x" * 36, "a\nb", "\x01"])
def test_unfit_references_are_refused(reference: str) -> None:
    with pytest.raises(InputError, match=r"^message_id: .* is not 1 to 35 readable characters$"):
        Heading(reference, AT, SYSTEM, BANK)
    assert check_reference("id", "x" * 35) == "x" * 35


def test_headings_are_checked() -> None:
    with pytest.raises(ValueError, match="header"):
        Heading("1", AT, SYSTEM, BANK, "head.001.001.05")
    with pytest.raises(InputError, match="is not a BIC"):
        Institution("Bank", "AAAA")


def test_a_report_about_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="needs a transaction, or a status of the group"):
        write_status_report(HEADING, PAYMENT)


def test_entries_have_an_amount_and_a_reference() -> None:
    with pytest.raises(InputError, match="the amount of an entry is greater than zero"):
        attrs.evolve(ENTRIES[0], amount=0)
    assert attrs.evolve(ENTRIES[0], amount=1).amount == 1
    with pytest.raises(InputError, match=r"^reference"):
        attrs.evolve(ENTRIES[0], reference="")
    with pytest.raises(InputError, match=r"^report_id"):
        attrs.evolve(EMPTY, report_id="")


def test_a_balance_beyond_the_schema_is_refused_and_a_sum_left_out() -> None:
    most = 10**18 - 1
    with pytest.raises(InputError, match="does not fit"):
        write_account_report(
            HEADING, [attrs.evolve(EMPTY, closing=-(10**18) - 1)], "camt.053.001.08"
        )
    two = [attrs.evolve(ENTRIES[0], amount=most), attrs.evolve(ENTRIES[0], amount=1)]
    report = attrs.evolve(EMPTY, entries=two)
    _, document = parts_of(write_account_report(HEADING, [report], "camt.054.001.08"))
    summary = "BkToCstmrDbtCdtNtfctn/Ntfctn/TxsSummry/TtlNtries"
    assert text(document, f"{summary}/NbOfNtries") == "2"
    assert texts(document, f"{summary}/Sum") == texts(document, f"{summary}/TtlNetNtry/Amt") == []
    report = attrs.evolve(EMPTY, entries=two[:1])
    _, document = parts_of(write_account_report(HEADING, [report], "camt.054.001.08"))
    assert text(document, f"{summary}/Sum") == "9999999999999999.99"
    assert text(document, f"{summary}/TtlNetNtry/Amt") == "9999999999999999.99"


@pytest.mark.parametrize("reason", [one for one in ReasonCode if one])
def test_every_reason_has_a_code(reason: ReasonCode) -> None:
    found = status_reason(reason)
    assert found is not None
    assert found.lines == (f"{reason.name}: {reason.explanation}",)
    if found.is_proprietary:
        assert found.code == reason.name
        assert len(found.code) <= 35
    else:
        assert len(found.code) == 4


def test_nothing_to_explain_has_no_code() -> None:
    assert status_reason(ReasonCode.NONE) is None


def test_every_status_of_an_order_has_a_code() -> None:
    assert {str(one) for one in STATUSES} == {*TRANSACTION_STATUSES} == {*QUERY_STATUSES}
    assert TRANSACTION_STATUSES["earmarked"] == TRANSACTION_STATUSES["queued"] == "ACSP"


def test_every_status_of_an_order_is_found_by_the_code_that_answers_have() -> None:
    for status, (element, code) in QUERY_STATUSES.items():
        assert status in STATUSES_OF_CODE[code]
        assert status in STATUSES_OF_CODE["PDNG" if element == "Pdg" else "FINL"]
    assert [*STATUSES_OF_CODE["PSTL"]] == ["queued", "earmarked"]


#: The answer to each message that we read and that has an answer of several versions.
_ANSWERS = {
    "pacs.002": {
        "": "10",
        "pacs.008.001.01": "08", "pacs.008.001.02": "08", "pacs.008.001.07": "08",
        "pacs.008.001.08": "10", "pacs.008.001.10": "10",
        "pacs.008.001.12": "14", "pacs.008.001.13": "14",
        "pacs.009.001.08": "10", "pacs.009.001.11": "14",
        "pacs.004.001.09": "10", "pacs.004.001.10": "10", "pacs.004.001.13": "14",
        "pacs.010.001.03": "10", "pacs.010.001.06": "14",
        "pacs.028.001.03": "10", "pacs.028.001.06": "14",
        "pain.001.001.09": "10", "pain.001.001.12": "14",
    },
    "camt.025": {
        "": "05", "camt.050.001.05": "05", "camt.050.001.07": "08", "camt.003.001.07": "05",
        "camt.005.001.08": "05", "camt.007.001.08": "05",
    },
    "camt.029": {"camt.056.001.08": "09"},
    "camt.053": {"camt.060.001.05": "08"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "original"), [(answer, one) for answer, known in _ANSWERS.items() for one in known]
)
def test_answers_come_in_the_callers_version(answer: str, original: str) -> None:
    assert answer_version(answer, original) == f"{answer}.001.{_ANSWERS[answer][original]}"


def test_what_we_write_has_a_schema_and_what_we_read_an_answer() -> None:
    written = {name for names in WRITTEN.values() for name in names}
    assert written <= {*known_messages()}
    assert {*DEFAULTS.values()} <= written
    kinds = ("pacs.008", "pacs.009", "pacs.004", "pacs.010", "pacs.028", "pain.001")
    payments = {name for name in known_messages() if name.startswith(kinds)}
    assert payments == {*_ANSWERS["pacs.002"]} - {""}
    steps = versions._FIRST_WITH_NEWER.values()
    assert {newer for pairs in steps for _, newer in pairs} <= written


def _rate(bought: int, sold: int) -> tuple[str, str, str]:
    _, document = parts_of(write_trade_status(HEADING, trade(bought, sold, MATCHED)))
    path = "FXTradStsAndDtlsNtfctn/AgrdRate"
    return (
        text(document, f"{path}/XchgRate"),
        text(document, f"{path}/UnitCcy"),
        text(document, f"{path}/QtdCcy"),
    )


def test_rates_have_eleven_digits() -> None:
    # Bought is in KZT with two decimals, sold in JPY without.
    assert _rate(100, 1) == ("1", "KZT", "JPY")
    assert _rate(300, 10) == ("3.3333333333", "KZT", "JPY")
    assert _rate(10_000, 3) == ("33.333333333", "JPY", "KZT")
    assert _rate(1, 999_999_999) == ("99999999900", "KZT", "JPY")
    with pytest.raises(InputError, match="the rate 100000000000 has more than 11 digits"):
        _rate(1, 1_000_000_000)


@pytest.mark.parametrize("field", ["bought", "sold"])
def test_both_amounts_of_a_trade_are_above_zero(field: str) -> None:
    with pytest.raises(InputError, match="greater than zero"):
        attrs.evolve(trade(1, 1, MATCHED), **{field: 0})


@pytest.mark.parametrize("field", ["reference", "message_id", "originator_reference"])
def test_references_of_a_trade_are_checked(field: str) -> None:
    found: Trade = trade(1, 1, MATCHED)
    with pytest.raises(InputError, match=f"^{field}: "):
        attrs.evolve(found, **{field: ""})


def test_a_handling_is_described_in_one_line() -> None:
    iso, own = StatusReason("AC01", ("a", "b")), StatusReason("OWN", ("c",), is_proprietary=True)
    bare = StatusReason("OWN", is_proprietary=True)
    assert Handling(DONE, (iso, own, bare), "d").description == "AC01; a; b; c; OWN; d"
    assert Handling(DONE).description == ""


def test_the_documented_codes_are_those_of_the_table() -> None:
    page = Path(skontro.__file__).parents[2] / "docs/reference/messages.md"
    documented = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        found = re.fullmatch(r"\| `([A-Z]{2}[0-9]{2}|CUST)` \| (.*) \|", line)
        if found is not None:
            documented |= dict.fromkeys(re.findall(r"`(\w+)`", found[2]), found[1])
    told = {one.name: status_reason(one) for one in ReasonCode if one}
    coded = {name: one.code for name, one in told.items() if one and not one.is_proprietary}
    assert documented == coded
