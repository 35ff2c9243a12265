"""Messages about cases with random fields, of every kind."""

import datetime
from typing import Any

from hypothesis import strategies as st

from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.cases.layouts import LAYOUTS
from skontro.messages.cases.places import Form
from skontro.model import find_currency

BICS = st.sampled_from(["AAAAKZK0", "BBBBKGK0", "CCCCUZK0XXX"])
WORDS = st.text("ABCdef019-/.Ωжя&<>'\"", min_size=1, max_size=35)
DATES = st.dates(datetime.date(2000, 1, 1), datetime.date(2090, 12, 31))
AMOUNTS = st.integers(1, 10**14)

_FIELDS: dict[str, Any] = {
    "message_id": WORDS,
    "created_at": st.integers(0, 4 * 10**15),
    "assigner": BICS,
    "assignee": BICS,
    "case": WORDS,
    "creator": BICS,
    "uetr": st.uuids(version=4).map(str),
    "original_id": WORDS,
    "original_name": st.just("pacs.008.001.08"),
    "answers": WORDS,
    "instruction_id": WORDS,
    "end_to_end_id": WORDS,
    "transaction_id": WORDS,
    "amount": AMOUNTS,
    "value_date": DATES,
    "type": WORDS,
    "status": st.text("ABCDEFGHIJ0123456789", min_size=1, max_size=4),
    "reason": st.one_of(st.sampled_from(["AC04", "DUPL", "X1"]), WORDS),
    "principal": AMOUNTS,
    "compensation": AMOUNTS,
    "date": DATES,
}
#: Fields that the schema wants together.
_TOGETHER = (
    {"case", "creator"},
    {"original_id", "original_name"},
)


def fields_of(kind: str) -> set[str]:
    """Fields that a kind of message has a place for."""
    return {place.field for place in LAYOUTS[kind].places if place.field}


@st.composite
def case_message(draw: st.DrawFn, kind: str) -> CaseMessage:
    layout, possible = LAYOUTS[kind], fields_of(kind)
    chosen = {"message_id", *layout.required}
    chosen |= {name for name in sorted(possible) if draw(st.booleans())}
    for group in _TOGETHER:
        if group & chosen and group <= possible:
            chosen |= group
    if "compensation" in chosen and kind == "camt.029":
        chosen |= {"assigner", "assignee"}
    if "date" in chosen and kind == "camt.106":
        chosen |= {"assigner"}
    chosen -= {"text"}
    given = {name: draw(_FIELDS[name]) for name in sorted(chosen)}
    text = next((place for place in layout.places if place.form == Form.LINES), None)
    if text is not None:
        line = st.text("abcЖ 1", min_size=1, max_size=text.most).map(str.strip).filter(bool)
        line = line.map(lambda one: " ".join(one.split()))
        given["text"] = tuple(draw(st.lists(line, max_size=min(3, text.lines))))
    if chosen & {"amount", "principal", "compensation"}:
        given["currency"] = find_currency(draw(st.sampled_from(["KZT", "EUR", "JPY", "BHD"])))
    return CaseMessage(name=layout.version, **given)
