"""Entries of an account report, with all that a bank reconciles by."""

from typing import Final

import attrs

from skontro.messages.schema_store import Element
from skontro.messages.writers.elements import (
    add,
    add_amount,
    add_lines,
    add_text,
    add_timestamp,
    check_reference,
)
from skontro.messages.writers.heading import Institution
from skontro.messages.writers.parties import add_account, add_institution, add_party
from skontro.model import Currency, InputError
from skontro.model.party import Party
from skontro.model.payment_details import NO_DETAILS, PaymentDetails

#: Messages in which a debtor and a creditor are financial institutions.
_BETWEEN_INSTITUTIONS: Final = ("pacs.009", "pacs.010", "camt.050", "fxtr.014")

#: Elements by role, in the order of the schema; other roles are proprietary parties.
_PARTIES: Final = {
    "initiating_party": "InitgPty",
    "debtor": "Dbtr",
    "ultimate_debtor": "UltmtDbtr",
    "creditor": "Cdtr",
    "ultimate_creditor": "UltmtCdtr",
}
#: Those that have an account of their own in an entry.
_SIDES: Final = ("debtor", "creditor")
_AGENTS: Final = {
    "instructing_agent": "InstgAgt",
    "instructed_agent": "InstdAgt",
    "debtor_agent": "DbtrAgt",
    "creditor_agent": "CdtrAgt",
    "intermediary_agent_1": "IntrmyAgt1",
    "intermediary_agent_2": "IntrmyAgt2",
    "intermediary_agent_3": "IntrmyAgt3",
}


@attrs.frozen(kw_only=True)
class Entry:
    """One debit or credit.

    Attributes:
        reference: 1 to 35 characters, different for each entry of the account.
        amount: minor units, above zero.
        is_credit: whether the account received it.
        settled_at: microseconds; the time of finality.
        order: the system's number of the order; empty for a liquidity transfer.
        uetr: of the order; empty for a liquidity transfer.
        payer, payee: the two participants; None for a liquidity transfer.
        details: references, remittance and parties of the order.
    """

    reference: str
    amount: int
    is_credit: bool
    settled_at: int
    order: str = ""
    uetr: str = ""
    payer: Institution | None = None
    payee: Institution | None = None
    details: PaymentDetails = NO_DETAILS

    def __attrs_post_init__(self) -> None:
        check_reference("reference", self.reference)
        if self.amount <= 0:
            raise InputError("the amount of an entry is greater than zero")


def direction(is_credit: bool) -> str:
    """`CreditDebitCode`."""
    return "CRDT" if is_credit else "DBIT"


def add_entry(parent: Element, entry: Entry, currency: Currency, longest: int) -> None:
    """Add an entry to an account's part.

    Args:
        parent: the part.
        entry: to add.
        currency: of the account.
        longest: most characters of an identifier, by version of the message.

    Raises:
        InputError: the amount has more digits than a message holds.
    """
    element = add(parent, "Ntry")
    add(element, "NtryRef").text = entry.reference
    add_amount(element, "Amt", entry.amount, currency)
    add(element, "CdtDbtInd").text = direction(entry.is_credit)
    add(element, "Sts/Cd").text = "BOOK"
    add_timestamp(element, "BookgDt/DtTm", entry.settled_at)
    add_timestamp(element, "ValDt/DtTm", entry.settled_at)
    add_text(element, "AcctSvcrRef", entry.order, 35)
    code = add(element, "BkTxCd/Domn")
    add(code, "Cd").text = "PMNT"
    family = add(code, "Fmly")
    add(family, "Cd").text = "RCDT" if entry.is_credit else "ICDT"
    add(family, "SubFmlyCd").text = _sub_family(entry)
    if entry.uetr:
        _add_transaction(add(element, "NtryDtls/TxDtls"), entry, currency, longest)


