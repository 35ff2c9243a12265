"""An ISO 20022 message as rows that people can read: names written out, values as they stand."""

import re
from typing import Final

import attrs

from skontro.messages.parsing import Limits, Refused, parse
from skontro.messages.places import local_name
from skontro.messages.schema_store import Element

#: Most rows of one message, and most characters of one value.
MOST_ROWS: Final = 400
MOST_CHARACTERS: Final = 2_000
#: Deepest level with a depth of its own.
MOST_LEVELS: Final = 12

#: A message is not larger than what was kept; the parser's other bounds hold.
_LIMITS: Final = Limits(64 * 2**20)
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|\d+|[a-z]+")
#: Abbreviations in names of elements, as the standard uses them.
_WORDS: Final = {
    "Acct": "Account", "Accptnc": "Acceptance", "Addtl": "Additional", "Adr": "Address",
    "Agt": "Agent", "Agrmt": "Agreement", "Amt": "Amount", "App": "Application",
    "Assgne": "Assignee", "Assgnmt": "Assignment", "Assgnr": "Assigner", "Avlbl": "Available",
    "Bal": "Balance", "Bk": "Bank", "Br": "Bearer",
    "Biz": "Business", "Bldg": "Building", "Brnch": "Branch",
    "Bookg": "Booking", "Btch": "Batch", "Cd": "Code", "Cdt": "Credit", "Cdtr": "Creditor",
    "Chrg": "Charge", "Chrgs": "Charges", "Clr": "Clearing", "Cre": "Creation",
    "Crdt": "Credit", "Crit": "Criteria", "Ctct": "Contact", "Ctry": "Country", "Ctrl": "Control",
    "Cxl": "Cancellation", "Ccy": "Currency", "Cstmr": "Customer", "Dbt": "Debit",
    "Dbtr": "Debtor", "Def": "Definition", "Dt": "Date", "Dtl": "Detail", "Dtls": "Details",
    "Elctrnc": "Electronic", "Err": "Error", "Fctv": "Effective", "Fin": "Financial",
    "Fr": "From", "Grp": "Group", "Hdlg": "Handling", "Hdr": "Header", "Id": "Identification",
    "Idr": "Identifier",
    "Inf": "Information", "Initg": "Initiating", "Instd": "Instructed", "Instg": "Instructing",
    "Instn": "Institution", "Instr": "Instruction", "Intr": "Inter", "Intrmy": "Intermediary",
    "Invstgtn": "Investigation", "Issr": "Issuer", "Itm": "Item", "Lcl": "Local", "Ln": "Line",
    "Lng": "Long", "Lqdty": "Liquidity", "Mmb": "Member", "Msg": "Message", "Mtd": "Method",
    "Nb": "Number", "Nm": "Name", "Ntry": "Entry", "Ntfctn": "Notification", "Opng": "Opening",
    "Org": "Organisation", "Orgnl": "Original", "Othr": "Other", "Phne": "Phone",
    "Pmt": "Payment", "Prtry": "Proprietary", "Prvt": "Private", "Prty": "Priority",
    "Pstl": "Postal", "Pty": "Party", "Purp": "Purpose", "Qry": "Query", "Rcpt": "Receipt",
    "Ref": "Reference", "Rgltry": "Regulatory", "Rltd": "Related", "Rmt": "Remittance",
    "Rpt": "Report", "Rptg": "Reporting", "Req": "Request", "Rjctd": "Rejected",
    "Rsn": "Reason", "Rslvd": "Resolved", "Rsltn": "Resolution", "Rtr": "Return",
    "Rtrd": "Returned", "Schme": "Scheme", "Sgntr": "Signature", "Splmtry": "Supplementary",
    "Srch": "Search", "Stmt": "Statement", "Strd": "Structured", "Strt": "Street",
    "Sts": "Status", "Sttlm": "Settlement", "Svc": "Service", "Sys": "System",
    "Tm": "Time", "Tp": "Type", "Trad": "Trade", "Trf": "Transfer", "Twn": "Town",
    "Tx": "Transaction", "Txs": "Transactions", "Udrlyg": "Underlying", "Ultmt": "Ultimate",
    "Undrlyg": "Underlying", "Ustrd": "Unstructured", "Val": "Value", "Vldtn": "Validation",
    "Xchg": "Exchange", "Xpry": "Expiry", "FI": "Financial Institution",
}  # fmt: skip


@attrs.frozen
class Row:
    """An element of a message, or a chain of elements with one part each.

    Attributes:
        level: its depth, from 0; a chain has one.
        element: its name in the message, or the path of a chain.
        name: the same written out.
        value: its text, with the currency of an amount; empty where it has parts.
    """

    level: int
    element: str
    name: str
    value: str


def outline(content: bytes) -> tuple[list[Row], bool]:
    """The elements of a message in their order, and whether there are more than are given.

    Args:
        content: the message; no row is given of one that is no safe, well-formed XML.
    """
    try:
        root = parse(content, _LIMITS)
    except Refused:
        return [], False
    rows: list[Row] = []
    waiting = [(0, one) for one in reversed(_documents(root))]
    while waiting:
        if len(rows) == MOST_ROWS:
            return rows, True
        level, element = waiting.pop()
        names = [local_name(element)]
        while len(element) == 1:
            element = element[0]
            names.append(local_name(element))
        text = (element.text or "").strip() if len(element) == 0 else ""
        value = f"{text} {element.get('Ccy', '')}".strip()[:MOST_CHARACTERS]
        written = ": ".join(map(written_out, names))
        rows.append(Row(min(level, MOST_LEVELS), "/".join(names), written, value))
        waiting += [(level + 1, part) for part in reversed(element)]
    return rows, False


def _documents(root: Element) -> list[Element]:
    """Header and document, outside of their envelope; the root where there are none."""
    found = [one for one in root.iter() if local_name(one) in ("AppHdr", "Document")]
    return [one for one in found if not {*one.iterancestors()} & {*found}] or [root]


def written_out(name: str) -> str:
    """The name of an element, in full words.

    Example:
        >>> written_out("IntrBkSttlmAmt"), written_out("NbOfTxs"), written_out("BICFI")
        ('Inter Bank Settlement Amount', 'Number Of Transactions', 'BICFI')
    """
    return " ".join(_WORDS.get(part, part) for part in _PARTS.findall(name)) or name
