"""Drawn arguments of the writers: any text, any party, any amount."""

from hypothesis import strategies as st

from skontro.messages.writers.heading import HEADERS, Heading, Institution, Original
from skontro.messages.writers.status_codes import StatusReason, status_reason
from skontro.model import LAST_TIMESTAMP, ReasonCode, find_currency
from skontro.model.party import Party
from skontro.model.payment_details import CHARGE_BEARERS, PARTY_ROLES, PaymentDetails

#: Text that no check has seen: with line breaks, halves of surrogate pairs, controls, any length.
HOSTILE = st.one_of(
    st.text(st.characters(), max_size=20),
    st.sampled_from(["", " ", "\x00", "\ud800\uffff", "<&>\"']]>", "名" * 5_000, "a\r\n\tb"]),
)
#: Lines that `check_line` accepts, in several scripts.
_WORDS = st.sampled_from(
    ["Анна Ким", "國家開發銀行", "بنك", "Société <&> Générale", "\U0001f600", "நிறுவனம்", "x" * 30]
)


def line(most: int) -> st.SearchStrategy[str]:
    """Readable lines of at most so many characters."""
    drawn = st.lists(_WORDS, min_size=1, max_size=most // 30 + 1)
    return st.one_of(drawn.map(lambda words: " ".join(words)[:most].strip()), st.just("W" * most))


def lines(most: int) -> st.SearchStrategy[str]:
    """A line, or no text."""
    return st.one_of(st.just(""), line(most))


def some_lines(most: int, number: int) -> st.SearchStrategy[list[str]]:
    """Lists of lines."""
    return st.lists(line(most), max_size=number)


CURRENCIES = st.sampled_from(["KZT", "JPY", "BHD", "CLF"]).map(find_currency)
BICS = st.sampled_from(["AAAAKZK0", "BBBBKGKGXXX", "E097AEXX"])
MOMENTS = st.integers(0, LAST_TIMESTAMP)
UETRS = st.uuids(version=4).map(str)
IDS = st.text("ABCabc0123456789/-?:().,'+ жф", min_size=1, max_size=35)
INSTITUTIONS = st.builds(Institution, line(140), st.one_of(st.just(""), BICS))
HEADINGS = st.builds(
    Heading, IDS, MOMENTS, INSTITUTIONS, INSTITUTIONS, st.sampled_from((*HEADERS, ""))
)
ORIGINALS = st.builds(
    Original, HOSTILE, st.one_of(HOSTILE, st.just("pacs.008.001.08")), st.none() | MOMENTS
)
REASONS = st.one_of(
    st.sampled_from(ReasonCode).map(status_reason).filter(bool),
    st.builds(
        StatusReason,
        st.sampled_from(["AC01", "FF02"]),
        st.lists(HOSTILE, max_size=3).map(tuple),
    ),
    st.builds(StatusReason, HOSTILE.map(lambda text: text or "?"), st.just(()), st.just(True)),
)

_IDENTIFIERS = st.lists(
    st.tuples(
        st.sampled_from(["BIC", "LEI", "CCPT", "TXID", "PASSPORT", "SOME SCHEME OF A COUNTRY"]),
        st.one_of(BICS, st.just("5493001KJTIIGC8Y1R12"), line(256)),
    ),
    max_size=4,
    unique=True,
)
PARTIES = st.builds(
    Party,
    name=lines(140),
    country=st.sampled_from(["", "KZ", "XK"]),
    address=some_lines(200, 9),
    account=st.one_of(st.just("KZ86125KZT5004100100"), lines(34)),
    identifiers=_IDENTIFIERS,
    birth_date=st.sampled_from(["", "1970-01-31"]),
    birth_place=st.one_of(st.sampled_from(["Almaty, KZ", "Almaty KZ", "KZ"]), lines(140)),
)
DETAILS = st.builds(
    PaymentDetails,
    instruction_id=lines(35),
    end_to_end_id=lines(35),
    message_id=lines(35),
    message_name=st.sampled_from(["", "pacs.008.001.08", "pacs.009.001.08", "pacs.010.001.03"]),
    purpose=st.one_of(st.sampled_from(["", "GDDS"]), lines(35)),
    category_purpose=lines(35),
    charge_bearer=st.sampled_from(["", *CHARGE_BEARERS]),
    remittance=some_lines(300, 4),
    parties=st.lists(st.sampled_from(PARTY_ROLES), max_size=4, unique=True).flatmap(
        lambda roles: st.tuples(*[st.tuples(st.just(role), PARTIES) for role in roles])
    ),
)
