"""Maps of formats whose fields have one meaning everywhere: SWIFT FIN and 1C."""

from typing import Any

from skontro.imports import fin_messages as fin
from skontro.imports.client_bank import KIND
from skontro.imports.column_map import FORMAT, VERSION
from skontro.imports.source_table import SourceTable

_HEAD = {"format": FORMAT, "version": VERSION}


def fin_map() -> dict[str, Any]:
    """The map of FIN messages: the sender pays the receiver, and the UETR is in block 3."""
    uses = (
        fin.ANNOUNCEMENT,
        fin.CANCELLATION,
        fin.CONFIRMATION,
        fin.REPEAT,
        fin.TAKEN_BACK,
        fin.OTHER,
    )
    return _HEAD | {
        "columns": {
            "uetr": "uetr",
            "reference": ["sender", "reference"],
            "payer": "sender",
            "payee": "receiver",
            "payer_account": "payer_account",
            "payee_account": "payee_account",
            "amount": "amount",
            "currency": "currency",
            "timestamp": "submitted_at",
        },
        "amounts": {"decimal_mark": ","},
        "leave_out": [{"column": "use", "is": [use], "why": use} for use in uses],
        "keep": ["type", "reference", "related"],
    }


def client_bank_map(table: SourceTable) -> dict[str, Any]:
    """The map of documents for 1C: submitted at the bank's receipt, in the account's currency."""
    leave_out = [
        {"column": "КвитанцияДата", "is": [""], "why": "no receipt: never handed in"},
        {"column": KIND, "is": ["Мемориальный ордер"], "why": "memorial order, inside one bank"},
    ]
    columns = {
        "reference": ["Номер", "Дата", "ПлательщикРасчСчет", "ПолучательРасчСчет"],
        "payer": "ПлательщикБИК",
        "payee": "ПолучательБИК",
        "payer_name": "ПлательщикБанк1",
        "payee_name": "ПолучательБанк1",
        "payer_account": "ПлательщикРасчСчет",
        "payee_account": "ПолучательРасчСчет",
        "amount": "Сумма",
        "date": "КвитанцияДата",
        "time": "КвитанцияВремя",
    }
    present = set(table.columns)
    return _HEAD | {
        "time_zone": "Europe/Moscow",
        "columns": {
            key: value
            for key, value in columns.items()
            if isinstance(value, list) or value in present
        },
        "dates": {"order": "dmy"},
        "currency": {"of_account": True},
        "leave_out": [rule for rule in leave_out if rule["column"] in present],
        "keep": ["Номер"],
    }
