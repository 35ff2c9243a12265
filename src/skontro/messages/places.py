"""Places of elements: local names, readable XPaths, lines."""

from collections import Counter
from itertools import islice

from skontro.messages.schema_store import Element


def local_name(element: Element) -> str:
    """The name of an element without its namespace; empty for a comment or an instruction."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def line_of(element: Element) -> int:
    """The line of an element, from 1."""
    return int(element.sourceline or 0)


class Places:
    """XPaths of elements. The siblings of a parent are counted once, however many are asked for.

    places = Places()
    places.xpath_of(element)  # '/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]'
    """

    def __init__(self) -> None:
        self._steps: dict[Element, str] = {}

    def xpath_of(self, element: Element) -> str:
        """The path by local names, with positions where siblings share a name."""
        steps = []
        while element is not None:
            steps.append(self._step(element))
            element = element.getparent()
        return "/" + "/".join(reversed(steps))

    def find(self, element: Element, path: str) -> tuple[str, int]:
        """The XPath and line of a path of local names below an element.

        The path may lead to a missing element: then the line is that of the nearest parent.

        Args:
            element: where the path begins.
            path: steps like ``PmtId`` or ``AdrLine[2]``, separated by ``/``; empty for the element.
        """
        steps = [step for step in path.split("/") if step]
        place = element
        for number, step in enumerate(steps):
            name, _, position = step.rstrip("]").partition("[")
            index = int(position or 1) - 1
            following = next(islice(place.iterchildren(f"{{*}}{name}"), index, None), None)
            if following is None:
                return "/".join([self.xpath_of(place), *steps[number:]]), line_of(place)
            place = following
        return self.xpath_of(place), line_of(place)

    def _step(self, element: Element) -> str:
        if element not in self._steps:
            parent = element.getparent()
            if parent is None:
                return local_name(element)
            self._count(parent)
        return self._steps[element]

    def _count(self, parent: Element) -> None:
        totals = Counter(child.tag for child in parent)
        seen: Counter[str] = Counter()
        for child in parent:
            seen[child.tag] += 1
            name = local_name(child)
            several = totals[child.tag] > 1
            self._steps[child] = f"{name}[{seen[child.tag]}]" if several else name


def xpath_of(element: Element) -> str:
    """The path of one element, as `Places.xpath_of`."""
    return Places().xpath_of(element)
