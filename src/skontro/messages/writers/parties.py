"""Parties of a payment as elements of account reports."""

import re
from typing import Final

from stdnum import iban as iban_standard

from skontro.messages.schema_store import Element
from skontro.messages.writers.elements import add, add_lines, add_text, readable
from skontro.model import InputError, check_bic, check_lei
from skontro.model.party import Party

#: Schemes of identifiers of people; the first six are codes of
#: `ExternalPersonIdentification1Code`.
_OF_PERSONS: Final = frozenset(
    ("ARNU", "CCPT", "CUST", "DRLC", "NIDN", "SOSE", "PASSPORT", "NATIONAL_ID")
)
_CODE: Final = re.compile("[A-Z]{4}")
_COUNTRY_AT_END: Final = re.compile(r"(.+?)[\s,]+([A-Z]{2})")

#: Most characters of an identifier in the early versions of the components, and in the others.
SHORT_IDENTIFIER, LONG_IDENTIFIER = 35, 256


def add_party(
    parent: Element, party: Party, *, is_agent: bool, longest: int, account: str = ""
) -> list[str]:
    """Add a party under a choice between a party and an agent.

    Nothing that the schema has no place for is left out: it becomes an identifier with its name as
    scheme.

    Args:
        parent: the choice, for example ``Dbtr``.
        party: to add.
        is_agent: whether it is a financial institution in this payment.
        longest: `SHORT_IDENTIFIER` or `LONG_IDENTIFIER`, by version.
        account: of the party, where the message has no element for it; empty for none.

    Returns:
        What was cut, as ``element=text`` in full.
    """
    if is_agent:
        return add_institution(parent, "Agt", party, account)
    element, cut = add(parent, "Pty"), list[str]()
    add_text(element, "Nm", party.name, 140)
    _add_address(element, party, cut, with_country=False)
    _add_identifiers(element, party, account, longest, cut)
    add_text(element, "CtryOfRes", party.country, 2)
    return cut


def add_institution(parent: Element, path: str, party: Party, account: str = "") -> list[str]:
    """Add a financial institution: BIC, LEI, name and address, as far as they are known.

    Args:
        parent, path: where.
        party: the institution.
        account: as in `add_party`.

    Returns:
        What was cut, as ``element=text`` in full.
    """
    identification, cut = add(parent, f"{path}/FinInstnId"), list[str]()
    known, others = _identifiers(party, account)
    add_text(identification, "BICFI", known.get("BIC"), 11)
    add_text(identification, "LEI", known.get("LEI"), 20)
    add_text(identification, "Nm", party.name, 140)
    _add_address(identification, party, cut, with_country=True)
    if others:
        other = add(identification, "Othr")
        values = "; ".join(value for _, value in others)
        schemes = "; ".join(scheme for scheme, _ in others)
        add_text(other, "Id", values, 35)
        add_text(other, "SchmeNm/Prtry", schemes, 35)
        if len(readable(values)) > 35 or len(readable(schemes)) > 35:
            cut.append("Othr=" + "; ".join(f"{scheme} {value}" for scheme, value in others))
    return cut


def add_account(parent: Element, path: str, account: str) -> None:
    """Add an account by IBAN, or by another identification; nothing for an empty one."""
    if account and iban_standard.is_valid(account) and iban_standard.compact(account) == account:
        add(parent, f"{path}/Id/IBAN").text = account
    else:
        add_text(parent, f"{path}/Id/Othr/Id", account, 34)


def _identifiers(party: Party, account: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """BIC and LEI by scheme, each once, and all other identifiers, the account first."""
    known: dict[str, str] = {}
    others = [("ACCOUNT", account)] if account else []
    for scheme, value in party.identifiers:
        if scheme in ("BIC", "LEI") and scheme not in known and _is_valid(scheme, value):
            known[scheme] = value
        else:
            others.append((scheme, value))
    return known, others


def _add_address(parent: Element, party: Party, cut: list[str], *, with_country: bool) -> None:
    if not party.address and not (with_country and party.country):
        return
    address = add(parent, "PstlAdr")
    if with_country:
        add_text(address, "Ctry", party.country, 2)
    add_lines(address, "AdrLine", party.address, 70, 7)
    pieces = sum(-(-len(readable(line)) // 70) for line in party.address)
    joined = ", ".join(party.address)
    if pieces > 7 and len(readable(joined)) > 490:
        cut.append(f"PstlAdr={joined}")


def _add_identifiers(
    parent: Element, party: Party, account: str, longest: int, cut: list[str]
) -> None:
    """Add the identifiers of a party, as an organisation or a person."""
    known, others = _identifiers(party, account)
    is_person = not known and (
        bool(party.birth_date or party.birth_place)
        or any(scheme in _OF_PERSONS for scheme, _ in others)
    )
    birth = _birth(party) if is_person else None
    if birth is None:
        born = (("BIRTH_DATE", party.birth_date), ("BIRTH_PLACE", party.birth_place))
        others += [one for one in born if one[1]]
    if not known and not others and birth is None:
        return
    element = add(parent, "Id/PrvtId" if is_person else "Id/OrgId")
    add_text(element, "AnyBIC", known.get("BIC"), 11)
    add_text(element, "LEI", known.get("LEI"), 20)
    if birth is not None:
        date, city, country = birth
        place = add(element, "DtAndPlcOfBirth")
        add(place, "BirthDt").text = date
        add_text(place, "CityOfBirth", city, 35)
        add(place, "CtryOfBirth").text = country
    for scheme, value in others:
        other = add(element, "Othr")
        add_text(other, "Id", value, longest)
        path = "SchmeNm/Cd" if _CODE.fullmatch(scheme) else "SchmeNm/Prtry"
        add_text(other, path, scheme, 35)
        if len(readable(value)) > longest:
            cut.append(f"{scheme}={value}")


def _is_valid(scheme: str, value: str) -> bool:
    try:
        (check_bic if scheme == "BIC" else check_lei)(value)
    except InputError:
        return False
    return True


def _birth(party: Party) -> tuple[str, str, str] | None:
    """Date, town and country, where all three are known; a message has them together or not."""
    place = _COUNTRY_AT_END.fullmatch(party.birth_place)
    if not party.birth_date or place is None or len(place[1]) > 35:
        return None
    return party.birth_date, place[1], place[2]
