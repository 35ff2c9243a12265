"""Parties of messages in every form, and what is left of them."""

from lxml import etree

from skontro.messages.content import Content, content_of, leaves
from skontro.messages.parties import take_party
from skontro.model import Party

NAME = "pacs.008.001.08"


def content(inner: str) -> Content:
    root = f'<a xmlns="urn:iso:std:iso:20022:tech:xsd:{NAME}">{inner}</a>'
    return content_of(etree.fromstring(root), NAME)


def test_a_person_with_everything() -> None:
    found = content(
        """<Dbtr><Nm>Анна Ким</Nm><PstlAdr><Dept>2</Dept><StrtNm>Abay</StrtNm><PstBx>7</PstBx>
<TwnNm>Almaty</TwnNm><CtrySubDvsn>ALA</CtrySubDvsn><Ctry>KZ</Ctry><AdrLine>left</AdrLine>
<AdrLine>door</AdrLine></PstlAdr><Id><PrvtId><DtAndPlcOfBirth><BirthDt>1980-02-29</BirthDt>
<PrvcOfBirth>Chuy</PrvcOfBirth><CityOfBirth>Tokmok</CityOfBirth><CtryOfBirth>KG</CtryOfBirth>
</DtAndPlcOfBirth><Othr><Id>N1234567</Id><SchmeNm><Cd>CCPT</Cd></SchmeNm><Issr>KZ</Issr></Othr>
<Othr><Id>8002</Id><SchmeNm><Prtry>IIN</Prtry></SchmeNm></Othr><Othr><Id>5</Id></Othr>
<Othr><Id>5</Id></Othr></PrvtId></Id>
<CtryOfRes>KG</CtryOfRes><CtctDtls><EmailAdr>a@b.kz</EmailAdr></CtctDtls></Dbtr>
<DbtrAcct><Id><Othr><Id>123</Id></Othr></Id><Ccy>KZT</Ccy></DbtrAcct><ChrgBr>SHAR</ChrgBr>"""
    )
    assert take_party(found, "Dbtr", "DbtrAcct") == Party(
        name="Анна Ким",
        country="KG",
        address=("2", "Abay", "7", "Almaty", "ALA", "left", "door", "KZ"),
        account="123",
        identifiers=(("CCPT", "N1234567"), ("IIN", "8002"), ("OTHER", "5")),
        birth_date="1980-02-29",
        birth_place="Tokmok, Chuy, KG",
    )
    assert [*leaves(found)] == [
        ("Dbtr/Id/PrvtId/Othr/Issr", "KZ"),
        ("Dbtr/CtctDtls/EmailAdr", "a@b.kz"),
        ("DbtrAcct/Ccy", "KZT"),
        ("ChrgBr", "SHAR"),
    ]


def test_a_residence_in_the_country_of_the_address_is_no_line_of_it() -> None:
    found = content("<Dbtr><PstlAdr><Ctry>KZ</Ctry></PstlAdr><CtryOfRes>KZ</CtryOfRes></Dbtr>")
    assert take_party(found, "Dbtr") == Party(country="KZ")
    assert found == {}


def test_a_company_with_bic_and_lei() -> None:
    found = content(
        "<Cdtr><Id><OrgId><AnyBIC>ABCDKZKX</AnyBIC><LEI>213800KUD8LAJWSQ9D15</LEI></OrgId></Id></Cdtr>"
    )
    assert take_party(found, "Cdtr", "CdtrAcct") == Party(
        identifiers=(("BIC", "ABCDKZKX"), ("LEI", "213800KUD8LAJWSQ9D15"))
    )
    assert found == {}


def test_an_institution_with_everything() -> None:
    found = content(
        """<DbtrAgt><FinInstnId><BICFI>HSBKKZKX</BICFI><ClrSysMmbId><ClrSysId><Cd>USABA</Cd></ClrSysId>
<MmbId>011</MmbId></ClrSysMmbId><LEI>213800KUD8LAJWSQ9D15</LEI><Nm>Bank</Nm><PstlAdr>
<TwnNm>Almaty</TwnNm><Ctry>KZ</Ctry></PstlAdr><Othr><Id>X</Id></Othr></FinInstnId>
<BrnchId><Id>17</Id></BrnchId></DbtrAgt>
<DbtrAgtAcct><Id><IBAN>KZ86125KZT5004100100</IBAN></Id></DbtrAgtAcct>"""
    )
    assert take_party(found, "DbtrAgt", "DbtrAgtAcct") == Party(
        name="Bank",
        country="KZ",
        address=("Almaty",),
        account="KZ86125KZT5004100100",
        identifiers=(
            ("BIC", "HSBKKZKX"),
            ("LEI", "213800KUD8LAJWSQ9D15"),
            ("USABA", "011"),
            ("OTHER", "X"),
        ),
    )
    assert [*leaves(found)] == [("DbtrAgt/BrnchId/Id", "17")]


def test_a_member_of_an_unnamed_clearing_system() -> None:
    inner = "<FinInstnId><ClrSysMmbId><MmbId>7</MmbId></ClrSysMmbId></FinInstnId>"
    found = content(f"<CdtrAgt>{inner}</CdtrAgt>")
    assert take_party(found, "CdtrAgt") == Party(identifiers=(("CLEARING", "7"),))


def test_a_choice_between_party_and_agent() -> None:
    found = content(
        "<Dbtr><Pty><Nm>A</Nm></Pty></Dbtr><Cdtr><Agt><FinInstnId><BICFI>HSBKKZKX</BICFI>"
        "</FinInstnId></Agt></Cdtr>"
    )
    assert take_party(found, "Dbtr") == Party(name="A")
    assert take_party(found, "Cdtr") == Party(identifiers=(("BIC", "HSBKKZKX"),))
    assert found == {}


def test_the_first_versions_combine_what_later_stands_side_by_side() -> None:
    found = content(
        "<DbtrAgt><FinInstnId><CmbndId><BIC>HSBKKZKX</BIC><Nm>Bank</Nm></CmbndId></FinInstnId></DbtrAgt>"
        "<Dbtr><Id><OrgId><BICOrBEI>ABCDKZKX</BICOrBEI></OrgId></Id></Dbtr>"
        "<DbtrAcct><Id><PrtryAcct><Id>9</Id></PrtryAcct></Id></DbtrAcct>"
    )
    assert take_party(found, "DbtrAgt") == Party(name="Bank", identifiers=(("BIC", "HSBKKZKX"),))
    assert take_party(found, "Dbtr", "DbtrAcct") == Party(
        account="9", identifiers=(("BIC", "ABCDKZKX"),)
    )
    assert found == {}


def test_an_account_alone_and_nothing_at_all() -> None:
    found = content("<CdtrAcct><Id><Othr><Id>9</Id></Othr></Id></CdtrAcct>")
    assert take_party(found, "Cdtr", "CdtrAcct") == Party(account="9")
    assert take_party(found, "Cdtr", "CdtrAcct") is None
