"""Identifiers of accounts and parties, checked by their standards, and BICs of participants."""

from collections.abc import Iterator
from functools import lru_cache

from stdnum import iban

from skontro.messages.system_view import SystemView
from skontro.model import InputError
from skontro.model.identity import check_bic, check_lei
from skontro.model.party import Party
from skontro.model.payment_details import PaymentDetails
from skontro.model.text import quoted


@lru_cache(maxsize=65_536)
def iban_is_valid(number: str) -> bool:
    """Whether length, form and check digits of an IBAN (ISO 13616) are right for its country."""
    # Checks of national digits inside differ in quality by country; the standard has none.
    return bool(iban.is_valid(number, check_country=False))


def faults(details: PaymentDetails) -> Iterator[tuple[str, str, str]]:
    """Role, scheme and fault of each identifier that its standard refuses."""
    for role, party in details.parties:
        yield from ((role, scheme, fault) for scheme, fault in _faults_of(party))


def _faults_of(party: Party) -> Iterator[tuple[str, str]]:
    for scheme, value in party.identifiers:
        try:
            if scheme == "BIC":
                _check_bic(value)
            elif scheme == "LEI":
                _check_lei(value)
        except InputError as error:
            yield scheme, str(error)


_check_bic = lru_cache(maxsize=65_536)(check_bic)
_check_lei = lru_cache(maxsize=65_536)(check_lei)


def iban_fault(number: str) -> str | None:
    """Why a number is no IBAN, or None."""
    if iban_is_valid(number):
        return None
    return f"{quoted(number)} is not an IBAN with the length and check digits of its country"


def participant_bic(bic: str, view: SystemView) -> str:
    """The BIC of an agent as the directory has it: a head office with or without ``XXX``."""
    if view.directory is None or bic in view.directory:
        return bic
    other = bic.removesuffix("XXX") if len(bic) == 11 else f"{bic}XXX"
    return other if other in view.directory else bic