def _sub_family(entry: Entry) -> str:
    """Own-account transfer, return, transfer between institutions, or cross-border transfer."""
    if not entry.uetr:
        return "FIOA"
    if entry.details.message_name.startswith("pacs.004"):
        return "RRTN"
    return "FICT" if entry.details.message_name.startswith(_BETWEEN_INSTITUTIONS) else "XBCT"


def _add_transaction(parent: Element, entry: Entry, currency: Currency, longest: int) -> None:
    details = entry.details
    references = add(parent, "Refs")
    add_text(references, "MsgId", details.message_id, 35)
    add_text(references, "AcctSvcrRef", entry.order, 35)
    add_text(references, "InstrId", details.instruction_id, 35)
    add_text(references, "EndToEndId", details.end_to_end_id, 35)
    add_text(references, "UETR", entry.uetr, 36)
    add_amount(parent, "Amt", entry.amount, currency)
    add(parent, "CdtDbtInd").text = direction(entry.is_credit)
    cut = [*_add_parties(parent, details, longest), *_add_agents(parent, entry)]
    _add_code(parent, "Purp", details.purpose)
    if details.remittance or cut:
        lines = (*details.remittance, *cut)
        add_lines(add(parent, "RmtInf"), "Ustrd", lines, 140, 1_000_000)
    add_text(parent, "AddtlTxInf", _additional(details), 500)


def _add_parties(parent: Element, details: PaymentDetails, longest: int) -> list[str]:
    """Add the parties other than agents.

    Returns:
        Lines with what was cut, in full: role, element and text.
    """
    parties, cut = dict(details.parties), list[str]()
    others = [role for role in parties if role not in _PARTIES and role not in _AGENTS]
    if not any(role in parties for role in _PARTIES) and not others:
        return cut
    between = details.message_name.startswith(_BETWEEN_INSTITUTIONS)
    element = add(parent, "RltdPties")
    for role in _PARTIES:
        if role in parties:
            party, is_side = parties[role], role in _SIDES
            lines = add_party(
                add(element, _PARTIES[role]),
                party,
                is_agent=between and is_side,
                longest=longest,
                account="" if is_side else party.account,
            )
            cut += [f"{role}/{line}" for line in lines]
            if is_side:
                add_account(element, f"{_PARTIES[role]}Acct", party.account)
    for role in others:
        other = add(element, "Prtry")
        add(other, "Tp").text = role if len(role) <= 35 else role.replace("_agent", "")
        party, is_agent = parties[role], "_agent" in role
        place = add(other, "Pty")
        lines = add_party(place, party, is_agent=is_agent, longest=longest, account=party.account)
        cut += [f"{role}/{line}" for line in lines]
    return cut


def _add_agents(parent: Element, entry: Entry) -> list[str]:
    """Add the agents of the payment, the two participants among them; returns as `_add_parties`."""
    parties = dict(entry.details.parties)
    for role, side in (("instructing_agent", entry.payer), ("instructed_agent", entry.payee)):
        if role not in parties and side is not None:
            parties[role] = Party(name=side.name, identifiers=[("BIC", side.bic)])
    kept = [role for role in _AGENTS if role in parties]
    cut: list[str] = []
    if kept:
        element = add(parent, "RltdAgts")
        for role in kept:
            party = parties[role]
            lines = add_institution(element, _AGENTS[role], party, party.account)
            cut += [f"{role}/{line}" for line in lines]
    return cut


def _add_code(parent: Element, path: str, code: str) -> None:
    """Add an external code of at most four characters, or a proprietary one."""
    kind = "Cd" if len(code) <= 4 else "Prtry"
    add_text(parent, f"{path}/{kind}", code, 35)


def _additional(details: PaymentDetails) -> str:
    """The details for which entries have no element."""
    further = (("CtgyPurp", details.category_purpose), ("ChrgBr", details.charge_bearer))
    return "; ".join(f"{tag}={value}" for tag, value in further if value)
