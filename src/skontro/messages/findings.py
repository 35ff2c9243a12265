"""Findings: faults of a message, each with its step, place, line and code."""

from collections.abc import Iterable
from enum import StrEnum

import attrs


class Step(StrEnum):
    """The step of validation that found a fault, in the order of the steps."""

    INPUT = "input"
    SIGNATURE = "signature"
    SCHEMA = "schema"
    MARKET_PRACTICE = "market practice"
    SEMANTICS = "semantics"


class FindingCode(StrEnum):
    """Codes of findings: those of ISO 20022 `ExternalStatusReason1Code`, with their names there."""

    INCORRECT_ACCOUNT_NUMBER = "AC01"
    INVALID_DEBTOR_ACCOUNT = "AC02"
    INVALID_CREDITOR_ACCOUNT = "AC03"
    ZERO_AMOUNT = "AM01"
    NOT_ALLOWED_AMOUNT = "AM02"
    NOT_ALLOWED_CURRENCY = "AM03"
    INVALID_CONTROL_SUM = "AM10"
    INVALID_TRANSACTION_CURRENCY = "AM11"
    INVALID_AMOUNT = "AM12"
    INVALID_NUMBER_OF_TRANSACTIONS = "AM18"
    MISSING_CREDITOR_ADDRESS = "BE04"
    MISSING_DEBTOR_ADDRESS = "BE07"
    MISSING_DEBTOR_NAME = "BE08"
    INVALID_DEBTOR_COUNTRY = "BE10"
    INVALID_CREDITOR_COUNTRY = "BE11"
    MISSING_CREDITOR_NAME = "BE22"
    INVALID_FORMAT_OF_ELEMENT = "CH16"
    ELEMENT_NOT_ADMITTED = "CH17"
    DECIMALS_NOT_OF_CURRENCY = "CH20"
    REQUIRED_ELEMENT_MISSING = "CH21"
    SIGNER_NOT_VALID = "DS0D"
    INCORRECT_SIGNATURE = "DS0E"
    INVALID_DATE = "DT01"
    INVALID_CREATION_DATE = "DT02"
    NON_BUSINESS_DAY = "DT03"
    FUTURE_DATE_TOO_FAR = "DT04"
    DUPLICATE_MESSAGE_ID = "DU01"
    DUPLICATE_TRANSACTION = "DU03"
    INVALID_FILE_FORMAT = "FF01"
    INCORRECT_AGENT = "AGNT"
    IDENTIFICATION_INCONSISTENT = "RC01"
    UNKNOWN_DEBTOR_AGENT = "RC03"
    UNKNOWN_CREDITOR_AGENT = "RC04"
    INVALID_PARTY_IDENTIFIER = "RR11"
    SERVICE_NOT_OFFERED = "AG08"
    NARRATIVE = "NARR"


@attrs.frozen
class Finding:
    """One fault of a message; a message may have many.

        str(finding)
        # 'line 12: /Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR: CH21: is missing …'

    Attributes:
        step: that found it.
        xpath: of the element, by local names, with positions where siblings share a name; for a
            missing element where it belongs; empty for a fault of the whole input.
        line: of the element or its nearest parent, from 1; 0 for a fault of the whole input.
        code: for the answer.
        text: the fault, as the end of a sentence that begins with the element.
        refuses: false for a note about something that is accepted.
    """

    step: Step
    xpath: str
    line: int
    code: FindingCode
    text: str
    refuses: bool = True

    def __str__(self) -> str:
        place = f"line {self.line}: {self.xpath}: " if self.xpath else ""
        return f"{place}{self.code}: {self.text}"


def refuses(findings: Iterable[Finding]) -> bool:
    """Whether any finding refuses the message."""
    return any(finding.refuses for finding in findings)
