"""Requests that become orders between participants: camt.050 and fxtr.014."""

import re
from typing import Final

import attrs

from skontro.messages.account_requests import take_account
from skontro.messages.content import (
    Content,
    Findings,
    Money,
    at,
    prune,
    take_str,
    take_text,
    text_at,
)
from skontro.messages.credit_transfer import read_amount, read_date
from skontro.messages.findings import FindingCode, Step
from skontro.messages.identifiers import participant_bic
from skontro.messages.payment_requests import note_unused, read_details
from skontro.messages.requests import LiquidityTransfer, Request, TradeInstruction
from skontro.messages.semantics import Places, check_sender, check_settlement
from skontro.messages.system_view import SystemView
from skontro.messages.transaction_parties import agent_bic
from skontro.messages.writers.trade_status import rate_between
from skontro.model import InputError, PaymentDetails, find_currency

#: Identification of a settlement account of this system.
_ACCOUNT: Final = re.compile(r"([A-Z0-9]{8}|[A-Z0-9]{11})-([A-Z]{3})")
_TRANSFER: Final = Places("Dbtr", "Cdtr", "TrfdAmt", "SttlmDt")
_SOLD: Final = Places(
    "TradgSdId/SubmitgPty", "CtrPtySdId/SubmitgPty", "TradAmts/TradgSdSellAmt", "TradAmts/SttlmDt"
)
_BOUGHT: Final = attrs.evolve(_SOLD, amount="TradAmts/TradgSdBuyAmt")


def liquidity_transfers(
    content: Content, name: str, findings: Findings, view: SystemView
) -> list[Request]:
    """The request of camt.050."""
    header = content.pop("MsgHdr", None) or {}
    inner = content.pop("LqdtyCdtTrf")
    references = inner.pop("LqdtyTrfId", None) or {}
    sides = [_holder(inner, side, findings, view) for side in ("Dbtr", "Cdtr")]
    (debtor, debtor_account, *_), (creditor, creditor_account, *_) = sides
    currency, amount = _amount(inner, [one[2] for one in sides], findings)
    day = take_str(inner, "SttlmDt")
    value_date = read_date(day, "LqdtyCdtTrf/SttlmDt", findings) if day else None
    note_unused(inner, "LqdtyCdtTrf/", findings)
    details = read_details(
        "LqdtyCdtTrf/LqdtyTrfId",
        findings,
        instruction_id=text_at(references, "InstrId"),
        end_to_end_id=text_at(references, "EndToEndId"),
        message_id=text_at(header, "MsgId"),
        message_name=name,
    )
    if findings.refuse or details is None:
        return []
    about = findings.below("LqdtyCdtTrf/")
    check_settlement(debtor, creditor, currency, value_date, view, about, _TRANSFER)
    check_sender(debtor, view, about, _TRANSFER)
    _check_accounts(sides, currency, view, about)
    return [
        LiquidityTransfer(
            details.end_to_end_id,
            details.instruction_id,
            text_at(references, "UETR"),
            debtor,
            creditor,
            debtor_account,
            creditor_account,
            currency,
            amount,
            value_date,
            details,
        )
    ]


def _amount(inner: Content, of_accounts: list[str], findings: Findings) -> tuple[str, int]:
    """Currency and amount; without a currency of its own, the amount has that of the accounts."""
    given = inner.pop("TrfdAmt")
    stated = [take_text(inner, name, "Ccy") for name in ("DbtrAcct", "CdtrAcct")]
    for name in ("DbtrAcct", "CdtrAcct"):
        prune(inner, name)
    money = given.get("AmtWthCcy")
    if not isinstance(money, Money):
        currency = next((code for code in (*stated, *of_accounts) if code), "")
        money = Money(currency, text_at(given, "AmtWthtCcy"))
    if not money.currency:
        text = "has no currency, and neither account has: state it (AmtWthCcy)"
        code = FindingCode.NOT_ALLOWED_CURRENCY
        findings.add(Step.SEMANTICS, "LqdtyCdtTrf/TrfdAmt", code, text)
        return "", 0
    return money.currency, read_amount(money, "LqdtyCdtTrf/TrfdAmt", findings)


def _holder(
    content: Content, name: str, findings: Findings, view: SystemView
) -> tuple[str, str, str]:
    """BIC, account and the account's currency of one side, taken out; empty where not known."""
    bic, account = agent_bic(content, name), take_account(content, f"{name}Acct")
    if bic:
        content[name]["FinInstnId"].pop("BICFI")
        prune(content, name)
    own = _ACCOUNT.fullmatch(account)
    bic = bic or ("" if own is None else own[1])
    if not bic:
        text = "names no participant: give its BIC (BICFI), or its account as BIC-CURRENCY"
        code = FindingCode.REQUIRED_ELEMENT_MISSING
        findings.add(Step.MARKET_PRACTICE, f"LqdtyCdtTrf/{name}", code, text)
    return participant_bic(bic, view), account, "" if own is None else own[2]


