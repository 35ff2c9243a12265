"""Names and fixed values of documents that two people decide on, in the reader's language.

The document itself is English, and its hash is of the English text. Pages show it in the reader's
words, and as it is.
"""

from typing import Final

from skontro.model import Algorithm, ReasonCode
from skontro.web import case_words, words
from skontro.web.phrases import DOCUMENT, said
from skontro.web.translations import translations


def pgettext(_context: str, text: str) -> str:
    """Mark a text for the catalogues, in a context."""
    return text


#: Names of fields that documents of actions have; in English they are shown as they are.
NAMES: Final = (
    pgettext("document", "account"),
    pgettext("document", "accounts"),
    pgettext("document", "agreement"),
    pgettext("document", "agreement sha256"),
    pgettext("document", "member"),
    pgettext("document", "members"),
    pgettext("document", "action"),
    pgettext("document", "algorithm"),
    pgettext("document", "amount"),
    pgettext("document", "balance"),
    pgettext("document", "balances"),
    pgettext("document", "bic"),
    pgettext("document", "business day"),
    pgettext("document", "changes"),
    pgettext("document", "clock"),
    pgettext("document", "closes"),
    pgettext("document", "code"),
    pgettext("document", "contract sha256"),
    pgettext("document", "counterparty"),
    pgettext("document", "country"),
    pgettext("document", "currency"),
    pgettext("document", "decider"),
    pgettext("document", "details sha256"),
    pgettext("document", "effective"),
    pgettext("document", "effective on"),
    pgettext("document", "evidence"),
    pgettext("document", "evidence sha256"),
    pgettext("document", "explanation"),
    pgettext("document", "first date"),
    pgettext("document", "from"),
    pgettext("document", "held because"),
    pgettext("document", "held orders"),
    pgettext("document", "in force"),
    pgettext("document", "key id"),
    pgettext("document", "keys"),
    pgettext("document", "lapses at"),
    pgettext("document", "legs"),
    pgettext("document", "lei"),
    pgettext("document", "link"),
    pgettext("document", "links under way"),
    pgettext("document", "local"),
    pgettext("document", "moves"),
    pgettext("document", "name"),
    pgettext("document", "number of open links"),
    pgettext("document", "officers"),
    pgettext("document", "open links"),
    pgettext("document", "opens"),
    pgettext("document", "order"),
    pgettext("document", "own side"),
    pgettext("document", "participant"),
    pgettext("document", "payee"),
    pgettext("document", "payer"),
    pgettext("document", "peer"),
    pgettext("document", "person"),
    pgettext("document", "phase"),
    pgettext("document", "policy"),
    pgettext("document", "proposal"),
    pgettext("document", "proposed at"),
    pgettext("document", "proposed by"),
    pgettext("document", "public key"),
    pgettext("document", "rates"),
    pgettext("document", "reason"),
    pgettext("document", "remark"),
    pgettext("document", "role"),
    pgettext("document", "rule"),
    pgettext("document", "screening"),
    pgettext("document", "sha256"),
    pgettext("document", "side"),
    pgettext("document", "starts"),
    pgettext("document", "step"),
    pgettext("document", "system"),
    pgettext("document", "time zone"),
    pgettext("document", "to"),
    pgettext("document", "token sha256"),
    pgettext("document", "travel rule"),
    pgettext("document", "trial sha256"),
    pgettext("document", "uetr"),
    pgettext("document", "utc"),
    pgettext("document", "value date"),
    pgettext("document", "version"),
    pgettext("document", "withdrawn"),
    pgettext("document", "act"),
    pgettext("document", "as"),
    pgettext("document", "case"),
    pgettext("document", "claimant"),
    pgettext("document", "compensation"),
    pgettext("document", "date"),
    pgettext("document", "delays"),
    pgettext("document", "due on"),
    pgettext("document", "outcome"),
    pgettext("document", "principal"),
    pgettext("document", "reference"),
    pgettext("document", "respondent"),
    pgettext("document", "scheme"),
    pgettext("document", "settled on"),
    pgettext("document", "status"),
    pgettext("document", "terms"),
    pgettext("document", "text"),
    pgettext("document", "total"),
    pgettext("document", "type"),
    pgettext("document", "weekend"),
    pgettext("document", "holidays"),
    pgettext("document", "calendars"),
    pgettext("document", "operator account"),
)
#: Fixed values, also with a parameter.
VALUES: Final = (
    pgettext("document", "no limit"),
    pgettext("document", "at once"),
    pgettext("document", "no participant"),
    pgettext(
        "document",
        "left: credit balances are paid out; orders warehoused or held for it or by it are "
        "rejected",
    ),
    pgettext("document", "no account"),
    pgettext("document", "with the opening of each business day from then on"),
    pgettext("document", "suspended"),
    pgettext("document", "active"),
    pgettext("document", "waiting"),
    pgettext("document", "cancelled"),
    pgettext("document", "no policy rules"),
    pgettext("document", "none named"),
    pgettext("document", "none"),
    pgettext("document", "nobody"),
    pgettext("document", "held"),
    pgettext("document", "enters as if it came now"),
    pgettext("document", "rejected"),
    pgettext("document", "warehoused"),
    pgettext("document", "stay held"),
    pgettext("document", "links may start"),
    pgettext("document", "continue to their end"),
    pgettext("document", "ended: not committed, and the money is with the payer"),
    pgettext("document", "links are shut until %(peer)s has confirmed this record"),
    pgettext(
        "document", "links continue without it; what %(peer)s knows beyond this record is given up"
    ),
    pgettext("document", "not screened"),
    pgettext("document", "passed"),
    pgettext("document", "released"),
    pgettext("document", "complete"),
    pgettext("document", "incomplete"),
    pgettext("document", "required"),
    pgettext("document", "off"),
    pgettext("document", "hold"),
    pgettext("document", "reject"),
    pgettext("document", "viewer"),
    pgettext("document", "operator"),
    pgettext("document", "decider"),
    pgettext("document", "follower"),
)
#: Fields with fixed values; others have names, amounts and texts of people.
FIXED: Final = frozenset(
    {
        "from", "to", "effective", "in_force", "held_orders", "links_under_way", "trial_sha256",
        "screening", "travel_rule", "explanation", "role", "phase",
    }
)  # fmt: skip
_ALGORITHMS: Final = {one.name.lower(): words.ALGORITHMS[one] for one in Algorithm}
_STEPS: Final = {str(kind): text for kind, text in words.STEPS.items()}
_STATES: Final = {str(state): text for state, text in case_words.STATES.items()}
#: Fields whose values have words of their own; states of cases are those of no other value.
_OTHER: Final[dict[str, dict[str, str]]] = {
    "action": words.ACTIONS,
    "algorithm": _ALGORITHMS,
    "step": _STEPS,
    "type": {str(one): text for one, text in case_words.TYPES.items()},
    "act": {str(one): text for one, text in case_words.ACTS.items()},
    "as": {str(one): text for one, text in case_words.PARTIES.items()},
    "from": _STATES,
    "to": _STATES,
}


def reason_in(language: str, name: str) -> str:
    """A reason code in few words of English, or its explanation in another language.

    Args:
        language: code of the language.
        name: of the code; empty for none.
    """
    found = ReasonCode.__members__.get(name)
    explained = None if found is None else said(language, DOCUMENT, found.explanation)
    return explained or name.replace("_", " ").lower()


def name_in(language: str, name: object) -> str:
    """The name of a field of a document."""
    text = str(name).replace("_", " ")
    return said(language, DOCUMENT, text) or text


def value_in(language: str, name: object, value: str) -> str:
    """A text of a document, in the language where it is a fixed one.

    Args:
        language: code of the language.
        name: of its field.
        value: in English.
    """
    if name in _OTHER and value in _OTHER[str(name)]:
        return translations(language).gettext(_OTHER[str(name)][value])
    return (said(language, DOCUMENT, value) or value) if name in FIXED else value
