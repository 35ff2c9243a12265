"""Amounts, times and parties as text in the documents that people approve."""

import hashlib
from typing import Final
from zoneinfo import ZoneInfo

from skontro.model import (
    Currency,
    ParticipantDirectory,
    SettlementAccount,
    format_amount,
    from_timestamp,
    timestamp_text,
)
from skontro.system.action import Document

NO_LIMIT_SHOWN: Final = "no limit"


def document_hash(text: str) -> str:
    """The hash that an approval names: SHA-256 of the text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def shown_amount(minor: int, currency: Currency) -> str:
    """Minor units as decimal text with the currency: ``100000.00 RUB``."""
    return f"{format_amount(minor, currency)} {currency.code}"


def shown_limit(minor: int | None, currency: Currency) -> str:
    """An amount, or the words for no limit."""
    return NO_LIMIT_SHOWN if minor is None else shown_amount(minor, currency)


def shown_timestamp(timestamp: int, zone: ZoneInfo) -> Document:
    """A timestamp in the system's local time, with its offset, and in UTC."""
    time = from_timestamp(timestamp)
    return {"local": time.astimezone(zone).isoformat(), "utc": timestamp_text(timestamp)}


def shown_participant(directory: ParticipantDirectory, bic: str) -> Document:
    """A participant by BIC and full name."""
    return {"bic": bic, "name": directory.participant(bic).name}


def shown_account(directory: ParticipantDirectory, account: SettlementAccount) -> Document:
    """An account by its holder and currency."""
    holder = shown_participant(directory, account.bic)
    return {"participant": holder, "currency": account.currency.code}
