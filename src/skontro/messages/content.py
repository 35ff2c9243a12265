"""Content of a message as plain values, and the findings made while it is read.

Walking lxml elements costs more than anything else in reading a message, so each element is
visited once. A reader takes the values that it uses out of the content; the rest was not carried.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeVar

from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.places import Places
from skontro.messages.schema_store import NAMESPACE_PREFIX, Element
from skontro.model import InputError

#: Local names to text, `Money`, contents of inner elements, or a list of these for repeated ones.
Content = dict[str, Any]

_Value = TypeVar("_Value")

#: Data of other standards, which may have elements of any namespace.
_FOREIGN: Final = frozenset({"SplmtryData", "Sgntr"})


class Money(NamedTuple):
    """A number with its currency, both as written."""

    currency: str
    number: str


def content_of(element: Element, message_name: str) -> Content:
    """The values of a schema-valid element of a message, by local names.

    Supplementary data and signatures come out empty, as they have their own namespaces.
    """
    return _content(element, len(NAMESPACE_PREFIX) + len(message_name) + 2)


def _content(element: Element, start: int) -> Content:
    found: Content = {}
    for child in element[:]:  # a slice takes less than going through the element
        name = child.tag[start:]
        value: Any = child.text
        # Without text it is a group, or an empty leaf, which says nothing.
        if value is None or value.isspace():
            value = {} if name in _FOREIGN else _content(child, start)
        elif "Amt" in name and (currency := child.get("Ccy")):
            value = Money(currency, value)
        if name in found:
            before = found[name]
            if isinstance(before, list):
                before.append(value)
            else:
                found[name] = [before, value]
        else:
            found[name] = value
    return found


def take_str(content: Content, name: str) -> str:
    """The text of an element, taken out; empty if there is none."""
    value = content.pop(name, "")
    return value if isinstance(value, str) else ""


def take_texts(content: Content, name: str) -> list[str]:
    """The texts of all elements of a name, taken out; empty ones say nothing."""
    return [one for one in take_list(content, name) if isinstance(one, str)]


def take_list(content: Content, name: str) -> list[Any]:
    """All elements of a name, taken out: none, one or more."""
    if name not in content:
        return []
    value = content.pop(name)
    return value if isinstance(value, list) else [value]


def at(content: Content, *path: str) -> Any:  # noqa: ANN401  text, money, content or a list
    """The value at a path of single elements, left in its place; None if there is none."""
    value: Any = content
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def text_at(content: Content, name: str, *below: str) -> str:
    """The text at a path of single elements, left in its place; empty if there is none."""
    value = content.get(name)
    if below:
        value = at(value, *below) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def copied(value: Any) -> Any:  # noqa: ANN401  any content
    """A copy of a content that can be used up."""
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


def take_choice(content: Content, name: str) -> str:
    """A code or proprietary text, taken out of the content with its element; empty without one.

    Older versions have the text itself, later ones a choice between ``Cd`` and ``Prtry``.
    """
    found = content.get(name)
    if isinstance(found, str):
        return str(content.pop(name))
    text = ""
    if isinstance(found, dict):
        for kind in ("Cd", "Prtry"):
            if isinstance(found.get(kind), str):
                text = found.pop(kind)
                break
        if not found:
            del content[name]
    return text


def prune(content: Content, name: str) -> None:
    """Remove the elements below a name that have become empty."""
    value = content.get(name)
    if isinstance(value, dict):
        for inner in [*value]:
            if not isinstance(value[inner], str):
                prune(value, inner)
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                for inner in [*one]:
                    prune(one, inner)
        value[:] = [one for one in value if one]
    if not value:
        content.pop(name, None)


def take_text(content: Content, *path: str) -> str:
    """The text at a path of single elements, taken out of it; empty if there is none."""
    inner = at(content, *path[:-1]) if len(path) > 1 else content
    if isinstance(inner, dict) and isinstance(inner.get(path[-1]), str):
        return str(inner.pop(path[-1]))
    return ""


def leaves(content: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401  any value
    """Path and text of everything in a content, in its order."""
    if isinstance(content, Money):
        yield path, f"{content.number} {content.currency}"
    elif isinstance(content, dict):
        for name, value in content.items():
            yield from leaves(value, f"{path}/{name}" if path else name)
    elif isinstance(content, list):
        for value in content:
            yield from leaves(value, path)
    elif content:
        yield path, content


class Findings:
    """Findings about the content below one element; places are looked up when asked for.

    findings = Findings(element)
    findings.add(Step.SEMANTICS, "PmtId/UETR", FindingCode.DUPLICATE_TRANSACTION, "is known")
    findings.located()
    """

    def __init__(self, element: Element, below: str = "") -> None:
        self._element = element
        self._below = below
        self._found: list[tuple[Step, str, FindingCode, str, bool]] = []

    def below(self, path: str) -> "Findings":
        """The same findings, noted at paths below another one."""
        inner = Findings(self._element, self._below + path)
        inner._found = self._found
        return inner

    def add(
        self, step: Step, path: str, code: FindingCode, text: str, *, refuses: bool = True
    ) -> None:
        """Note a finding at a path of local names below the element."""
        self._found.append((step, self._below + path, code, text, refuses))

    def read(
        self,
        path: str,
        code: FindingCode,
        read: Callable[[], _Value],
        otherwise: _Value,
        step: Step = Step.SEMANTICS,
    ) -> _Value:
        """A value, or the other one and a finding where it cannot be read."""
        try:
            return read()
        except InputError as error:
            self.add(step, path, code, str(error))
            return otherwise

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def refuse(self) -> bool:
        """Whether any finding refuses the message."""
        return any(refuses for *_, refuses in self._found)

    def located(self, places: Places | None = None) -> list[Finding]:
        """The findings with XPath and line.

        Args:
            places: shared by findings about siblings, which are then counted once.
        """
        found = places or Places()
        return [
            Finding(step, *found.find(self._element, path), code, text, refuses)
            for step, path, code, text, refuses in self._found
        ]
