"""Places of elements: local names, readable XPaths, lines."""

from skontro.messages.schema_store import Element


def local_name(element: Element) -> str:
    """The name of an element without its namespace; empty for a comment or an instruction."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def line_of(element: Element) -> int:
    """The line of an element, from 1."""
    return int(element.sourceline or 0)


def xpath_of(element: Element) -> str:
    """The path of an element by local names, with positions where siblings share its name."""
    steps = []
    while element is not None:
        steps.append(_step(element))
        element = element.getparent()
    return "/" + "/".join(reversed(steps))


def _step(element: Element) -> str:
    name, parent = local_name(element), element.getparent()
    if parent is None:
        return name
    same = [child for child in parent if child.tag == element.tag]
    return f"{name}[{same.index(element) + 1}]" if len(same) > 1 else name


def find(element: Element, path: str) -> tuple[str, int]:
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
        same = [child for child in place if local_name(child) == name]
        index = int(position or 1) - 1
        if index >= len(same):
            return "/".join([xpath_of(place), *steps[number:]]), line_of(place)
        place = same[index]
    return xpath_of(place), line_of(place)
