"""Payments printed in the ways of many banks, to be imported again."""

import csv
import datetime
import io
from pathlib import Path
from typing import Final

import attrs
from hypothesis import strategies as st

BANKS: Final = ("ALFAKZK0", "BETAKGK0", "GAMMRUM0", "DELTAMY0", "OMEGBYB0")
HEADINGS: Final = {
    "en": ("Reference", "Sender BIC", "Receiver BIC", "Amount", "Currency", "Date", "Time"),
    "ru": (
        "Номер документа",
        "БИК отправителя",
        "БИК получателя",
        "Сумма",
        "Валюта",
        "Дата",
        "Время",
    ),
    "fr": (
        "Référence",
        "BIC donneur d'ordre",
        "BIC bénéficiaire",
        "Montant",
        "Devise",
        "Date",
        "Heure",
    ),
    "es": (
        "Referencia",
        "Banco ordenante",
        "Banco beneficiario",
        "Importe",
        "Moneda",
        "Fecha",
        "Hora",
    ),
}
TOTALS: Final = {"en": "Total", "ru": "Итого", "fr": "Total général", "es": "Total"}
DATES: Final = {
    "dotted": "%d.%m.%Y",
    "slashed": "%d/%m/%Y",
    "american": "%m/%d/%Y",
    "iso": "%Y-%m-%d",
    "compact": "%Y%m%d",
    "named": "%d-%b-%Y",
}
CLOCKS: Final = {"minutes": "%H:%M", "seconds": "%H:%M:%S", "halves": "%I:%M %p", "points": "%H.%M"}


@attrs.frozen
class Payment:
    """A payment; the amount is in minor units of two decimals."""

    reference: str
    payer: str
    payee: str
    currency: str
    minor: int
    at: datetime.datetime


@attrs.frozen
class Dialect:
    """A way to print a list of payments."""

    language: str = "en"
    separator: str = ","
    mark: str = "."
    grouping: str = ""
    date: str = "iso"
    clock: str = "minutes"
    encoding: str = "utf-8"
    titles: int = 0
    total: bool = False
    order: tuple[int, ...] = tuple(range(7))
    codes: bool = False
    spaces: bool = False

    def amount(self, minor: int) -> str:
        """An amount as this bank prints it."""
        whole, decimals = divmod(minor, 100)
        return f"{whole:,}".replace(",", self.grouping) + f"{self.mark}{decimals:02}"

    def write(self, folder: Path, payments: list[Payment]) -> None:
        """Write the list, and a second file if banks are named by codes."""
        rows = [["Bank", "", "", "", "", "", ""] for _ in range(self.titles)]
        rows.append(self._ordered(HEADINGS[self.language]))
        for one in payments:
            values = (
                one.reference,
                self._bank(one.payer),
                self._bank(one.payee),
                self.amount(one.minor),
                one.currency,
                one.at.strftime(DATES[self.date]),
                one.at.strftime(CLOCKS[self.clock]),
            )
            rows.append([f"{text} " if self.spaces else text for text in self._ordered(values)])
        if self.total:
            total = self.amount(sum(one.minor for one in payments))
            rows.append(self._ordered((TOTALS[self.language], "", "", total, "", "", "")))
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator, lineterminator="\r\n").writerows(rows)
        (folder / "payments.csv").write_bytes(text.getvalue().encode(self.encoding))
        if self.codes:
            lines = [
                "Code;Name;BIC",
                *(f"{7 * n + 7:03};Bank {n};{b}" for n, b in enumerate(BANKS)),
            ]
            (folder / "banks.csv").write_text("\n".join(lines), encoding="utf-8")

    def _bank(self, bic: str) -> str:
        return str(7 * BANKS.index(bic) + 7) if self.codes else bic

    def _ordered(self, values: tuple[str, ...]) -> list[str]:
        return [values[position] for position in self.order]


@st.composite
def dialects(draw: st.DrawFn) -> Dialect:
    """Any way that leaves no doubt; amounts have decimals, and one day is after the twelfth."""
    language = draw(st.sampled_from(sorted(HEADINGS)))
    mark = draw(st.sampled_from((".", ",")))
    groups = ["", " ", "\u00a0", "'", "," if mark == "." else "."]
    encodings = ["utf-8", "utf-8-sig", "utf-16"] + (["cp1251"] if language == "ru" else [])
    encoding = draw(st.sampled_from(encodings))
    if encoding == "cp1251":
        groups.remove("'")
    return Dialect(
        language=language,
        separator=draw(st.sampled_from((";", ",", "\t", "|"))),
        mark=mark,
        grouping=draw(st.sampled_from(groups)),
        date=draw(st.sampled_from(sorted(DATES))),
        clock=draw(st.sampled_from(sorted(CLOCKS))),
        encoding=encoding,
        titles=draw(st.integers(0, 4)),
        total=draw(st.booleans()),
        order=tuple(draw(st.permutations(range(7)))),
        codes=draw(st.booleans()),
        spaces=draw(st.booleans()),
    )


@st.composite
def payments(draw: st.DrawFn) -> list[Payment]:
    """Between 6 and 20 payments of two days."""
    found = []
    for number in range(draw(st.integers(6, 20))):
        payer, payee = draw(st.permutations(BANKS))[:2]
        day = 24 if number == 0 else draw(st.sampled_from((5, 24)))
        found.append(
            Payment(
                f"REF{number:05}",
                payer,
                payee,
                draw(st.sampled_from(("KZT", "RUB", "KGS"))),
                draw(st.integers(1, 10 ** draw(st.integers(2, 12)))),
                datetime.datetime(
                    2026,
                    11,
                    day,
                    draw(st.integers(8, 17)),
                    draw(st.integers(0, 59)),
                    tzinfo=datetime.UTC,
                ),
            )
        )
    return found
