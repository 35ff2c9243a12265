"""Find the chosen tests among those that were collected, though a fault may change their names."""

from collections.abc import Iterable

import pytest


def selected(items: Iterable[pytest.Item], names: Iterable[str]) -> list[pytest.Item]:
    """Tests in the order of their names; a parametrised one under another name too.

    The name of such a test says what its parameters are. Where these come of the faulty source,
    the name that was chosen is missing, and all names of that function are taken for it.
    """
    items = list(items)
    places = {name: place for place, name in enumerate(names)}
    there = {item.nodeid for item in items}
    for name in [name for name in places if "[" in name and name not in there]:
        places.setdefault(name.partition("[")[0], places[name])
    found = []
    for item in items:
        place = places.get(item.nodeid, places.get(item.nodeid.partition("[")[0]))
        if place is not None:
            found.append((place, item))
    return [item for _, item in sorted(found, key=lambda one: one[0])]
