"""The list of OFAC: entries with their aliases, and files that are refused."""

import datetime
import hashlib
from pathlib import Path

import pytest

from skontro.model import InputError
from skontro.screening.lists.entries import EntryKind, ListedEntry, ListedName, SanctionsList
from skontro.screening.lists.list_files import ListFile
from skontro.screening.lists.ofac_csv import is_alias_file, read_ofac_csv
from tests.screening.cuts import ALT, SDN, ofac_list

DAY = datetime.date(2026, 2, 27)
EMPTY = "-0- ," * 7
REMARKS = (
    "DOB 30 Apr 1963; alt. DOB Mar 1964; alt. DOB 1965; alt. DOB circa 1966; DOB 1967 to 1969; "
    "POB Egypt; nationality Iran; citizen Russia; Passport AB-123456 (Iran); SWIFT/BIC HAVIGB2L; "
    "a.k.a. 'ADA'; f.k.a. 'PEOPLE'S ARMY'."
)
SDN_TEXT = (
    f"36,AEROCARIBBEAN AIRLINES,-0- ,CUBA,{EMPTY}-0- \r\n"
    f'37,"KIM, Anna",individual,SDGT,{EMPTY}"{REMARKS}"\r\n'
    f"38,SEA STAR,vessel,DPRK,{EMPTY}-0- \r\n"
    f"39,EP-ABC,aircraft,SDGT,{EMPTY}-0- \r\n"
    "\x1a\r\n"
)
ALT_TEXT = '36,12,"aka","AERO-CARIBBEAN",-0- \r\n99,13,"fka","ORPHAN (ORF)",-0- \r\n\x1a'


def file(text: str, name: str = "sdn.csv") -> ListFile:
    content = text.encode()
    return ListFile(Path(name), content, hashlib.sha256(content).hexdigest())


def read(sdn: str = SDN_TEXT, alt: str | None = ALT_TEXT) -> SanctionsList:
    return read_ofac_csv(file(sdn), None if alt is None else file(alt, "alt.csv"), DAY)


def test_entries() -> None:
    found = read()
    assert (found.name, found.published) == ("OFAC SDN", DAY)
    assert found.entries == (
        ListedEntry(
            "36",
            EntryKind.ORGANISATION,
            (ListedName("AEROCARIBBEAN AIRLINES"), ListedName("AERO-CARIBBEAN")),
            countries=("CU",),
        ),
        ListedEntry(
            "37",
            EntryKind.PERSON,
            (
                ListedName("KIM, Anna"),
                ListedName("ADA", weak=True),
                ListedName("PEOPLE'S ARMY", weak=True),
            ),
            ("1963-04-30", "1964-03", "1965", "1966", "1967/1969"),
            ("IR", "RU"),
            ("AB123456", "HAVIGB2L"),
        ),
        ListedEntry("38", EntryKind.VESSEL, (ListedName("SEA STAR"),)),
        ListedEntry("39", EntryKind.AIRCRAFT, (ListedName("EP-ABC"),)),
        ListedEntry(
            "99",
            EntryKind.OTHER,
            (ListedName("ORPHAN (ORF)"), ListedName("ORPHAN"), ListedName("ORF", weak=True)),
        ),
    )


def test_the_hash_is_of_both_files() -> None:
    one, other = file(SDN_TEXT).sha256, file(ALT_TEXT).sha256
    assert read().sha256 == hashlib.sha256((one + other).encode()).hexdigest()
    assert read(alt=None).sha256 == one


def test_a_header_blank_lines_and_what_follows_the_end_are_passed_over() -> None:
    text = "ID,Name,Type,C,T,F,G,H,I,J,K,D\r\n\r\n" + SDN_TEXT + "not,read\r\n"
    assert read(text).entries == read().entries


def test_windows_characters_are_read() -> None:
    content = SDN_TEXT.replace("SEA STAR", "SEÑA").encode("cp1252")
    found = read_ofac_csv(ListFile(Path("a"), content, ""), None, DAY)
    assert found.entries[2].names == (ListedName("SEÑA"),)


def test_the_cut_is_read_whole() -> None:
    found = ofac_list()
    assert len(found.entries) == 205
    assert sum(len(entry.names) for entry in found.entries) == 494


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (
            "38,SEA STAR,vessel,DPRK,",
            "38,SEA STAR,vessel,",
            "line 3 has 11 columns; 12 are expected",
        ),
        ("38,SEA", "x,SEA", "line 3: 'x' is no number of an entry"),
        ("SEA STAR", "-0- ", "line 3: the entry has no name; get the list again"),
        ("vessel", "train", "line 3: type 'train' is not known"),
        ('"KIM, Anna"', '"KIM, Anna"x', "line 2 is not CSV"),
        ("38,SEA", "37,SEA", "entry 37 is listed twice; get the list again"),
    ],
)
def test_files_that_are_refused(before: str, after: str, text: str) -> None:
    assert before in SDN_TEXT
    with pytest.raises(InputError, match=text) as refusal:
        read(SDN_TEXT.replace(before, after))
    assert str(refusal.value).startswith("sdn.csv: ")


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ('"fka",', "", "line 2 has 4 columns; 5 are expected"),
        ('"ORPHAN (ORF)"', "-0- ", "line 2: the alias has no name"),
    ],
)
def test_aliases_that_are_refused(before: str, after: str, text: str) -> None:
    with pytest.raises(InputError, match=f"alt.csv: {text}"):
        read(alt=ALT_TEXT.replace(before, after))


def test_a_truncated_list_is_refused() -> None:
    content = SDN.read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"sdn.csv: line \d+"):
        read(content[: len(content) // 2], None)


def test_a_date_is_needed() -> None:
    with pytest.raises(InputError, match="the list has no date; state when it was published"):
        read_ofac_csv(file(SDN_TEXT), None, None)


def test_files_of_aliases_are_known_by_their_columns() -> None:
    assert is_alias_file(file(ALT_TEXT))
    assert not is_alias_file(file(SDN_TEXT))
    assert is_alias_file(file(ALT.read_text()))
