"""The version of an answer, by the version of the message that it answers."""

from typing import Final

#: Versions that we write, the newest last.
WRITTEN: Final = {
    "pacs.002": ("pacs.002.001.08", "pacs.002.001.10", "pacs.002.001.14"),
    "camt.029": ("camt.029.001.09",),
    "camt.025": ("camt.025.001.05", "camt.025.001.08"),
    "camt.004": ("camt.004.001.08",),
    "camt.006": ("camt.006.001.08",),
    "camt.052": ("camt.052.001.08",),
    "camt.053": ("camt.053.001.08", "camt.053.001.12"),
    "camt.054": ("camt.054.001.08",),
    "admi.002": ("admi.002.001.01",),
    "admi.004": ("admi.004.001.02",),
    "admi.007": ("admi.007.001.01",),
    "fxtr.017": ("fxtr.017.001.05",),
}

#: Versions for a bank that has not used any: those of most market practices.
DEFAULTS: Final = {
    "pacs.002": "pacs.002.001.10",
    "camt.025": "camt.025.001.05",
    "camt.053": "camt.053.001.08",
}

# Messages of one yearly release of the standard belong together: they share their components. From
# which version of a message on its sender is sure to know the newer answer.
_FIRST_WITH_NEWER: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "pacs.002": (
        ("pacs.008.001.08", "pacs.002.001.10"),
        ("pacs.008.001.12", "pacs.002.001.14"),
        ("pacs.009.001.08", "pacs.002.001.10"),
        ("pacs.009.001.11", "pacs.002.001.14"),
        ("pacs.004.001.09", "pacs.002.001.10"),
        ("pacs.004.001.13", "pacs.002.001.14"),
        ("pacs.010.001.03", "pacs.002.001.10"),
        ("pacs.010.001.06", "pacs.002.001.14"),
        ("pacs.028.001.03", "pacs.002.001.10"),
        ("pacs.028.001.06", "pacs.002.001.14"),
        ("pain.001.001.09", "pacs.002.001.10"),
        ("pain.001.001.12", "pacs.002.001.14"),
    ),
    "camt.025": (
        ("camt.050.001.07", "camt.025.001.08"),
        ("camt.003.001.08", "camt.025.001.08"),
        ("camt.005.001.09", "camt.025.001.08"),
        ("camt.007.001.09", "camt.025.001.08"),
    ),
}


def answer_version(answer: str, original: str) -> str:
    """The name, with version, of the answer to a message.

    Args:
        answer: what is written, without version, such as ``pacs.002``.
        original: name of the message that is answered; empty where there was none.

    Example:
        >>> answer_version("pacs.002", "pacs.008.001.12")
        'pacs.002.001.14'
        >>> answer_version("pacs.002", "pacs.008.001.02")
        'pacs.002.001.08'
    """
    kind = original[: len(answer)]
    steps = [step for step in _FIRST_WITH_NEWER.get(answer, ()) if step[0].startswith(kind + ".")]
    if not kind or not steps:
        return DEFAULTS.get(answer, WRITTEN[answer][-1])
    reached = [newer for first, newer in steps if original >= first]
    return reached[-1] if reached else WRITTEN[answer][0]
