"""Organisation forms, titles and articles: words of a name that do not distinguish parties.

A name is compared without them, on both sides alike. A form that both names have is evidence. The
table is romanised as `names` romanises: *Общество с ограниченной ответственностью* is
`obshchestvo s ogranichennoy otvetstvennostyu`.
"""

from typing import Final

#: Forms that mean the same, written out and abbreviated.
_FORMS: Final[dict[str, tuple[str, ...]]] = {
    "limited": (
        "ltd", "limited", "co ltd", "co limited", "company ltd", "company limited", "ltda",
        "limitada", "llc", "limited liability company", "l l c", "ooo", "too", "tov", "oo",
        "obshchestvo s ogranichennoy otvetstvennostyu",
        "obshchestvo s ogranichennoi otvetstvennostyu",
        "obschestvo s ogranichennoi otvetstvennostyu",
        "tovarishchestvo s ogranichennoy otvetstvennostyu",
        "tovarystvo z obmezhenoyu vidpovidalnistyu", "mchzh", "mchj", "mmc",
        "gmbh", "gesellschaft mit beschraenkter haftung", "gesellschaft mit beschrankter haftung",
        "sarl", "s a r l", "srl", "s r l", "sociedad de responsabilidad limitada", "s de r l",
        "s de rl", "s de rl de cv", "bv", "b v", "bvba", "sprl", "kft", "doo", "d o o", "ood",
        "eood", "sro", "s r o", "sp zoo", "sp z o o", "spolka z ograniczona odpowiedzialnoscia",
        "sia", "uab", "ou", "oue", "aps", "pvt ltd", "private limited", "pvt limited", "pte ltd",
        "pty ltd", "pty limited", "proprietary limited", "pte", "pty", "pvt", "sdn bhd",
        "sendirian berhad", "wll", "w l l", "spc", "fzc", "fze", "fz llc", "fzco", "fz co", "dmcc",
        "dmcc llc", "youxian gongsi", "you xian gong si", "you xian ze ren gong si", "yxgs",
        "yugen kaisha", "yugen gaisha", "tnhh", "cong ty tnhh", "cong ty trach nhiem huu han",
        "ltd sti", "limited sirketi", "pt",
    ),
    "stock": (
        "sa", "s a", "societe anonyme", "sociedad anonima", "sociedade anonima", "sa de cv",
        "s a de c v", "sab de cv", "sas", "s a s", "saa", "sac", "sau", "spa", "s p a",
        "societa per azioni", "ag", "aktiengesellschaft", "nv", "n v", "plc",
        "public limited company", "public joint stock company", "joint stock company",
        "open joint stock company", "closed joint stock company", "jsc", "ojsc", "cjsc", "pjsc",
        "psc", "qpsc", "saog", "saoc", "bsc", "kscp", "ksc", "pao", "oao", "zao", "ao", "nao",
        "pat", "prat", "vat", "publichnoe aktsionernoe obshchestvo", "aktsionernoe obshchestvo",
        "otkrytoe aktsionernoe obshchestvo", "zakrytoe aktsionernoe obshchestvo",
        "inc", "incorporated", "corp", "corporation", "as", "a s", "asa", "ab", "oy", "oyj", "abp",
        "nyrt", "zrt", "rt", "ad", "ead", "dd", "d d", "akcionersko drustvo", "spolka akcyjna",
        "tbk", "bhd", "berhad", "kk", "k k", "kabushiki kaisha", "kabushiki gaisha",
        "gu fen you xian gong si", "gufen youxian gongsi", "jusik hoesa", "a o", "anonim sirketi",
        "asc", "aksiyadorlik jamiyati", "akcine bendrove", "pjs co", "pjsco", "sal", "s a l",
        "sarl au", "saog co", "sae", "s a e", "ltd plc",
    ),
    "partnership": (
        "llp", "limited liability partnership", "lp", "limited partnership", "gbr", "ohg", "kg",
        "gmbh co kg", "gmbh and co kg", "gmbh und co kg", "kommanditgesellschaft", "snc", "s n c",
        "sc", "scs", "kd", "sp k", "sp j", "cv", "c v",
    ),
    "company": ("co", "company", "cie", "compagnie", "firma", "kompaniya", "companhia", "compania"),
    "sole": ("ip", "chp", "fop", "individualnyy predprinimatel", "chastnoe predpriyatie"),
}  # fmt: skip

