"""Orders written as messages come back the same, whatever their fields."""

import datetime
import io
import uuid
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.messages import BulkReader, read_messages
from skontro.model import InputError, PaymentClass, find_currency, format_amount
from skontro.model.text import check_line
from tests.draws import examples
from tests.messages.texts import changed, pacs008


def _readable(text: str) -> bool:
    try:
        check_line(text)
    except InputError:
        return False
    return text.isprintable()


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=70).filter(
    _readable
)
CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/", min_size=1, max_size=35)
CURRENCIES = st.sampled_from(["KZT", "KGS", "JPY", "XOF", "BHD", "EUR"])
CLASSES = {"URGT": PaymentClass.URGENT, "HIGH": PaymentClass.HIGH, "NORM": PaymentClass.NORMAL}


@settings(max_examples=examples(60))
@given(
    uetr=st.uuids(version=4),
    currency=CURRENCIES,
    amount=st.integers(1, 10**15),
    day=st.dates(datetime.date(2020, 1, 1), datetime.date(2040, 12, 31)),
    priority=st.sampled_from([*CLASSES]),
    names=st.tuples(NAMES, NAMES),
    end_to_end_id=CODES,
    remittance=st.lists(NAMES, min_size=1, max_size=4),
)
def test_every_field_comes_back(
    uetr: uuid.UUID,
    currency: str,
    amount: int,
    day: datetime.date,
    priority: str,
    names: tuple[str, str],
    end_to_end_id: str,
    remittance: list[str],
) -> None:
    number = format_amount(amount, find_currency(currency))
    lines = "</Ustrd><Ustrd>".join(map(escape, remittance))
    content = pacs008()
    for old, new in (
        ("8a562c67-ca16-48ba-b074-65581be6f011", str(uetr)),
        ('Ccy="KZT">1250.50', f'Ccy="{currency}">{number}'),
        ("2026-11-27</IntrBk", f"{day}</IntrBk"),
        ("<ChrgBr>", f"<SttlmPrty>{priority}</SttlmPrty><ChrgBr>"),
        ("Алатау Сауда ЖШС", escape(names[0])),
        ("Bishkek Trading House", escape(names[1])),
        (">E-0<", f">{end_to_end_id}<"),
        ("Invoice 7", lines),
    ):
        content = changed(content, old, new)
    (message,) = read_messages(content)
    assert message.findings == ()
    (order,) = message.orders
    assert (order.uetr, order.currency, order.amount) == (str(uetr), currency, amount)
    assert (order.value_date, order.payment_class) == (day, CLASSES[priority])
    assert order.details.end_to_end_id == end_to_end_id
    assert order.details.remittance == tuple(remittance)
    parties = [order.details.party(role) for role in ("debtor", "creditor")]
    assert [party.name for party in parties if party is not None] == [*names]
    assert [*BulkReader(io.BytesIO(content))] == [order]
