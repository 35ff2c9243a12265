"""Roles of parties in a transaction: element, account element and role of the details."""

from typing import Final

from skontro.messages.content import Content, Findings
from skontro.messages.findings import FindingCode, Step
from skontro.messages.identifiers import iban_fault
from skontro.messages.parties import take_party
from skontro.model import InputError
from skontro.model.party import Party

#: Elements of parties in transactions of all versions, with their roles in `PaymentDetails`.
ROLES: Final = {
    "UltmtDbtr": "ultimate_debtor",
    "InitgPty": "initiating_party",
    "Dbtr": "debtor",
    "DbtrAgt": "debtor_agent",
    "PrvsInstgAgt": "previous_instructing_agent_1",
    "PrvsInstgAgt1": "previous_instructing_agent_1",
    "PrvsInstgAgt2": "previous_instructing_agent_2",
    "PrvsInstgAgt3": "previous_instructing_agent_3",
    "InstgAgt": "instructing_agent",
    "InstdAgt": "instructed_agent",
    "IntrmyAgt1": "intermediary_agent_1",
    "IntrmyAgt2": "intermediary_agent_2",
    "IntrmyAgt3": "intermediary_agent_3",
    "CdtrAgt": "creditor_agent",
    "Cdtr": "creditor",
    "UltmtCdtr": "ultimate_creditor",
}
#: Elements of roles; where two versions name one role, the first.
ELEMENTS: Final = {role: element for element, role in reversed(ROLES.items())}
_ACCOUNTS: Final = tuple((name, f"{name}Acct", role) for name, role in ROLES.items())

#: Codes for an IBAN, by the account's element.
_IBAN_CODES: Final = {
    "DbtrAcct": FindingCode.INVALID_DEBTOR_ACCOUNT,
    "CdtrAcct": FindingCode.INVALID_CREDITOR_ACCOUNT,
}


def take_parties(
    content: Content, findings: Findings, prefix: str = "", below: str = ""
) -> list[tuple[str, Party]]:
    """Roles and parties of a transaction, taken out of its content.

    Args:
        content: of the transaction, or of the customers' transfer that it covers.
        findings: name the values that cannot be carried, and wrong IBANs.
        prefix: of the roles, ``underlying_`` for a covered transfer.
        below: path to the content from the findings' element.
    """
    parties: list[tuple[str, Party]] = []
    for name, account, role in _ACCOUNTS:
        if name not in content and account not in content:
            continue
        if account in content:
            _check_iban(content, account, findings, below)
        try:
            party = take_party(content, name, account)
        except InputError as error:
            findings.add(
                Step.SEMANTICS, f"{below}{name}", FindingCode.INVALID_FORMAT_OF_ELEMENT, str(error)
            )
            continue
        if party is not None:
            parties.append((prefix + role, party))
    return parties


def _check_iban(content: Content, account: str, findings: Findings, below: str) -> None:
    found = content.get(account)
    inner = found.get("Id") if isinstance(found, dict) else None
    number = inner.get("IBAN") if isinstance(inner, dict) else None
    if isinstance(number, str) and (fault := iban_fault(number)) is not None:
        code = _IBAN_CODES.get(account, FindingCode.INCORRECT_ACCOUNT_NUMBER)
        findings.add(Step.SEMANTICS, f"{below}{account}/Id/IBAN", code, fault)


def agent_bic(content: object, name: str) -> str:
    """The BIC of an agent, left in its place; empty where it has none."""
    agent = content.get(name) if isinstance(content, dict) else None
    found = agent.get("FinInstnId") if isinstance(agent, dict) else None
    if not isinstance(found, dict):
        return ""
    inner = found.get("CmbndId", found)
    bic = inner.get("BICFI") or inner.get("BIC") if isinstance(inner, dict) else None
    return bic if isinstance(bic, str) else ""
