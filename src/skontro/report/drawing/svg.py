"""SVG elements as text, with all data escaped, and estimated text widths."""

import unicodedata
from typing import Final

from markupsafe import Markup, escape

#: Widths of characters in parts of the font size; a system font is seldom wider.
_NARROW: Final = frozenset("iljtfrI.,:;'|!()[] -")
_BROAD: Final = frozenset("mwMWQO@%&→")
_NARROW_WIDTH, _LETTER, _CAPITAL, _BROAD_WIDTH, _FULL = 0.36, 0.61, 0.69, 0.97, 1.0

#: The size of all text in plots, in the units of their drawing.
TEXT_SIZE: Final = 12.0


def number(value: float) -> str:
    """A coordinate to a tenth of a unit, as short as it can be written."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def tag(name: str, *content: str, **attributes: str | float | None) -> Markup:
    """One element.

    Args:
        name: name of the element.
        content: text, which is escaped, or elements made by this function.
        attributes: values are escaped; None leaves the attribute out. ``class_`` is ``class``, and
            ``_`` in a name means ``-``.

    Example:
        >>> tag("text", "A < B", x=1.25)
        Markup('<text x="1.2">A &lt; B</text>')
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(escape(part) for part in content)
    return Markup(f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>")


def joined(parts: "list[Markup]") -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def label(text: str, x: float, y: float, anchor: str = "start", class_: str = "") -> Markup:
    """Text with its baseline at ``y``.

    Args:
        text: the words.
        x, y: its position.
        anchor: ``start``, ``middle`` or ``end``: which part of the text is at ``x``.
        class_: class of the style sheet.
    """
    return tag(
        "text", text, x=x, y=y, text_anchor=None if anchor == "start" else anchor,
        class_=class_ or None,
    )  # fmt: skip


def path(points: "list[tuple[float, float]]") -> str:
    """A line through points, in steps relative to the one before: half as long as absolute ones."""
    steps: list[str] = []
    # Steps are differences of rounded places, so that rounding does not add up.
    before = (0, 0)
    for x, y in points:
        at = (round(x * 10), round(y * 10))
        step = [number((new - old) / 10) for new, old in zip(at, before, strict=True)]
        steps.append(("l" if steps else "M") + " ".join(step))
        before = at
    return "".join(steps)


def _value(value: str | float) -> str:
    return str(escape(value)) if isinstance(value, str) else number(value)


def text_width(text: str, size: float = TEXT_SIZE) -> float:
    """How wide a text is at most, about; only a browser knows the font."""
    return size * sum(_character(character) for character in text)


def _character(character: str) -> float:
    if character in _NARROW:
        return _NARROW_WIDTH
    if character in _BROAD:
        return _BROAD_WIDTH
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return _FULL
    if unicodedata.combining(character):
        return 0.0
    return _LETTER if character.islower() or character.isdigit() else _CAPITAL


def shortened(text: str, width: float, size: float = TEXT_SIZE) -> str:
    """A text that is no wider than this, with an ellipsis for the omitted part."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, width: float, size: float = TEXT_SIZE) -> list[str]:
    """A text in lines that are no wider than this, broken between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [shortened(line, width, size) for line in lines]
