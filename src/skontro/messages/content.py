"""Content of a message as plain values, and the findings made while it is read.

Walking lxml elements costs more than anything else in reading a message, so each element is
visited once. What a reader takes out of the values is gone from them: what is left was not carried.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeVar

from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.places import find
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
    for child in element:
        name = child.tag[start:]
        value: Any
        if len(child):
            value = {} if name in _FOREIGN else _content(child, start)
        else:
            value = child.text or ""
            if "Amt" in name and (currency := child.get("Ccy")):
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


def take_list(content: Content, name: str) -> list[Any]:
    """All elements of a name, taken out: none, one or more."""
    value = content.pop(name, None)
    return value if isinstance(value, list) else [] if value is None else [value]


def at(content: Content, *path: str) -> Any:  # noqa: ANN401  whatever stands there
    """What stands at a path of single elements, left in its place; None if nothing does."""
    value: Any = content
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def text_at(content: Content, *path: str) -> str:
    """The text at a path of single elements, left in its place; empty if there is none."""
    value = at(content, *path)
    return value if isinstance(value, str) else ""


def choice(content: Content | None, *names: str) -> str:
    """The text of a choice between a code and a proprietary one, taken out of it."""
    for name in names or ("Cd", "Prtry"):
        if content and isinstance(content.get(name), str):
            return str(content.pop(name))
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

    def __init__(self, element: Element) -> None:
        self._element = element
        self._found: list[tuple[Step, str, FindingCode, str, bool]] = []

    def add(
        self, step: Step, path: str, code: FindingCode, text: str, *, refuses: bool = True
    ) -> None:
        """Note a finding at a path of local names below the element."""
        self._found.append((step, path, code, text, refuses))

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

    def located(self) -> list[Finding]:
        """The findings with XPath and line."""
        return [
            Finding(step, *find(self._element, path), code, text, refuses)
            for step, path, code, text, refuses in self._found
        ]
