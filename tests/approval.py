"""Pages, drawings and options beside what a person has looked at: the files of `tests/approved`.

Other tests compute figures anew; these hold words, marks and places. A page is kept as its text
and, for each drawing, what marks it has and where they lie. After a wanted change, run the tests
with SKONTRO_APPROVE=1: they write the files anew, and their diff shows what has changed.
"""

import os
import re
from collections import Counter, defaultdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "approved"
_NUMBER: Final = re.compile(r"-?\d+\.\d")
_ANY_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
#: Elements whose text is one line.
_LINES: Final = {
    "p", "h1", "h2", "h3", "li", "tr", "caption", "figcaption", "dt", "dd", "text", "title", "dfn",
}  # fmt: skip
_WIDEST: Final = "w1080"
#: What drawings say when pointed at: of each drawing about so many.
_HOVERS: Final = 6
#: Rows of a table, from the top and from the end, that a brief text has.
_FIRST_ROWS, _LAST_ROWS = 2, 2


def assert_approved(name: str, text: str, *, exact: bool = False) -> None:
    """Compare with the file of this name; places in a drawing may differ by a tenth.

    Args:
        name: of the file.
        text: to be compared.
        exact: whether all of it must be the same, as where figures are amounts.
    """
    path = _FOLDER / name
    if os.environ.get("SKONTRO_APPROVE") == "1":
        path.write_text(text, encoding="utf-8")
    told = f"is not as approved: see {__name__}"
    approved = path.read_text(encoding="utf-8").splitlines()
    lines = text.splitlines()
    place = _ANY_NUMBER if ".svg" in name else _NUMBER
    for number, (line, expected) in enumerate(zip(lines, approved, strict=False), 1):
        assert not exact or line == expected, f"{name}:{number} {told}"
        assert place.sub("0", line) == place.sub("0", expected), f"{name}:{number} {told}"
        places = zip(place.findall(line), place.findall(expected), strict=True)
        assert all(abs(float(a) - float(b)) < 0.11 for a, b in places), f"{name}:{number} {told}"
    assert len(lines) == len(approved), f"the length of {name} {told}"


def drawing_lines(drawing: str) -> str:
    """An element of SVG with each of its parts on a line."""
    return str(drawing).replace("><", ">\n<") + "\n"


def page_text(page: str, *, brief: bool = False) -> str:
    """The text of a page, its tables row by row, and of each drawing the marks and their places.

    Args:
        page: HTML.
        brief: leave out rows in the middle of tables.
    """
    reader = _Reader(brief)
    reader.feed(page)
    return "\n".join(reader.lines) + "\n"


class _Reader(HTMLParser):
    def __init__(self, brief: bool) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._brief = brief
        self._text: list[str] = []
        self._quiet = 0
        self._rows: list[str] | None = None
        self._hovers: list[str] = []
        self._marks: Counter[str] = Counter()
        self._places: defaultdict[str, float] = defaultdict(float)
        self._group = ""
        self._in_drawing = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._quiet or tag in {"script", "style", "dl"} or self._is_other_width(tag, given):
            self._quiet += 1
            return
        if tag in _LINES:
            self._end_line()
        if tag == "svg":
            self._in_drawing = True
        elif tag == "tbody":
            self._rows = []
        elif tag == "td":
            self._text.append("|")
            if "data-value" in given:
                self._text.append(f"({given['data-value']})")
        elif tag == "th":
            self._text.append(f"| {given['data-csv']}:" if "data-csv" in given else "|")
        elif tag == "g":
            self._group = given.get("class", "")
        elif tag in {"path", "rect"}:
            self._note(tag, given)

    def _is_other_width(self, tag: str, given: dict[str, str]) -> bool:
        return tag == "svg" and given.get("class", "")[:1] == "w" and given["class"] != _WIDEST

    def _note(self, tag: str, given: dict[str, str]) -> None:
        what = [self._group, given.get("class", ""), given.get("stroke-dasharray", "")]
        mark = " ".join([tag, *filter(None, what)])
        shape = "".join(given.get(one, "") + " " for one in ("d", "transform", "x", "y", "width"))
        self._marks[mark] += 1
        self._places[mark] += sum(map(float, _ANY_NUMBER.findall(shape)))

    def handle_endtag(self, tag: str) -> None:
        if self._quiet:
            self._quiet -= 1
            return
        if tag == "title" and self._in_drawing:
            self._hovers.append(" ".join(self._text))
            self._text.clear()
        elif tag in _LINES:
            self._end_line()
        elif tag == "tbody":
            self._end_rows()
        elif tag == "g":
            self._group = ""
        elif tag == "svg":
            self._end_drawing()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._quiet:
            self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if not self._quiet and data.strip():
            self._text.append(" ".join(data.split()))

    def _end_line(self) -> None:
        if self._text:
            (self.lines if self._rows is None else self._rows).append(" ".join(self._text))
        self._text.clear()

    def _end_rows(self) -> None:
        rows, self._rows = self._rows or [], None
        if self._brief and len(rows) > _FIRST_ROWS + _LAST_ROWS:
            left_out = len(rows) - _FIRST_ROWS - _LAST_ROWS
            rows = [*rows[:_FIRST_ROWS], f"({left_out} rows)", *rows[-_LAST_ROWS:]]
        self.lines += rows

    def _end_drawing(self) -> None:
        self._end_line()
        every = max(1, len(self._hovers) // _HOVERS)
        self.lines += [f"  ? {one}" for one in self._hovers[::every]]
        for mark, number in self._marks.items():
            self.lines.append(f"  {mark} x {number}: {self._places[mark]:.1f}")
        self._hovers.clear()
        self._marks.clear()
        self._places.clear()
        self._in_drawing = False
