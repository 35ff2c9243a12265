"""The Travel Rule: information on originator and beneficiary that goes with a payment.

FATF Recommendation 16 as revised in June 2025, with its interpretive note: names; account numbers,
or a unique reference where there is no account; of both parties the address, or date and place of
birth, or an official identifier such as an LEI; and the institutions by BIC or LEI. Thresholds
below which less is asked for are not applied: they differ by country.
"""

from typing import Final

from skontro.model import Party, PaymentDetails
from skontro.system.screening_policy import TRAVEL_RULE_COMPLETE

#: Originator and beneficiary.
_CUSTOMERS: Final = ("debtor", "creditor")
#: Schemes of identifiers that name an institution.
_OF_INSTITUTIONS: Final = ("BIC", "LEI")


def missing_information(details: PaymentDetails) -> tuple[str, ...]:
    """The fields that a customer's payment lacks, as paths in its details.

    Payer and payee of the order are institutions that their BICs name. So details need no agents;
    an agent that they have needs its BIC or LEI.

    Example:
        >>> missing_information(PaymentDetails(parties=[("creditor", Party(name="A. Kim"))]))[:2]
        ('debtor', 'creditor.account or end_to_end_id')
    """
    missing: list[str] = []
    for role in _CUSTOMERS:
        party = details.party(role)
        missing += [role] if party is None else _missing_of(role, party, details.end_to_end_id)
    for role, party in details.parties:
        institution = role.rstrip("_123").endswith("agent")
        if institution and not any(party.identifier(scheme) for scheme in _OF_INSTITUTIONS):
            missing.append(f"{role}.identifiers (BIC or LEI)")
    return tuple(missing)


def _missing_of(role: str, party: Party, reference: str) -> list[str]:
    missing = [] if party.name else [f"{role}.name"]
    if not (party.account or reference):
        missing.append(f"{role}.account or end_to_end_id")
    born = party.birth_date and party.birth_place
    if not (party.address or born or party.identifiers):
        missing.append(f"{role}.address, birth_date and birth_place, or identifiers")
    return missing


def travel_rule_column(details: PaymentDetails) -> int:
    """The value of the column `travel_rule` for an order with these details."""
    return 0 if missing_information(details) else TRAVEL_RULE_COMPLETE
