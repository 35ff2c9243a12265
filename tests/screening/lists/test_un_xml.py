"""The list of the United Nations: entries, and files that are refused."""

import datetime
from pathlib import Path

import pytest

from skontro.model import InputError
from skontro.screening.lists.entries import EntryKind, ListedEntry, ListedName, SanctionsList
from skontro.screening.lists.list_files import ListFile
from skontro.screening.lists.un_xml import read_un_xml
from tests.screening.cuts import UN, un_list

ONE = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09.554Z">
<INDIVIDUALS>
<INDIVIDUAL>
<DATAID>7</DATAID><FIRST_NAME>ANNA</FIRST_NAME><SECOND_NAME> MARIA </SECOND_NAME>
<THIRD_NAME>VON</THIRD_NAME><FOURTH_NAME>KIM</FOURTH_NAME>
<REFERENCE_NUMBER>XXi.007</REFERENCE_NUMBER>
<NAME_ORIGINAL_SCRIPT>Анна Ким</NAME_ORIGINAL_SCRIPT>
<NATIONALITY><VALUE>Kazakhstan</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Anna K; Ann K</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>“Ada”</ALIAS_NAME>
<NOTE>Original script: Ада; in 2015</NOTE></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS><INDIVIDUAL_ADDRESS><COUNTRY>Turkey</COUNTRY></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_DATE_OF_BIRTH><DATE>1963-04-30</DATE></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><YEAR>1964</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><FROM_YEAR>1960</FROM_YEAR><TO_YEAR>1965</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><FROM_YEAR>1950</FROM_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><NUMBER>N 123-456</NUMBER></INDIVIDUAL_DOCUMENT>
<INDIVIDUAL_DOCUMENT/>
</INDIVIDUAL>
</INDIVIDUALS>
<ENTITIES>
<ENTITY><DATAID>8</DATAID><FIRST_NAME>DELTA (D)</FIRST_NAME>
<ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>Dee</ALIAS_NAME></ENTITY_ALIAS></ENTITY>
</ENTITIES>
</CONSOLIDATED_LIST>
"""


def read(text: str) -> SanctionsList:
    return read_un_xml(ListFile(Path("un.xml"), text.encode(), "ab"))


def test_entries() -> None:
    found = read(ONE)
    assert (found.name, found.published, found.sha256) == ("UN", datetime.date(2026, 2, 27), "ab")
    assert found.entries == (
        ListedEntry(
            "XXi.007",
            EntryKind.PERSON,
            (
                ListedName("ANNA MARIA VON KIM"),
                ListedName("Анна Ким"),
                ListedName("Anna K"),
                ListedName("Ann K"),
                ListedName("Ada", weak=True),
                ListedName("Ада", weak=True),
            ),
            ("1960/1965", "1963-04-30", "1964"),
            ("KZ", "TR"),
            ("N123456",),
        ),
        ListedEntry(
            "8",
            EntryKind.ORGANISATION,
            (
                ListedName("DELTA (D)"),
                ListedName("DELTA"),
                ListedName("D", weak=True),
                ListedName("Dee"),
            ),
        ),
    )


def test_the_cut_is_read_whole() -> None:
    found = un_list()
    assert len(found.entries) == 75
    assert sum(entry.kind is EntryKind.PERSON for entry in found.entries) == 45
    assert sum(len(entry.names) for entry in found.entries) == 412


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("<CONSOLIDATED_LIST", BOMB + "<CONSOLIDATED_LIST", "line 2 has a DOCTYPE or entity"),
        ("ANNA", "<![CDATA[<!doctype a>]]>", "line 5 has a DOCTYPE or entity"),
        ("ANNA", "<!-- <!ENTITY a 'b'> -->", "line 5 has a DOCTYPE or entity"),
        ("</CONSOLIDATED_LIST>\n", "", "line 26: not whole XML: Premature end"),
        ("<ENTITIES>", "<OTHERS>", "not whole XML"),
        ("ANNA", "&b;", "line 5: not whole XML: Entity 'b' not defined"),
        ("CONSOLIDATED_LIST", "LIST", "line 2: <CONSOLIDATED_LIST> is missing"),
        ("INDIVIDUALS", "PERSONS", "<INDIVIDUALS> is missing; get the list again"),
        ("ENTITIES", "BODIES", "<ENTITIES> is missing; get the list again"),
        ('"2026-02-27T00:00:09.554Z"', '"x"', "line 2: dateGenerated 'x' is not a date"),
        (' dateGenerated="2026-02-27T00:00:09.554Z"', "", "line 2: dateGenerated '' is not a date"),
        (
            "<ENTITY><DATAID>8</DATAID>",
            "<INDIVIDUAL/><ENTITY><DATAID>8</DATAID>",
            "line 23: <INDIVIDUAL> is not known inside <ENTITIES>",
        ),
        (
            "<ENTITIES>",
            "<VESSELS><VESSEL/></VESSELS><ENTITIES>",
            "line 22: <VESSEL> is not known inside <VESSELS>",
        ),
        ("<DATAID>8</DATAID>", "", "line 23: the entry has no reference number"),
        ("DELTA (D)", " ", "line 23: the entry has no name"),
    ],
)
def test_files_that_are_refused(before: str, after: str, text: str) -> None:
    assert before in ONE
    with pytest.raises(InputError, match=text) as refusal:
        read(ONE.replace(before, after))
    assert str(refusal.value).startswith("un.xml: ")


def test_another_encoding_is_refused() -> None:
    with pytest.raises(InputError, match="line 1"):
        read_un_xml(ListFile(Path("un.xml"), ONE.replace("UTF-8", "UTF-16").encode("utf-16"), ""))


@pytest.mark.parametrize("part", [3, 2, 1])
def test_a_truncated_list_is_refused(part: int) -> None:
    content = UN.read_bytes()
    cut = ListFile(UN, content[: len(content) * part // 4], "")
    with pytest.raises(InputError, match=r"un_cut.xml: line \d+: not whole XML"):
        read_un_xml(cut)
