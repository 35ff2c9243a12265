"""Orders of a table: rows of usual form all at once, any others by the JSON reader."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from skontro.engine import CommandKind, Commands, commands_of
from skontro.model import Currency, ParticipantDirectory
from skontro.model.currency import MAX_AMOUNT
from skontro.service.api.order_reader import OrderReader
from skontro.service.api.problems import Problem, in_use, other_form
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.idempotency import repeated
from skontro.service.sequencer.requests import ReadOrders
from skontro.service.tables.transfer import NONE, AnswerKind, Rows, TableForm, TableRead

_SUBMIT, _SUBMIT_LEG = int(CommandKind.SUBMIT), int(CommandKind.SUBMIT_LEG)
_NO_UETR: Final = np.zeros((), "V16")

Int64s = npt.NDArray[np.int64]


class ReadsTables(Protocol):
    """Reads tables, as `TableReaders` does."""

    def read(self, form: TableForm, body: bytes, *, as_text: bool = False) -> TableRead:
        """Read a table."""
        ...


class _Unusual(Exception):  # noqa: N818  the fact is the name
    """The JSON reader says what is wrong with the orders."""


def read_orders_of_table(
    reader: OrderReader, tables: ReadsTables, form: TableForm, body: bytes, identity: Identity
) -> ReadOrders:
    """The orders of a table, as `OrderReader.read_batch` reads them from JSON.

    Args:
        reader: of the system.
        tables: reads the table.
        form: of the body.
        body: of a request.
        identity: of its caller.

    Raises:
        Problem: as `read_batch`; or the table cannot be read (400), has other columns or types
            (422), or too much text (413).
    """
    found = _read(tables, form, body)
    if found.kind is AnswerKind.ROWS:
        directory, currencies = reader.directory, reader.currencies
        try:
            commands = _Columns(found, directory, currencies).commands(identity.side)
        except _Unusual:
            found = _read(tables, form, body, as_text=True)
        else:
            if twice := repeated(commands.uetr):
                raise in_use(twice, "occur twice in the request; none of its orders was accepted")
            return ReadOrders(commands)
    return reader.read_batch(found.content, identity)


def _read(tables: ReadsTables, form: TableForm, body: bytes, *, as_text: bool = False) -> TableRead:
    found = tables.read(form, body, as_text=as_text)
    if found.kind is not AnswerKind.REFUSED:
        return found
    why = json.loads(found.head)
    if why["column"]:
        pointer = f"/columns/{why['column']}"
        raise other_form([{"pointer": pointer, "in": "body", "detail": why["detail"]}])
    title = "Too large" if why["status"] == 413 else "Table cannot be read"
    raise Problem(why["status"], title, why["detail"])


class _Columns:
    """The engine's columns of rows of usual form.

    Args:
        found: the rows, from a process that is not trusted: places beyond its texts are errors.
        directory: participants and accounts.
        currencies: of the accounts, by code.
    """

    def __init__(
        self, found: TableRead, directory: ParticipantDirectory, currencies: Mapping[str, Currency]
    ) -> None:
        self._rows: Rows = found.rows
        self._texts: Sequence[str] = json.loads(found.head)
        self._directory, self._currencies = directory, currencies

    def commands(self, side: str) -> Commands:
        """The orders, which this side pays.

        Raises:
            _Unusual: the JSON reader refuses one of them.
        """
        rows = self._rows
        if any(self._texts[place] != side for place in np.unique(rows["payer"]).tolist()):
            raise _Unusual
        _refuse_where(rows["latest"] < rows["earliest"])
        legs = rows["counterleg"] != _NO_UETR
        stated = rows["counterleg_amount"] != NONE
        _refuse_where(stated & ~legs)
        _refuse_where(legs & (rows["counterleg"] == rows["uetr"]))
        payer, payee, amount = self._sides(rows, "")
        terms = {"counterleg_payer": -1, "counterleg_payee": -1, "counterleg_amount": 0}
        columns: dict[str, Any] = dict(terms)
        if stated.any():
            of_terms = rows[stated]
            _refuse_where(of_terms["counterleg_currency"] == of_terms["currency"])
            found = self._sides(of_terms, "counterleg_")
            for (name, none), values in zip(terms.items(), found, strict=True):
                columns[name] = np.full(len(rows), none, np.int64)
                columns[name][stated] = values
        return commands_of(
            len(rows),
            kind=np.where(legs, _SUBMIT_LEG, _SUBMIT),
            payer=payer,
            payee=payee,
            amount=amount,
            **{
                name: rows[name]
                for name in ("payment_class", "payment_type", "earliest", "latest", "value_date")
            },
            uetr=rows["uetr"],
            counterleg=rows["counterleg"],
            **columns,
        )

    def _sides(self, rows: Rows, within: str) -> tuple[Int64s, Int64s, Int64s]:
        """Account numbers of payers and payees, and minor units."""
        currency, payer, payee = (rows[f"{within}{one}"] for one in ("currency", "payer", "payee"))
        _refuse_where(payer == payee)
        minor = self._minor(currency, rows[f"{within}amount"], rows[f"{within}decimals"])
        return self._accounts(payer, currency), self._accounts(payee, currency), minor

    def _accounts(self, participant: Rows, currency: Rows) -> Int64s:
        """Account numbers of participants in currencies, each pair looked up once."""
        pairs = participant.astype(np.int64) * len(self._texts) + currency
        different, places = np.unique(pairs, return_inverse=True)
        numbers = np.zeros(len(different), np.int64)
        for place, pair in enumerate(different.tolist()):
            one, other = divmod(pair, len(self._texts))
            number = self._directory.account_number(self._texts[one], self._texts[other])
            if number is None:
                raise _Unusual
            numbers[place] = number
        return numbers[places]

    def _minor(self, currency: Rows, digits: Rows, decimals: Rows) -> Int64s:
        """Minor units of amounts."""
        exponents = np.zeros(len(self._texts), np.int64)
        for place in np.unique(currency).tolist():
            found = self._currencies.get(self._texts[place])
            if found is None:
                raise _Unusual
            exponents[place] = found.exponent
        further = exponents[currency] - decimals
        _refuse_where((further < 0) | (digits <= 0))
        factors = 10 ** np.maximum(further, 0)
        _refuse_where(digits > MAX_AMOUNT // factors)
        minor: Int64s = digits * factors
        return minor


def _refuse_where(wrong: Rows) -> None:
    if wrong.any():
        raise _Unusual