def _check_accounts(
    sides: list[tuple[str, str, str]], currency: str, view: SystemView, findings: Findings
) -> None:
    """Whether an account that is named is the participant's in the currency."""
    if view.directory is None:
        return
    codes = (FindingCode.INVALID_DEBTOR_ACCOUNT, FindingCode.INVALID_CREDITOR_ACCOUNT)
    for name, code, (bic, account, _) in zip(("Dbtr", "Cdtr"), codes, sides, strict=True):
        if account and account != f"{bic}-{currency}":
            text = f"is {account}; the account of {bic} in this system is {bic}-{currency}"
            findings.add(Step.SEMANTICS, f"{name}Acct", code, text)


def trades(content: Content, name: str, findings: Findings, view: SystemView) -> list[Request]:
    """The request of fxtr.014: the sender sells to the other side, and buys from it."""
    information = content.pop("TradInf")
    amounts = content.pop("TradAmts")
    trading = _side(content, "TradgSdId", findings)
    counterparty = _side(content, "CtrPtySdId", findings)
    bought, sold = (_leg(amounts, name, findings) for name in ("TradgSdBuyAmt", "TradgSdSellAmt"))
    if bought is not None and sold is not None and bought[0] == sold[0]:
        text = f"is in {sold[0]} as the amount bought; a trade has two currencies"
        code = FindingCode.INVALID_TRANSACTION_CURRENCY
        findings.add(Step.SEMANTICS, "TradAmts/TradgSdSellAmt", code, text)
    for kind in ("NDFConds", "OptnDtls"):
        if kind in content:
            text = "is not settled by this system: spot, forward and swap trades with delivery are"
            findings.add(Step.SEMANTICS, kind, FindingCode.SERVICE_NOT_OFFERED, text)
    traded = read_date(text_at(information, "TradDt"), "TradInf/TradDt", findings)
    settled = read_date(text_at(amounts, "SttlmDt"), "TradAmts/SttlmDt", findings)
    rate = text_at(content.pop("AgrdRate", None) or {}, "XchgRate")
    note_unused(content, "", findings)
    details = _trade_details(information, name, rate, findings)
    if bought is None or sold is None or details is None:
        return []
    _check_rate(*bought, *sold, findings)
    trading, counterparty = participant_bic(trading, view), participant_bic(counterparty, view)
    check_settlement(trading, counterparty, sold[0], settled, view, findings, _SOLD)
    check_sender(trading, view, findings, _SOLD)
    if view.directory is None or (trading in view.directory and counterparty in view.directory):
        check_settlement(trading, counterparty, bought[0], settled, view, findings, _BOUGHT)
    return [
        TradeInstruction(
            details.instruction_id,
            details.end_to_end_id,
            traded,
            trading,
            counterparty,
            *bought,
            *sold,
            settled,
            rate,
            details,
        )
    ]


def _check_rate(
    buy_currency: str, buy_amount: int, sell_currency: str, sell_amount: int, findings: Findings
) -> None:
    """Whether the answer can state the rate between two amounts that can be read."""
    if buy_amount and sell_amount:
        try:
            currencies = find_currency(buy_currency), find_currency(sell_currency)
            rate_between(buy_amount, currencies[0], sell_amount, currencies[1])
        except InputError as error:
            text, code = str(error), FindingCode.NOT_ALLOWED_AMOUNT
            findings.add(Step.SEMANTICS, "TradAmts/TradgSdSellAmt", code, text)


def _trade_details(
    information: Content, name: str, rate: str, findings: Findings
) -> PaymentDetails | None:
    """References of a trade; both sides must state one in common, and want both or no payment."""
    common = text_at(information, "CmonRef")
    if not common:
        text = "is missing: both sides state one reference, by which their instructions match"
        code = FindingCode.REQUIRED_ELEMENT_MISSING
        findings.add(Step.MARKET_PRACTICE, "TradInf/CmonRef", code, text)
    if text_at(information, "PmtVrssPmtInd").strip() not in {"true", "1"}:
        text = "must be true: trades settle payment versus payment alone"
        code = FindingCode.SERVICE_NOT_OFFERED
        findings.add(Step.SEMANTICS, "TradInf/PmtVrssPmtInd", code, text)
    reference = text_at(information, "OrgtrRef")
    return read_details(
        "TradInf",
        findings,
        instruction_id=reference,
        end_to_end_id=common,
        message_id=reference,
        message_name=name,
        remittance=(f"TradDt={text_at(information, 'TradDt')}", f"XchgRate={rate}"),
    )


def _side(content: Content, name: str, findings: Findings) -> str:
    """The BIC of the submitting party of a side."""
    party = at(content.pop(name), "SubmitgPty") or {}
    bic = text_at(party, "AnyBIC", "AnyBIC")
    if not bic:
        found = at(party, "PtyId", "AnyBIC")
        bic = found if isinstance(found, str) else text_at(found or {}, "AnyBIC")
    if not bic:
        text = "names no participant by its BIC (AnyBIC)"
        findings.add(Step.SEMANTICS, f"{name}/SubmitgPty", FindingCode.INCORRECT_AGENT, text)
    return bic


def _leg(amounts: Content, name: str, findings: Findings) -> tuple[str, int] | None:
    found = amounts.get(name)
    money = found.get("Amt") if isinstance(found, dict) else found
    amount = read_amount(money, f"TradAmts/{name}", findings)
    return (money.currency, amount) if isinstance(money, Money) else None
