"""Parties and agents of messages as `Party`: people, companies and institutions alike."""

from functools import lru_cache
from typing import Any, Final

from skontro.messages.content import Content, prune, take_choice, take_str
from skontro.model.party import Party

#: Elements of a postal address without country and type.
_ADDRESS: Final = frozenset(
    (
        *("CareOf", "Dept", "SubDept", "StrtNm", "BldgNb", "BldgNm", "Flr", "UnitNb", "PstBx"),
        *("Room", "PstCd", "TwnNm", "TwnLctnNm", "DstrctNm", "CtrySubDvsn", "AdrLine"),
    )
)


def take_party(content: Content, name: str, account: str = "") -> Party | None:
    """A party or agent, taken out of the content of its transaction; None if it is not there.

    Fields of the party other than name, address, identifiers, birth and account stay in the
    content.

    Args:
        content: of the transaction.
        name: of the element, for example ``Dbtr`` or ``DbtrAgt``.
        account: of the element with its account, for example ``DbtrAcct``.

    Raises:
        InputError: a field cannot be carried, for example a name with a line break.
    """
    number = _take_account(content, account)
    found = content.get(name)
    if not isinstance(found, dict):
        return Party(account=number) if number else None
    inner = found
    for step in ("Pty", "Agt"):  # a choice between both, as in returns
        if isinstance(inner.get(step), dict):
            inner = inner[step]
    party = _institution(inner, number) if "FinInstnId" in inner else _person(inner, number)
    if found:
        prune(content, name)
    else:
        del content[name]
    return party


def _take_account(content: Content, name: str) -> str:
    found = content.get(name)
    if not isinstance(found, dict):
        return ""
    identification = found.get("Id")
    number = ""
    if isinstance(identification, dict):
        if "IBAN" in identification:
            number = identification.pop("IBAN")
            if len(found) == 1:
                del content[name]
                return str(number)
        elif isinstance(identification.get("Othr"), dict):
            number = take_str(identification["Othr"], "Id")
        elif isinstance(identification.get("PrtryAcct"), dict):  # pacs.008.001.01
            number = take_str(identification["PrtryAcct"], "Id")
    prune(content, name)
    return number


@lru_cache(maxsize=65_536)
def _known_by_bic(bic: str) -> Party:
    """An institution given by its BIC alone, as agents mostly are."""
    return Party(identifiers=(("BIC", bic),))


def _institution(content: Content, account: str) -> Party:
    found = content["FinInstnId"]
    if not account and len(found) == 1 and isinstance(found.get("BICFI"), str):
        del content["FinInstnId"]
        return _known_by_bic(found["BICFI"])
    inner = found.get("CmbndId", found)  # pacs.008.001.01 combines what is separate later
    identifiers = [
        (scheme, inner.pop(name))
        for name, scheme in (("BICFI", "BIC"), ("BIC", "BIC"), ("LEI", "LEI"))
        if isinstance(inner.get(name), str)
    ]
    member = inner.get("ClrSysMmbId")
    if isinstance(member, dict) and isinstance(member.get("MmbId"), str):
        system = take_choice(member, "ClrSysId")
        identifiers.append((system or "CLEARING", member.pop("MmbId")))
    identifiers += _others(inner)
    lines, country = _take_address(inner)
    return Party(
        name=take_str(inner, "Nm"),
        country=country,
        address=tuple(lines),
        account=account,
        identifiers=tuple(_once(identifiers)),
    )


def _person(content: Content, account: str) -> Party:
    identifiers: list[tuple[str, str]] = []
    birth_date, birth_place = "", ""
    found = content.get("Id")
    if isinstance(found, dict):
        for kind in ("OrgId", "PrvtId"):
            inner = found.get(kind)
            if not isinstance(inner, dict):
                continue
            identifiers += [
                (scheme, inner.pop(name))
                for name, scheme in (("AnyBIC", "BIC"), ("BICOrBEI", "BIC"), ("LEI", "LEI"))
                if isinstance(inner.get(name), str)
            ]
            identifiers += _others(inner)
            birth = inner.get("DtAndPlcOfBirth")
            if isinstance(birth, dict):
                birth_date = take_str(birth, "BirthDt")
                place = (take_str(birth, p) for p in ("CityOfBirth", "PrvcOfBirth", "CtryOfBirth"))
                birth_place = ", ".join(one for one in place if one)
    if found == {"OrgId": {}}:
        del content["Id"]
    lines, country = _take_address(content)
    residence = take_str(content, "CtryOfRes")
    if country and residence and residence != country:
        lines.append(country)
    return Party(
        name=take_str(content, "Nm"),
        country=residence or country,
        address=tuple(lines),
        account=account,
        identifiers=tuple(_once(identifiers)),
        birth_date=birth_date,
        birth_place=birth_place,
    )


def _others(content: Content) -> list[tuple[str, str]]:
    """Other identifications, by the code or name of their scheme."""
    found: Any = content.get("Othr")
    return [
        (take_choice(other, "SchmeNm") or "OTHER", other.pop("Id"))
        for other in (found if isinstance(found, list) else [found])
        if isinstance(other, dict) and isinstance(other.get("Id"), str)
    ]


def _once(identifiers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [*dict.fromkeys(identifiers)] if len(identifiers) > 1 else identifiers


def _take_address(content: Content) -> tuple[list[str], str]:
    """Lines of an address in the order of the schema, and its country."""
    address = content.get("PstlAdr")
    if not isinstance(address, dict):
        return [], ""
    lines: list[str] = []
    country = ""
    left: Content = {}
    for name, value in address.items():
        if name == "Ctry":
            country = value
        elif name not in _ADDRESS:
            left[name] = value
        elif isinstance(value, str):
            lines.append(value)
        elif isinstance(value, list):
            lines += [one for one in value if isinstance(one, str)]
    if left:
        content["PstlAdr"] = left
    else:
        del content["PstlAdr"]
    return lines, country if isinstance(country, str) else ""