#: From the words of a form to its kind; the longest form has most words.
FORM_KINDS: Final[dict[tuple[str, ...], str]] = {
    tuple(form.split()): kind for kind, forms in _FORMS.items() for form in forms
}
MAX_FORM_WORDS: Final = max(map(len, FORM_KINDS))
#: Words that a form can begin or end with, so that most names are looked at once only.
_ENDS: Final = frozenset(form[-1] for form in FORM_KINDS)
_STARTS: Final = frozenset(form[0] for form in FORM_KINDS)

#: Said before or after names of people.
TITLES: Final = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "professor",
        "eng",
        "engineer",
        "sir",
        "dame",
        "herr",
        "frau",
        "monsieur",
        "madame",
        "senor",
        "senora",
        "shri",
        "smt",
        "haji",
        "hajji",
        "hadji",
        "alhaj",
        "sheikh",
        "shaykh",
        "shaikh",
        "mullah",
        "maulana",
        "mawlawi",
        "maulavi",
        "sayyid",
        "sayed",
        "qari",
        "ustad",
        "brigadier",
        "general",
        "colonel",
    ]
)
#: The same in Arabic script, romanised letter by letter. A romanised title may be a name there: the
#: letters of *Omar* are those of *Mr*.
TITLES_IN_ABJAD: Final = frozenset(
    [
        "haj",
        "hajy",
        "shykh",
        "mla",
        "mwlwy",
        "mwlana",
        "syd",
        "dktwr",
        "qary",
        "mhnds",
        "stad",
        "stadh",
    ]
)
#: Articles of Arabic names, written apart, with a hyphen, or not at all.
ARTICLES: Final = frozenset({"al", "el", "ul", "il"})
#: Joins names of companies.
_JOINERS: Final = frozenset({"and", "the", "of", "und", "et", "y", "e", "i"})


def without_forms(words: list[str]) -> tuple[list[str], str]:
    """The words without organisation forms at either end, and the kinds of those forms.

    At least one word of two characters is left: a company may be named *AO* or *The Company*.

    Example:
        >>> without_forms(["ooo", "romashka"])
        (['romashka'], 'limited')
    """
    kinds: list[str] = []
    left = words
    while (found := _form_at_end(left) or _form_at_start(left)) is not None:
        left, kind = found
        kinds.append(kind)
    return left, " ".join(sorted(set(kinds)))


def _form_at_end(words: list[str]) -> tuple[list[str], str] | None:
    if not words or words[-1] not in _ENDS:
        return None
    for count in range(min(MAX_FORM_WORDS, len(words) - 1), 0, -1):
        kind = FORM_KINDS.get(tuple(words[-count:]))
        if kind is not None and _enough(words[:-count]):
            return words[:-count], kind
    return None


def _form_at_start(words: list[str]) -> tuple[list[str], str] | None:
    if not words or words[0] not in _STARTS:
        return None
    for count in range(min(MAX_FORM_WORDS, len(words) - 1), 0, -1):
        kind = FORM_KINDS.get(tuple(words[:count]))
        if kind is not None and _enough(words[count:]):
            return words[count:], kind
    return None


def _enough(words: list[str]) -> bool:
    return any(len(word) >= 2 and word not in _JOINERS for word in words)


def without_titles(words: list[str], titles: frozenset[str] = TITLES) -> list[str]:
    """The words without titles and articles; all of them where nothing else would be left.

    Args:
        words: romanised.
        titles: those of the script.

    Example:
        >>> without_titles(["dr", "ayman", "al", "zawahiri"])
        ['ayman', 'zawahiri']
    """
    left = [word for word in words if word not in titles and word not in ARTICLES]
    if len(left) < 2 or not _enough(left):
        # One word is left: the title may be the name, as in General Trading.
        left = [word for word in words if word not in ARTICLES]
    left = [word for word in left if word not in _JOINERS] if len(left) > 2 else left
    return left if _enough(left) else words
