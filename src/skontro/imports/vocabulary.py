"""Words in headings and cells of payment lists, in the languages of those who export them.

English, Russian, French, Spanish, Portuguese, German, Indonesian, Vietnamese and Thai. A word is
found at the beginning of a word of the text, so that endings do not matter; words of scripts
without spaces are found anywhere.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

#: Sides of a payment in headings.
PAYER: Final = (
    *("payer", "sender", "send", "debtor", "from", "ordering", "originator", "remitter", "source"),
    *("instructing", "отправит", "плательщ", "donneur d ordre", "ordonnateur", "emetteur"),
    *("debiteur", "expediteur", "ordenante", "pagador", "remetente", "emisor", "auftraggeber"),
    *("zahler", "pengirim", "chuyen", "ผู้โอน"),
)
PAYEE: Final = (
    *("payee", "receiver", "recv", "receiving", "creditor", "beneficiary", "to", "destination"),
    *("instructed", "получат", "бенефициар", "beneficiaire", "destinataire", "crediteur"),
    *("beneficiario", "favorecido", "receptor", "empfanger", "begunstigt", "penerima", "nhan"),
    *("ผู้รับ",),
)
#: Kinds of columns of a side.
BANK: Final = (
    *("bic", "swift", "bank", "banque", "banco", "agent", "part", "participant", "member", "code"),
    *("бик", "банк", "свифт", "код", "участник", "รหัสธนาคาร", "ngan hang"),
)
NAME: Final = ("name", "nom", "denomination", "наименование", "название", "nombre", "nome", "ชื่อ")
ACCOUNT: Final = (
    *("account", "acct", "iban", "compte", "rib", "счет", "иик", "conta", "cuenta", "konto"),
    *("rekening", "tai khoan", "บัญชี", "расчсчет"),
)

REFERENCE: Final = (
    *("reference", "ref", "tran id", "transaction id", "payment id", "paymentid", "trade no"),
    *("trade id", "document no", "doc no", "message id", "instruction id", "end to end", "номер"),
    *("№ документ", "№", "документ", "референс", "n° operation", "numero", "referencia"),
    *("referenz", "nomor", "so tham chieu", "เลขที่อ้างอิง", "id"),
)
AMOUNT: Final = (
    *("amount", "amt", "value", "sum", "сумма", "montant", "importe", "valor", "monto", "betrag"),
    *("jumlah", "nilai", "so tien", "จำนวนเงิน"),
)
DEBIT: Final = (
    "debit",
    "withdrawal",
    "paid out",
    "дебет",
    "расход",
    "списан",
    "debe",
    "debito",
    "soll",
)
CREDIT: Final = (
    "credit",
    "deposit",
    "paid in",
    "кредит",
    "приход",
    "зачисл",
    "haber",
    "credito",
    "haben",
)
CURRENCY: Final = (
    *("currency", "ccy", "cur", "вал", "валют", "devise", "monnaie", "moneda", "moeda", "wahrung"),
    *("mata uang", "tien te", "สกุลเงิน", "asset"),
)
DATE: Final = ("date", "дата", "fecha", "data", "datum", "tanggal", "ngay", "วันที่", "day", "jour")
TIME: Final = ("time", "время", "heure", "hora", "uhrzeit", "zeit", "waktu", "gio", "เวลา")
MOMENT: Final = ("timestamp", "datetime", "ts", "eventts", "created", "submitted", "when")
#: Dates and times of submission, before those of value and of the document.
SUBMITTED: Final = (
    "intr",
    "entry",
    "submission",
    "submitted",
    "trade",
    "receipt",
    "квитанц",
    "поступ",
)
STATUS: Final = (
    "status",
    "state",
    "статус",
    "состоян",
    "statut",
    "etat",
    "estado",
    "สถานะ",
    "trang thai",
)
CLASS: Final = (
    "priority",
    "prio",
    "приоритет",
    "priorite",
    "urgen",
    "срочност",
    "prioridad",
    "prioritas",
)
VERSION: Final = ("ver", "version", "версия", "revision", "amendment")
TEST: Final = ("test", "is test", "istest", "тест")
BALANCE: Final = ("balance", "bal", "solde", "остаток", "saldo", "ยอด")
LIMIT: Final = ("limit", "credit line", "лимит", "plafond", "limite", "วงเงิน")
BUYER: Final = ("buyer", "покупател", "acheteur", "comprador")
SELLER: Final = ("seller", "продав", "vendeur", "vendedor")
BOUGHT: Final = ("bought", "buy", "куплен", "покупк", "achat", "achete", "compra")
SOLD: Final = ("sold", "sell", "продан", "продаж", "vente", "vendu", "venta", "venda")

#: Statuses of rows that are no orders, with the reason; others are orders.
NOT_ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "cancelled": (
        "cancel",
        "canc",
        "cxl",
        "cnl",
        "аннул",
        "отмен",
        "annul",
        "ยกเลิก",
        "batal",
        "huy",
    ),
    "rejected": (
        "reject",
        "rjct",
        "refus",
        "отклон",
        "отказ",
        "rejet",
        "rechaz",
        "ปฏิเสธ",
        "ditolak",
    ),
    "recalled": ("recall", "withdrawn", "revoked", "отозван", "retire"),
    "failed": ("fail", "error", "ошибк", "echec", "erreur", "gagal"),
    "draft": ("draft", "чернов", "brouillon", "borrador"),
    "test row": ("test", "тест"),
}
#: Statuses of orders.
ORDERS: Final = (
    *("settled", "executed", "done", "complet", "accept", "accp", "acsc", "live", "amd", "new"),
    *("queued", "pending", "paid", "booked", "ok", "final", "processed", "исполн", "провед"),
    *("в очереди", "принят", "оплач", "regle", "execut", "en file", "en attente", "liquid"),
    *("selesai", "สำเร็จ", "amend", "confirm", "released", "sent"),
)
#: Words of totals and notes below a list.
TOTALS: Final = ("total", "sous total", "subtotal", "итого", "всего", "รวม", "jumlah", "tong")

CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "urgent": ("urgent", "срочн", "express", "immediat", "very high", "ด่วน", "khan"),
    "high": ("high", "haute", "elevee", "высок", "alta", "hoch", "tinggi"),
    "normal": ("normal", "обычн", "standard", "low", "basse", "biasa", "ปกติ"),
}

#: Currencies as headings and cells name them besides their codes.
CURRENCY_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "RUB": ("rur", "руб", "rouble", "ruble"),
    "KZT": ("тенге", "теңге", "tenge"),
    "KGS": ("сом", "som"),
    "AMD": ("драм", "dram"),
    "BYN": ("byr", "белорусск"),
    "UZS": ("сум",),
    "THB": ("baht", "บาท"),
    "XOF": ("fcfa", "f cfa", "cfa"),
    "VND": ("dong", "đ"),
    "IDR": ("rupiah", "rp"),
    "MYR": ("ringgit", "rm"),
    "CNY": ("yuan", "юан", "rmb"),
    "EUR": ("euro", "евро"),
    "USD": ("dollar", "доллар"),
}
#: Factors of amounts in headings, as places of the decimal point.
UNITS: Final[Mapping[int, tuple[str, ...]]] = {
    3: ("thousand", "тыс", "millier", "000", "miles", "ribu", "พันบาท"),
    6: ("million", "mln", "млн", "juta", "ล้านบาท"),
}


@cache
def plain(text: str) -> str:
    """Text for comparison: small letters without accents, one blank for anything else.

    Example:
        >>> plain("N° d'Opération (XOF)")
        'n° d operation xof'
    """
    bare = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", _SEAMS.sub(" ", text)).casefold()
        if not unicodedata.combining(sign) and unicodedata.category(sign) != "Mn"
    )
    return " ".join(_SIGNS.sub(" ", bare).split())


#: Between the words of a name such as `debtorBic`.
_SEAMS: Final = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])|_")
_SIGNS: Final = re.compile(r"[^\w°№]+")
_WITHOUT_SPACES: Final = re.compile(r"[\u0e00-\u0e7f\u4e00-\u9fff\u3040-\u30ff]")


def rank(text: str, words: tuple[str, ...]) -> int:
    """The match of a text with words: 0 for none, more for earlier words.

    Example:
        >>> rank("Сумма платежа", AMOUNT) > 0, rank("Purpose", AMOUNT)
        (True, 0)
    """
    own = f" {plain(text)}"
    for position, word in enumerate(words):
        wanted = plain(word)
        if _WITHOUT_SPACES.search(wanted):
            if wanted in own:
                return len(words) - position
        elif len(wanted) <= 3:  # short words only as a whole
            if f" {wanted} " in f"{own} ":
                return len(words) - position
        elif f" {wanted}" in own:
            return len(words) - position
    return 0


def named(text: str, table: Mapping[str, tuple[str, ...]]) -> str | None:
    """The first entry of a table of words that a text names."""
    return next((key for key, words in table.items() if rank(text, words)), None)
