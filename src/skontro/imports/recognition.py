"""The meaning of columns, by their headings and their cells."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from skontro.imports import vocabulary as words
from skontro.imports.amounts import decimal_mark_of
from skontro.imports.bank_codes import BankCodes
from skontro.imports.profiles import Profile, currency_of, depends_on
from skontro.imports.source_table import SourceTable
from skontro.imports.times import date_form_of

#: Least part of the cells that fit a meaning.
_MOST: Final = 0.6


@attrs.define(eq=False)
class Recognition:
    """Columns of a table whose meaning is being found.

    Attributes:
        table: the payments.
        found: its columns.
        codes: BICs of a second file.
        columns, content: of the map.
        remarks: what a person should confirm, by key of the map.
    """

    table: SourceTable
    found: dict[str, Profile]
    codes: BankCodes
    columns: dict[str, Any] = attrs.field(factory=dict)
    content: dict[str, Any] = attrs.field(factory=dict)
    remarks: dict[str, str] = attrs.field(factory=dict)

    @property
    def used(self) -> set[str]:
        """Columns that have a meaning."""
        return {one for one in self.columns.values() if isinstance(one, str)}

    def best(
        self, known: tuple[str, ...], fits: Callable[[Profile], object], *, least: int = 1
    ) -> Profile | None:
        """The free column whose heading fits the words best, of those whose cells fit."""
        ranked = [
            (words.rank(name, known), -position, one)
            for position, (name, one) in enumerate(self.found.items())
            if name not in self.used and one.filled and fits(one)
        ]
        top = max(ranked, key=lambda entry: entry[:2], default=None)
        return top[2] if top is not None and top[0] >= least else None


def recognise(draft: Recognition) -> None:
    """Find the columns of banks, amounts, currencies, times and references."""
    _parties(draft)
    _amount(draft)
    _currency(draft)
    _times(draft)
    _reference(draft)


def _parties(draft: Recognition) -> None:
    """Payer and payee, or the legs of trades between buyer and seller."""
    legs = _legs(draft)
    if legs:
        draft.content["legs"] = legs
        return
    sides = {"payer": words.PAYER, "payee": words.PAYEE}
    for side, known in sides.items():
        other = sides["payee" if side == "payer" else "payer"]
        near = {
            name: one
            for name, one in draft.found.items()
            if words.rank(name, known) > 0 and not _is_nearer(name, other, known)
        }
        bank = max(near.values(), key=lambda one: _bank_score(one, draft.codes), default=None)
        if bank is not None and _bank_score(bank, draft.codes) > 0:
            draft.columns[side] = bank.name
            _side_columns(draft, side, near, bank.name)
    if "payer" not in draft.columns or "payee" not in draft.columns:
        banks = [one.name for one in draft.found.values() if one.bics >= _MOST]
        if len(banks) >= 2 and not draft.columns:
            draft.columns["payer"], draft.columns["payee"] = banks[:2]
            draft.remarks["columns"] = (
                "the first bank is taken as the payer, the second as the payee"
            )
        elif "payer" not in draft.columns and "payee" not in draft.columns:
            _own_view(draft)


def _is_nearer(name: str, known: tuple[str, ...], than: tuple[str, ...]) -> bool:
    """Whether a heading that has words of both sides is rather of the first."""
    plain = words.plain(name)

    def first(side: tuple[str, ...]) -> int:
        places = [plain.find(words.plain(word)) for word in side if words.rank(name, (word,))]
        return min((place for place in places if place >= 0), default=len(plain))

    return bool(words.rank(name, known)) and first(known) < first(than)


def _bank_score(one: Profile, codes: BankCodes) -> float:
    """How much a column looks like one that names banks; 0 or less: it does not."""
    hits = sum(codes.find(value) is not None for value in one.values) / max(len(one.values), 1)
    score = 4 * max(one.bics, hits) + (0.5 if words.rank(one.name, words.BANK) else 0)
    score -= 0.25 if words.rank(one.name, words.NAME) else 0
    score -= 2 if words.rank(one.name, words.ACCOUNT) else 0
    if not codes.by_code and one.bics < _MOST:
        # Codes without a second file: the column is named, and the question stays.
        return score if words.rank(one.name, words.BANK) and one.distinct < one.rows / 2 else 0
    return score if max(one.bics, hits) >= _MOST else 0


def _side_columns(draft: Recognition, side: str, near: Mapping[str, Profile], bank: str) -> None:
    """The name of the bank and the customer's account on one side."""
    for name in near:
        if name == bank:
            continue
        if words.rank(name, words.ACCOUNT):
            draft.columns.setdefault(f"{side}_account", name)
        elif depends_on(draft.table, name, bank) and near[name].bics < _MOST:
            draft.columns.setdefault(f"{side}_name", name)


def _legs(draft: Recognition) -> list[dict[str, str]]:
    """Two legs in a row: the seller pays what is bought, the buyer what is sold."""
    buyer = draft.best(words.BUYER, lambda one: one.bics >= _MOST or draft.codes.by_code)
    seller = draft.best(words.SELLER, lambda one: one.bics >= _MOST or draft.codes.by_code)
    if buyer is None or seller is None:
        return []
    legs = []
    for name, known, payer, payee in (
        ("bought", words.BOUGHT, seller, buyer),
        ("sold", words.SOLD, buyer, seller),
    ):
        currency = draft.best(known, lambda one: one.currencies >= _MOST)
        amount = draft.best(known, lambda one: one.amounts >= _MOST and one.currencies < _MOST)
        if currency is None or amount is None:
            return []
        legs.append(
            {
                "name": name,
                "payer": payer.name,
                "payee": payee.name,
                "currency": currency.name,
                "amount": amount.name,
            }
        )
    return legs


def _own_view(draft: Recognition) -> None:
    """Debit and credit from the view of one bank."""
    debit = draft.best(words.DEBIT, lambda one: one.amounts >= _MOST)
    credit = draft.best(words.CREDIT, lambda one: one.amounts >= _MOST)
    if debit is None or credit is None:
        return
    draft.columns |= {"debit": debit.name, "credit": credit.name}
    banks = [
        one
        for one in draft.found.values()
        if _bank_score(one, draft.codes) > 0 or one.bics >= _MOST
    ]
    if banks:
        draft.columns["counterparty"] = banks[0].name
    draft.remarks["own_bank"] = "name the bank whose account this is"


def _amount(draft: Recognition) -> None:
    names = [leg["amount"] for leg in draft.content.get("legs", ())]
    if not names and "debit" not in draft.columns:
        one = draft.best(
            words.AMOUNT, lambda one: one.amounts >= _MOST and one.dates < _MOST
        ) or draft.best((), lambda one: one.amounts >= 0.9 and one.dates < _MOST, least=0)
        if one is None:
            return
        draft.columns["amount"] = one.name
        names = [one.name]
    names = names or [draft.columns["debit"], draft.columns["credit"]]
    values = [value for name in names for value in draft.found[name].values]
    mark, is_sure = decimal_mark_of(values)
    shift = next((p for p, known in words.UNITS.items() if words.rank(names[0], known)), 0)
    form: dict[str, Any] = {}
    if mark == ",":
        form["decimal_mark"] = ","
    if shift:
        form["shift"] = shift
        draft.remarks["amounts"] = f"amounts are read with {shift} more digits, as the heading says"
    if not is_sure:
        draft.remarks["amounts"] = f"{mark!r} is taken as the decimal mark; no amount shows it"
    if form:
        draft.content["amounts"] = form


def _currency(draft: Recognition) -> None:
    if draft.content.get("legs"):
        columns = [leg["currency"] for leg in draft.content["legs"]]
    else:
        one = draft.best(
            words.CURRENCY, lambda one: one.currencies + one.securities >= _MOST
        ) or draft.best((), lambda one: one.currencies == 1 and one.filled == one.rows, least=0)
        if one is not None:
            draft.columns["currency"] = one.name
        columns = [] if one is None else [one.name]
    spellings = {
        value: code
        for name in columns
        for value in draft.found[name].values
        if (code := currency_of(value)) is not None and code != value
    }
    if spellings:
        draft.content["currency"] = {"spellings": spellings}
    if columns:
        return
    fixed = words.named(draft.columns.get("amount", ""), words.CURRENCY_WORDS) or next(
        (code for word in draft.columns.get("amount", "").upper().split() if (code := _code(word))),
        None,
    )
    if fixed:
        draft.content["currency"] = {"fixed": fixed}
        draft.remarks["currency"] = f"{fixed}, as the heading of the amount says"
    else:
        draft.remarks["currency"] = "no column has the currency; name it here, as fixed"


def _code(word: str) -> str | None:
    return currency_of(word.strip("(),.:")) if word.strip("(),.:").isalpha() else None


def _times(draft: Recognition) -> None:
    """The moment of submission, in one column or two."""

    def order(one: Profile) -> int:
        return 2 * bool(words.rank(one.name, words.SUBMITTED)) - bool(
            words.rank(one.name, ("value", "valuta", "валютир", "ingest", "settle"))
        )

    free = [one for name, one in draft.found.items() if name not in draft.used and one.filled]
    moments = [one for one in free if one.moments >= _MOST]
    dates = [
        one
        for one in free
        if one.dates >= _MOST and (words.rank(one.name, words.DATE) or one.amounts < _MOST)
    ]
    times = [
        one
        for one in free
        if one.times >= _MOST and words.rank(one.name, words.TIME) and one not in moments
    ]
    if moments and not (dates and times):
        chosen = max(moments, key=order)
        draft.columns["timestamp"] = chosen.name
        sample: Sequence[str] = [
            value.replace("T", " ").rsplit(" ", 1)[0] for value in chosen.values
        ]
    elif dates:
        chosen = max(dates, key=order)
        draft.columns["date"] = chosen.name
        sample = chosen.values
        if times:
            draft.columns["time"] = max(times, key=order).name
        else:
            draft.remarks["columns"] = "no column has a time of day; all payments come at midnight"
    else:
        return
    form, is_sure = date_form_of(sample)
    content = attrs.asdict(form)
    if "time" in draft.columns:
        digits = [v for v in draft.found[draft.columns["time"]].values if v.isdigit()]
        if digits and max(map(len, digits)) <= 4:
            content["digits_of_time"] = 4
    draft.content["dates"] = content
    if not is_sure:
        draft.remarks["dates"] = f"{form.order} fits all dates, but so does another order"


def _reference(draft: Recognition) -> None:
    free = [one for name, one in draft.found.items() if name not in draft.used]
    uetr = next((one for one in free if one.uetrs >= 0.9), None)
    if uetr is not None:
        draft.columns["uetr"] = uetr.name
        return
    one = draft.best(
        words.REFERENCE,
        lambda one: (
            one.distinct > one.filled / 2
            and not words.rank(one.name, words.ACCOUNT)
            and one.dates < _MOST
        ),
    )
    if one is not None:
        draft.columns["reference"] = [one.name]
    else:
        draft.remarks["columns"] = "no column has a reference; file and line name each payment"
